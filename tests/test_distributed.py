"""Two processes on half a batch each train the weights that one trains on all of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
import zoo
from torch import Tensor, nn
from torch.distributed.fsdp import FSDPModule, fully_shard
from torch.nn.parallel import DistributedDataParallel

import tracetorch as tt

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
    weights = {
        key: value.full_tensor() if hasattr(value, "full_tensor") else value
        for key, value in model.state_dict().items()
    }
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


def part(rank: int) -> Tensor:
    return sequences().chunk(PROCESSES, dim=2)[rank]


def process(rank: int, job: Callable[[int, Path], None], folder: Path) -> None:
    torch.set_num_threads(1)
    dist.init_process_group(
        "gloo", init_method=f"file://{folder / 'meeting'}", rank=rank, world_size=PROCESSES
    )
    try:
        job(rank, folder)
        dist.barrier()  # gloo may crash where one process leaves before the other
    finally:
        dist.destroy_process_group()


@pytest.mark.skipif(not dist.is_gloo_available(), reason="this PyTorch is built without gloo")
@pytest.mark.parametrize("job", [data_parallel, fully_sharded])
def test_two_processes_train_as_one(job: Callable[[int, Path], None], tmp_path: Path) -> None:
    torch.multiprocessing.spawn(process, (job, tmp_path), nprocs=PROCESSES)
    weights = torch.load(tmp_path / "weights.pt", weights_only=True)
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
