"""Modules of PyTorch, each with timesteps of every number of dimensions: what the loop gives."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import tracetorch as tt
from tests.support.plans import ways
from tracetorch.sequence.plan.whole import AsBatch, Trailing, whole

# Everything is of one size, and as long as the sequence, so that no dimension taken for another
# is refused.
SIZE = 4
SHAPES = [(SIZE,) * dims for dims in range(6)]


def normalizing(*features: int) -> list[nn.Module]:
    kinds = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)
    kinds += (nn.InstanceNorm1d, nn.InstanceNorm2d, nn.InstanceNorm3d)
    made: list[nn.Module] = []
    for kind in kinds:
        for is_tracking in (True, False):
            norms = [kind(*features, track_running_stats=is_tracking) for _ in range(2)]
            with torch.no_grad():
                for norm in norms:
                    for buffer in norm.buffers():
                        buffer += 1
            made += [norms[0], norms[1].eval()]
    return made


POINTWISE = [
    *(nn.CELU(), nn.ELU(), nn.GELU(), nn.Hardshrink(), nn.Hardsigmoid(), nn.Hardswish()),
    *(nn.Hardtanh(), nn.Identity(), nn.LeakyReLU(), nn.LogSigmoid(), nn.Mish(), nn.ReLU()),
    *(nn.ReLU6(), nn.SELU(), nn.SiLU(), nn.Sigmoid(), nn.Softplus(), nn.Softshrink()),
    *(nn.Softsign(), nn.Tanh(), nn.Tanhshrink(), nn.Threshold(0.1, 2.0), nn.ReLU(inplace=True)),
    *(nn.Dropout().eval(), nn.Dropout1d().eval(), nn.Dropout2d().eval(), nn.Dropout3d().eval()),
    *(nn.AlphaDropout().eval(), nn.Dropout(0.0), nn.Dropout(inplace=True).eval()),
]

OTHERS: list[nn.Module] = [
    *(nn.Linear(SIZE, 3), nn.Linear(SIZE, SIZE, bias=False), nn.LayerNorm(SIZE)),
    *(nn.LayerNorm((SIZE, SIZE)), nn.LayerNorm((SIZE,) * 3), nn.RMSNorm((SIZE, SIZE))),
    *(kind(dim) for kind in (nn.Softmax, nn.LogSoftmax) for dim in (-4, -2, -1, 0, 1, 2, None)),
    *(nn.Softmin(-1), nn.Softmin(0), nn.Softmax2d(), nn.GLU(), nn.GLU(0), nn.GLU(1)),
    *(nn.PReLU(), nn.PReLU(SIZE), nn.RReLU(), nn.RReLU().eval()),
    *(kind(SIZE, 3, 3) for kind in (nn.Conv1d, nn.Conv2d, nn.Conv3d)),
    *(kind(SIZE, 3, 2) for kind in (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)),
    nn.Conv2d(SIZE, SIZE, 3, padding=1, padding_mode="circular", groups=2),
    *(kind(2) for kind in (nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d)),
    *(kind(2, return_indices=True) for kind in (nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d)),
    *(kind(2) for kind in (nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d)),
    *(kind(2) for kind in (nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d, nn.AdaptiveAvgPool3d)),
    *(kind(2) for kind in (nn.AdaptiveMaxPool1d, nn.AdaptiveMaxPool2d, nn.AdaptiveMaxPool3d)),
    *(nn.AdaptiveMaxPool2d(2, return_indices=True), nn.LPPool1d(2, 2), nn.LPPool2d(2, 2)),
    *(nn.GroupNorm(2, SIZE), nn.LocalResponseNorm(2), *normalizing(SIZE)),
    *(nn.Flatten(), nn.Flatten(0), nn.Flatten(0, 1), nn.Flatten(1, 2), nn.Flatten(2)),
    *(nn.Flatten(-2), nn.Flatten(-3, -2), nn.Flatten(-2, 2), nn.Flatten(1, -2)),
    *(nn.Unflatten(0, (2, 2)), nn.Unflatten(-1, (2, 2))),
    *(nn.Upsample(scale_factor=2), nn.ZeroPad1d(1), nn.ReflectionPad2d(1), nn.CircularPad1d(1)),
    *(nn.ConstantPad1d(1, 2.0), nn.PixelShuffle(2), nn.ChannelShuffle(2), nn.Unfold(2)),
    *(nn.Dropout(), nn.Dropout1d(), nn.Dropout2d(), nn.AlphaDropout(), nn.FeatureAlphaDropout()),
    *(nn.RNN(SIZE, 3), nn.TransformerEncoderLayer(SIZE, 2, SIZE), nn.Bilinear(SIZE, SIZE, 3)),
    nn.utils.parametrizations.weight_norm(nn.Linear(SIZE, SIZE)),
    nn.utils.parametrizations.spectral_norm(nn.Linear(SIZE, SIZE)),
    nn.utils.parametrizations.spectral_norm(nn.Conv1d(SIZE, SIZE, 3)),
]


REFUSED = (nn.RNN, nn.Bilinear)
"""They return several tensors, or take some."""


def outcome(module: nn.Module, way: Callable[[nn.Module, Tensor], Tensor], xs: Tensor) -> Any:
    """The outputs, the gradients and the buffers; or None where the input is refused."""
    module, leaf = copy.deepcopy(module), xs.clone().requires_grad_()
    given = leaf * 1  # which may be worked on in place
    torch.manual_seed(0)
    try:
        ys = way(module, given)
    except (TypeError, RuntimeError, ValueError, IndexError, AssertionError):
        return None
    assert ys.untyped_storage().data_ptr() != given.untyped_storage().data_ptr()
    ys.mul(torch.linspace(-1, 1, ys.numel()).view(ys.shape)).sum().backward()
    gradients = [p.grad for p in module.parameters()]
    return [ys.detach(), leaf.grad, *gradients, *module.buffers()]


def loop(module: nn.Module, xs: Tensor) -> Tensor:
    return torch.stack([module(x.clone()) for x in xs])


@pytest.mark.parametrize("module", [*POINTWISE, *OTHERS], ids=lambda m: str(m).split("\n")[0])
@pytest.mark.filterwarnings("ignore")  # of shapes that few would choose
def test_a_module_of_pytorch(module: nn.Module) -> None:
    assert (ways(module) == ["whole"]) or module not in POINTWISE
    module, runs = module.double(), 0
    for shape in SHAPES:
        xs = torch.randn(SIZE, *shape, dtype=torch.float64)
        expected, actual = outcome(module, loop, xs), outcome(module, tt.unroll, xs)
        assert (expected is None) == (actual is None), shape
        torch.testing.assert_close(actual or [], expected or [], rtol=1e-10, atol=1e-10)
        runs += expected is not None
    assert runs or isinstance(module, REFUSED) or module.return_indices


@pytest.mark.parametrize("module", [nn.Flatten(), nn.Flatten(-3), nn.Flatten(-3, -2)], ids=str)
def test_flattening_the_features_is_done_for_all_timesteps_at_once(module: nn.Module) -> None:
    assert ways(module) == ["whole"]


def of_each_rank(name: str, *given: Any) -> list[nn.Module]:
    return [getattr(nn, f"{name}{dims}d")(*given) for dims in (1, 2, 3)]


LAST: dict[int, list[nn.Module]] = {
    0: POINTWISE[:24] + [nn.Dropout().eval(), nn.AlphaDropout().eval()],
    1: [nn.Linear(4, 3), nn.LayerNorm(4), nn.RMSNorm(4), nn.Softmax(-1), nn.LogSoftmax(-1)],
    2: [nn.LayerNorm((2, 4)), nn.RMSNorm((2, 4)), nn.Softmax(-2), nn.Flatten(-2, -1)],
    3: [nn.LayerNorm((3, 2, 4)), nn.LogSoftmax(-3), nn.Flatten(-3, -2), nn.Flatten(-3)],
}
"""Modules that act on so many last dimensions at most."""

SPATIAL = [
    *(of_each_rank("Conv", 2, 2, 1), of_each_rank("ConvTranspose", 2, 2, 1)),
    *(of_each_rank("MaxPool", 2), of_each_rank("AvgPool", 2)),
    *(of_each_rank("AdaptiveAvgPool", 2), of_each_rank("AdaptiveMaxPool", 2)),
    of_each_rank("Dropout"),
]
"""Modules for one, two and three dimensions of space."""

OF_SAMPLES = [*of_each_rank("BatchNorm", 4), nn.GroupNorm(2, 4), nn.Flatten(), nn.Flatten(2, -2)]


class Mine(nn.Linear):
    pass


SEPARATE = [
    *(nn.Softmax(0), nn.Softmax(None), nn.LogSoftmax(1), nn.Flatten(0), nn.Flatten(-2, 0)),
    *(nn.Flatten(-2, 1), *of_each_rank("InstanceNorm", 4), nn.PReLU(), nn.GLU(), Mine(4, 4)),
    *(nn.MaxPool1d(2, return_indices=True), nn.MaxPool2d(2, return_indices=True)),
    *(nn.AdaptiveMaxPool1d(2, return_indices=True), nn.LPPool1d(2, 2), nn.Sequential()),
]


def test_how_modules_take_all_timesteps_at_once() -> None:
    for dims, modules in LAST.items():
        for module in modules:
            assert whole(module) == Trailing(module, dims), module
    for kinds in SPATIAL:
        for dims, module in enumerate(kinds, 1):
            assert whole(module) == AsBatch(module, dims + 1), module
    for module in OF_SAMPLES:
        assert whole(module) == AsBatch(module), module
    for module in SEPARATE:
        assert whole(module) is None, module
    for layer in (tt.Lags(4), tt.SequenceBatchNorm(4), tt.SequenceDropout(4)):
        assert whole(layer) == layer.over_time


@pytest.mark.parametrize("module", [nn.Linear(4, 4), nn.Tanh(), nn.Flatten(), nn.GroupNorm(1, 4)])
def test_a_module_whose_forward_was_replaced_takes_each(
    module: nn.Module, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(module), "forward", lambda self, x: x)
    assert whole(module) is None


CALLED: list[tuple[Any, tuple[int, ...], list[tuple[int, ...]]]] = [
    (Trailing, (2, 3, 4), [(2, 3, 4)]),
    *((partial(Trailing, dims=dims), (2, 3, 4), [(2, 3, 4)]) for dims in (0, 1, 2)),
    *((partial(Trailing, dims=dims), (2, 3, 4), 2 * [(3, 4)]) for dims in (3, 4)),
    (AsBatch, (2, 3), 2 * [(3,)]),
    (AsBatch, (2, 3, 4), [(6, 4)]),
    (AsBatch, (2, 3, 4, 5), [(6, 4, 5)]),
    (partial(AsBatch, unbatched=2), (2, 3), 2 * [(3,)]),
    (partial(AsBatch, unbatched=2), (2, 3, 4), [(2, 3, 4)]),
    (partial(AsBatch, unbatched=2), (2, 3, 4, 5), [(6, 4, 5)]),
    (partial(AsBatch, unbatched=3), (2, 3, 4), [(6, 4)]),
]


@pytest.mark.parametrize(("take", "shape", "calls"), CALLED)
def test_timesteps_are_samples_where_they_can_be(
    take: Any, shape: tuple[int, ...], calls: list[tuple[int, ...]]
) -> None:
    seen: list[tuple[int, ...]] = []

    def doubled(x: Tensor) -> Tensor:
        seen.append(tuple(x.shape))
        return torch.stack([x, 2 * x], -1)

    xs = torch.rand(shape)
    torch.testing.assert_close(take(doubled)(xs), torch.stack([xs, 2 * xs], -1))
    assert seen == calls
