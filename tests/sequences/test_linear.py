"""Linear maps of whole sequences as convolutions: their values, and when they are used."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional as F

import tracetorch as tt
from tests.support.equal import identical
from tracetorch.sequence import linear
from tracetorch.sequence.linear import as_convolutions

TIMESTEPS, BATCH, INPUTS, OUTPUTS = 100, 32, 40, 48


@pytest.fixture(autouse=True)
def wide(monkeypatch):
    """Processors for which convolutions are not faster have them here, too."""
    monkeypatch.setattr(linear, "_has_wide_instructions", lambda: True)


@pytest.fixture
def convolutions(monkeypatch):
    """The sizes of the images of each convolution and of each gradient of a weight."""
    found, conv2d, conv2d_weight = [], F.conv2d, linear.conv2d_weight

    def counted(images, *arguments):
        found.append(tuple(images.shape))
        return conv2d(images, *arguments)

    def counted_weight(images, *arguments):
        found.append(tuple(images.shape))
        return conv2d_weight(images, *arguments)

    monkeypatch.setattr(F, "conv2d", counted)
    monkeypatch.setattr(linear, "conv2d_weight", counted_weight)
    return found


def given(*sizes: int) -> list[torch.Tensor]:
    torch.manual_seed(0)
    x = torch.randn(*(sizes or (TIMESTEPS, BATCH, INPUTS)))
    return [x, torch.randn(OUTPUTS, x.shape[-1]) / 8, torch.randn(OUTPUTS)]


WAYS = {
    "a function": lambda x, w, b: F.linear(x, w, b),
    "with no bias": lambda x, w, b: F.linear(x, w) + b,
    "@": lambda x, w, b: x @ w.T + b,
    "matmul": lambda x, w, b: torch.matmul(x, w.T) + b,
    "a method": lambda x, w, b: x.matmul(w.T) + b,
}


@pytest.mark.parametrize("way", WAYS)
def test_values_and_gradients_are_those_of_the_linear_map(way, convolutions):
    def differentiated(function, values):
        inputs = [value.requires_grad_() for value in values]
        y = function(*inputs)
        return [y, *torch.autograd.grad(y.square().sum(), inputs)]

    ours = as_convolutions(lambda: differentiated(WAYS[way], given()))
    assert convolutions == [(25, INPUTS, 1, 128)]
    exact = differentiated(WAYS["a function"], [value.double() for value in given()])
    for found, expected in zip(ours, exact):
        scale = expected.abs().max().item()
        torch.testing.assert_close(found.double(), expected, rtol=1e-5, atol=1e-5 * scale)


def test_gradient_of_the_weight(convolutions):
    x, _, _ = given(TIMESTEPS * BATCH, INPUTS)
    d_y = torch.randn(len(x), OUTPUTS)
    found = linear.of_weight(x, d_y)
    assert convolutions == [(25, INPUTS, 1, 128)]
    torch.testing.assert_close(found.double(), d_y.double().T @ x.double(), rtol=1e-5, atol=1e-3)


@pytest.mark.parametrize(
    "sizes, images",
    [
        ((100, 32, 40), (25, 40, 1, 128)),
        ((100, 4, 8, 40), (25, 40, 1, 128)),
        ((3200, 1, 40), (25, 40, 1, 128)),
        ((3200, 40), (25, 40, 1, 128)),
        ((17, 128, 43), (17, 43, 1, 128)),  # no image has more pixels
        ((18, 129, 60), (27, 60, 1, 86)),
        ((17, 8, 700), (17, 700, 1, 8)),  # and none fewer
    ],
)
def test_images_hold_the_samples_of_any_batch(sizes, images, convolutions):
    x, weight, bias = given(*sizes)
    y = linear.linear(x, weight, bias)
    assert convolutions == [images]
    torch.testing.assert_close(y, F.linear(x, weight, bias), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("samples, count", [(2048, 1), (2040, 0)])
def test_few_multiplications_are_no_convolution(samples, count, convolutions):
    """Both numbers of samples make images that are large enough."""
    linear.linear(torch.ones(samples, 32), torch.ones(64, 32))
    assert len(convolutions) == count


def test_samples_may_lie_in_any_order_in_memory(convolutions):
    x, weight, bias = given(BATCH, TIMESTEPS, INPUTS)
    y = linear.linear(x.transpose(0, 1), weight, bias)
    assert len(convolutions) == 1
    torch.testing.assert_close(y, F.linear(x, weight, bias).transpose(0, 1), rtol=1e-4, atol=1e-4)


def plain(x, w, b):
    return F.linear(x, w, b)


ELSEWHERE = {
    "double precision": lambda x, w, b: plain(x.double(), w.double(), b.double()),
    "half precision": lambda x, w, b: plain(x.bfloat16(), w.bfloat16(), b.bfloat16()),
    "no device": lambda x, w, b: plain(x.to("meta"), w.to("meta"), b.to("meta")),
    "sparse": lambda x, w, b: x.flatten(0, 1).to_sparse() @ w.T,
    "sparse weights": lambda x, w, b: x.flatten(0, 1) @ w.T.to_sparse(),
    "few multiplications": lambda x, w, b: plain(x[:50, :16], w, b),
    "16 images": lambda x, w, b: plain(x.new_ones(16, 128), x.new_ones(4096, 128), None),
    "a prime number of samples": lambda x, w, b: plain(x.new_ones(3203, 40), w, b),
    "small images": lambda x, w, b: plain(x.new_ones(7 * 463, 40), w, b),
    "a sample": lambda x, w, b: plain(x.new_ones(2**16), x.new_ones(64, 2**16), None),
    "a vector of weights": lambda x, w, b: plain(x.new_ones(3200, 2048), x.new_ones(2048), None),
    "a product of vectors": lambda x, w, b: x.new_ones(3200, 2048) @ x.new_ones(2048),
    "one bias for all": lambda x, w, b: plain(x, w, b[:1]),
    "keywords": lambda x, w, b: F.linear(input=x, weight=w, bias=b),
    "a result given": lambda x, w, b: torch.matmul(x, w.T, out=x.new_empty(*x.shape[:2], len(w))),
    "many matrices": lambda x, w, b: x.new_ones(64, 64, 64) @ x.new_ones(64, 64, 64),
}


@pytest.mark.parametrize("name", ELSEWHERE)
def test_elsewhere_pytorch_multiplies_as_ever(name, convolutions):
    compute = ELSEWHERE[name]
    ours, theirs = as_convolutions(lambda: compute(*given())), compute(*given())
    assert not convolutions
    assert (ours.shape, ours.dtype) == (theirs.shape, theirs.dtype)
    if not ours.is_meta:
        assert identical(ours, theirs)


def test_sizes_that_do_not_fit_are_refused_as_ever():
    with pytest.raises(RuntimeError, match="mat1 and mat2 shapes cannot be multiplied"):
        as_convolutions(lambda: plain(torch.ones(3200, 50), torch.ones(64, 40), None))


def test_a_product_that_is_no_convolution_stays_one(monkeypatch):
    monkeypatch.delattr(linear, "linear")
    a, b = torch.rand(3, 4), torch.rand(4, 5)
    assert identical(linear._matmul(a, b), a @ b)


def test_gradient_of_few_samples_is_a_product(convolutions):
    x = torch.randn(5, 3)
    assert identical(linear.of_weight(x, x.exp()), x.exp().t() @ x)
    assert not convolutions


def test_under_autocast_pytorch_multiplies_in_half_precision(convolutions):
    x, weight, bias = given()
    with torch.autocast("cpu"):
        assert as_convolutions(lambda: F.linear(x, weight, bias)).dtype == torch.bfloat16
    assert not convolutions


def test_other_processors_multiply(monkeypatch, convolutions):
    monkeypatch.setattr(linear, "_has_wide_instructions", lambda: False)
    linear.linear(*given())
    assert not convolutions


@pytest.mark.parametrize(
    "capability, built, expected",
    [("AVX512", True, True), ("AVX512", False, False), ("AVX2", True, False)],
)
def test_processors_are_told_apart(capability, built, expected, monkeypatch):
    monkeypatch.undo()
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: capability)
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: built)
    assert linear._has_wide_instructions.__wrapped__() is expected


@pytest.mark.parametrize(
    "model, count",
    [
        (lambda: nn.Sequential(nn.Linear(INPUTS, 48), tt.snn.LIB(48), nn.Linear(48, 48)), 2),
        (lambda: tt.rnn.LSTM(INPUTS, 48), 2),  # of the inputs, and the gradient of a matrix
        (lambda: tt.ssm.S5(INPUTS, d_state=48), 2),  # before and after the recurrence
    ],
)
def test_sequences_use_them(model, count, convolutions):
    torch.manual_seed(0)
    net, x = model(), torch.rand(TIMESTEPS, BATCH, INPUTS)
    tt.unroll(net, x).square().sum().backward()
    assert len(convolutions) == count
    ours = [parameter.grad for parameter in net.parameters()]
    tt.zero_states(net)
    net.zero_grad()
    torch.stack([net(timestep) for timestep in x]).square().sum().backward()
    for gradient, parameter in zip(ours, net.parameters()):
        scale = parameter.grad.abs().max().item()
        torch.testing.assert_close(gradient, parameter.grad, rtol=1e-4, atol=1e-4 * scale)
