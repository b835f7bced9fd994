"""Two processes on half a batch each train the weights that one trains on all of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.fsdp import FSDPModule, fully_shard
from torch.nn.parallel import DistributedDataParallel

import tracetorch as tt
from tests.support import zoo

PROCESSES = 2
NoSync = Callable[[], AbstractContextManager[None]]


def build() -> tt.Model:
    """All layers side by side, and one of which nothing is trained."""
    model = zoo.Together(zoo.EVERY)
    fixed = {f"learn_{p}": False for p in zoo.parameters("DSRLITS")}
    model.layers["fixed"] = tt.snn.DSRLITS(4, pos_rec_weight=0.5, neg_rec_weight=0.25, **fixed)
    return model.double()


def sequences() -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randn(2, 4, 2 * PROCESSES, 2, generator=generator, dtype=torch.float64)


def train(model: nn.Module, managed: tt.Model, data: Tensor, no_sync: NoSync) -> None:
    """One sequence through time, and one online with gradients accumulated over time."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    through_time, online = data

    managed.zero_states()
    loss = sum(model(x).square().mean() for x in through_time)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()

    managed.zero_states()
    for timestep, x in enumerate(online):
        is_last = timestep == len(online) - 1
        with nullcontext() if is_last else no_sync():
            model(x).square().mean().backward()
        managed.detach_states()
    optimizer.step()


def data_parallel(rank: int, folder: Path) -> None:
    model = build()
    parallel = DistributedDataParallel(model)
    train(parallel, model, part(rank), parallel.no_sync)
    if rank == 0:
        torch.save(model.state_dict(), folder / "weights.pt")


def fully_sharded(rank: int, folder: Path) -> None:
    model = build()
    mesh = dist.device_mesh.init_device_mesh("cpu", (PROCESSES,))
    for layer in model.layers.values():
        fully_shard(layer, mesh=mesh)
    fully_shard(model, mesh=mesh)
    train(model, model, part(rank), partial(without_reduction, model))
    weights = {key: whole(value) for key, value in model.state_dict().items()}
    if rank == 0:
        torch.save(weights, folder / "weights.pt")


class without_reduction:
    """What `no_sync` is for FSDP2."""

    def __init__(self, model: FSDPModule) -> None:
        self.model = model

    def __enter__(self) -> None:
        self.model.set_requires_gradient_sync(False)

    def __exit__(self, *exception: object) -> None:
        self.model.set_requires_gradient_sync(True)


class Unrolled(tt.Model):
    """Layers with kernels, which `forward` takes through a whole sequence."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        spiking, readout = zoo.lively("DSRLITS", 4), zoo.lively("SLI", 2)
        self.net = nn.Sequential(nn.Linear(2, 4), spiking, nn.Linear(4, 2), readout).double()

    def forward(self, xs: Tensor) -> Tensor:
        return tt.unroll(self.net, xs, strict=True).clone()  # FSDP2 warns of views


def gradients(model: Unrolled, forward: Callable[[Tensor], Tensor], xs: Tensor) -> Tensor:
    model.zero_states()
    forward(xs).square().mean().backward()
    return nn.utils.parameters_to_vector(whole(p.grad) for p in model.parameters())


def whole(tensor: Tensor) -> Tensor:
    return tensor.full_tensor() if hasattr(tensor, "full_tensor") else tensor


def unrolled(rank: int, folder: Path) -> None:
    """Gradients inside, and around, what averages them."""
    xs, (inside, around, sharded) = part(rank)[0], (Unrolled() for _ in range(3))
    mesh = dist.device_mesh.init_device_mesh("cpu", (PROCESSES,))
    torch.save(
        {
            "inside": gradients(inside, DistributedDataParallel(inside), xs),
            "around": gradients(around, DistributedDataParallel(around).module, xs),
            "sharded": gradients(sharded, fully_shard(sharded, mesh=mesh), xs),
        },
        folder / f"{rank}.pt",
    )


def part(rank: int) -> Tensor:
    return sequences().chunk(PROCESSES, dim=2)[rank]


JOBS = (data_parallel, fully_sharded, unrolled)


def process(rank: int, folder: Path) -> None:
    torch.set_num_threads(1)
    dist.init_process_group(
        "gloo", init_method=f"file://{folder / 'meeting'}", rank=rank, world_size=PROCESSES
    )
    try:
        for job in JOBS:
            job(rank, folder / job.__name__)
        dist.barrier()  # gloo may crash where one process leaves before the other
    finally:
        dist.destroy_process_group()


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What all jobs save, in one pair of processes, since each takes seconds to import PyTorch."""
    folder = tmp_path_factory.mktemp("distributed")
    for job in JOBS:
        (folder / job.__name__).mkdir()
    torch.multiprocessing.spawn(process, (folder,), nprocs=PROCESSES)
    return folder


@pytest.mark.skipif(not dist.is_gloo_available(), reason="this PyTorch is built without gloo")
@pytest.mark.parametrize("job", [data_parallel, fully_sharded])
def test_two_processes_train_as_one(job: Callable[[int, Path], None], saved: Path) -> None:
    weights = torch.load(saved / job.__name__ / "weights.pt", weights_only=True)
    alone = build()
    before = {key: value.clone() for key, value in alone.state_dict().items()}
    train(alone, alone, sequences(), nullcontext)
    expected = alone.state_dict()
    assert weights.keys() == expected.keys()
    for key, value in expected.items():
        torch.testing.assert_close(weights[key], value, rtol=1e-9, atol=1e-12)
    assert not torch.equal(
        before["layers.DSRLITS.raw_pos_beta"], weights["layers.DSRLITS.raw_pos_beta"]
    )


@pytest.mark.skipif(not dist.is_gloo_available(), reason="this PyTorch is built without gloo")
def test_unroll_belongs_inside(saved: Path) -> None:
    alone = Unrolled()
    expected = gradients(alone, alone, sequences()[0])
    first, second = (torch.load(saved / "unrolled" / f"{rank}.pt") for rank in range(PROCESSES))
    for found in (first, second):
        for way in ("inside", "sharded"):
            torch.testing.assert_close(found[way], expected, rtol=1e-9, atol=1e-12)
    torch.testing.assert_close((first["around"] + second["around"]) / 2, expected)
    assert not torch.allclose(first["around"], second["around"])
