"""What cannot be an input is refused with what to write instead."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_sequence

import tracetorch as tt
from tests.support import zoo

X = torch.ones(2, 3)


class ByForward(tt.Layer):
    def __init__(self) -> None:
        super().__init__(3)
        self._initialize_state("total")

    def forward(self, x: Tensor) -> Tensor:
        self._ensure_states(x)
        self.total = self.total + x
        return self.total.clone()


def nested(layout: torch.layout) -> Tensor:
    return torch.nested.nested_tensor([X, X[:1]], layout=layout)


NO_TENSORS: dict[str, tuple[Callable[[], Any], str]] = {
    "tuple": (
        lambda: (X, X),
        "got tuple; pass one of its entries, such as the output alone; layers store their own states",
    ),
    "packed": (
        lambda: pack_sequence([X]),
        "got PackedSequence; pass torch.nn.utils.rnn.pad_packed_sequence\\(x\\)\\[0\\]",
    ),
    "tensors": (lambda: [X, X], r"got list; pass torch.stack\(x\), or one of its entries"),
    "list": (lambda: [0.0, 1.0], r"got list; pass torch.as_tensor\(x\)"),
    "empty list": (list, r"got list; pass torch.as_tensor\(x\)"),
    "dict": (lambda: {"x": X}, "got dict; pass one of its values"),
    "None": (lambda: None, "got NoneType; check that the module before it returns its output"),
    "array": (lambda: X.numpy(), r"got ndarray; pass torch.as_tensor\(x\)"),
    "scalar": (lambda: np.float32(1.0), r"got float32; pass torch.as_tensor\(x\)"),
    "int": (lambda: 3, r"got int; pass torch.as_tensor\(x\)"),
}
NOT_DENSE: dict[str, tuple[Callable[[], Any], str]] = {
    "coo": (lambda: X.to_sparse(), r"must be dense, got torch.sparse_coo; pass x.to_dense\(\)"),
    "csr": (lambda: X.to_sparse_csr(), r"got torch.sparse_csr; pass x.to_dense\(\)"),
    "csc": (lambda: X.to_sparse_csc(), r"got torch.sparse_csc; pass x.to_dense\(\)"),
    "bsr": (lambda: X.to_sparse_bsr(1), r"got torch.sparse_bsr; pass x.to_dense\(\)"),
    "nested": (
        lambda: nested(torch.strided),
        "a nested one; pass torch.nested.to_padded_tensor\\(x, 0.0\\)",
    ),
    "jagged": (
        lambda: nested(torch.jagged),
        "a nested one; pass torch.nested.to_padded_tensor\\(x, 0.0\\)",
    ),
}
NO_NUMBERS: dict[str, tuple[Callable[[], Any], str]] = {
    "complex": (
        lambda: X.cfloat(),
        r"must be real, got torch.complex64; pass torch.view_as_real\(x\), or x.abs\(\)",
    ),
    "quantized": (
        lambda: torch.quantize_per_tensor(X, 0.1, 0, torch.quint8),
        r"PyTorch can compute with, got torch.quint8; pass x.dequantize\(\)",
    ),
    "float8": (lambda: X.to(torch.float8_e5m2), r"got torch.float8_e5m2; pass x.float\(\)"),
}
BAD = NO_TENSORS | NOT_DENSE | NO_NUMBERS

pytestmark = pytest.mark.filterwarnings(
    "ignore:.*beta state", "ignore:The PyTorch API of nested", "ignore:torch.quantize_per_tensor"
)


@pytest.mark.parametrize("is_begun", [False, True])
@pytest.mark.parametrize("what", BAD)
def test_an_input_that_is_no_plain_tensor(what: str, is_begun: bool) -> None:
    made, message = BAD[what]
    layers = [tt.snn.LIB(3), tt.rnn.GRU(3, 3), tt.ssm.Mamba(3), tt.snn.flex.LI(3), ByForward()]
    for layer in layers:
        if is_begun:
            layer(X)
        before = layer._memory.enter_scope().existing
        with pytest.raises(TypeError, match=f"{type(layer).__name__}: the input .*{message}$"):
            layer(made())
        assert layer._memory.enter_scope().existing.keys() == before.keys()
        assert all(
            layer._memory.enter_scope().states[name] is state for name, state in before.items()
        )
        layer(X)


@pytest.mark.parametrize("what", NO_TENSORS | NOT_DENSE)
def test_a_sequence_that_is_no_dense_tensor(what: str) -> None:
    made, message = BAD[what]
    for module in (tt.snn.LIB(3), zoo.chain("LIB"), nn.Identity()):
        with pytest.raises(TypeError, match=f"tt.unroll: xs .*{message}$"):
            tt.unroll(module, made())


@pytest.mark.parametrize("what", NO_NUMBERS)
def test_a_sequence_without_numbers(what: str) -> None:
    made, message = BAD[what]
    with pytest.raises(TypeError, match=f"LIB: the input .*{message}"):
        tt.unroll(tt.snn.LIB(3), made())


def test_a_complex_sequence_reaches_a_module_that_takes_it() -> None:
    class Magnitude(tt.Model):
        def __init__(self) -> None:
            super().__init__()
            self.layer = tt.snn.LI(3)

        def forward(self, x: Tensor) -> Tensor:
            return self.layer(torch.view_as_real(x)[..., 0])

    model, xs = Magnitude(), torch.ones(4, 3, dtype=torch.cfloat)
    expected = torch.stack([model(x) for x in xs])
    model.zero_states()
    torch.testing.assert_close(tt.unroll(model, xs), expected)


@pytest.mark.parametrize("what", BAD)
def test_states_that_are_no_plain_tensors(what: str) -> None:
    made, message = BAD[what]
    model = zoo.Chain(tt.snn.LIB(3))
    if what in NO_TENSORS:
        with pytest.raises(TypeError, match="load_states: net.0.mem must be a tensor"):
            model.load_states({"net.0.mem": made()})
    else:
        with pytest.raises(ValueError, match=f"net.0: mem .*{message}"):
            model.load_states({"net.0.mem": made()})
    if what not in NO_NUMBERS:
        with pytest.raises(TypeError, match=f"Stateless: net.0.mem .*{message}"):
            tt.Stateless(model)(X, {"net.0.mem": made()})
    assert model.save_states() == {}


@pytest.mark.parametrize("states", [None, X, (X,), [("mem", X)]])
def test_states_that_are_no_dict(states: Any) -> None:
    with pytest.raises(TypeError, match="states must be a dict .*; an empty one begins a sequence"):
        tt.Stateless(tt.snn.LI(3))(X, states)


@pytest.mark.filterwarnings("ignore:.*torch.jit.script")
@pytest.mark.parametrize("wrap", [lambda layer: layer, nn.Sequential, zoo.Chain, tt.Stateless])
def test_scripting_says_what_to_do_instead(wrap: Callable[[nn.Module], nn.Module]) -> None:
    with pytest.raises(RuntimeError, match="LIB: torch.jit.script .* use torch.compile"):
        torch.jit.script(wrap(tt.snn.LIB(3)))


def test_a_batch_of_gradients_of_a_kernel() -> None:
    layer = tt.snn.LIB(3)
    xs = torch.ones(4, 2, 3, requires_grad=True)
    ys = tt.unroll(layer, xs)
    gradients = torch.ones(5, *ys.shape)

    def batched(gradient: Tensor) -> Tensor:
        return torch.autograd.grad(ys, xs, gradient, retain_graph=True)[0]

    message = "kernels take one gradient at a time, .* or run the loop"
    with pytest.raises(NotImplementedError, match=message):
        torch.autograd.grad(ys, xs, gradients, is_grads_batched=True, retain_graph=True)
    with pytest.raises(NotImplementedError, match=message):
        torch.vmap(batched)(gradients)
    assert batched(gradients[0]).any()


def test_second_derivatives_of_a_kernel() -> None:
    layer = tt.snn.LIB(3)
    xs = torch.ones(4, 2, 3, requires_grad=True)
    first = torch.autograd.grad(tt.unroll(layer, xs).sum(), xs, create_graph=True)[0]
    with pytest.raises(NotImplementedError, match="no second derivatives; run the loop"):
        first.sum().backward()


@pytest.mark.filterwarnings(
    "ignore:.*torch.jit.script"
)  # PyTorch's own, at the first such gradient
def test_forward_mode_derivatives_go_through_the_loop() -> None:
    layer, xs = tt.snn.LI(3, beta=0.5), torch.ones(3, 3)
    with torch.autograd.forward_ad.dual_level():
        dual = torch.autograd.forward_ad.make_dual(xs, xs)
        with pytest.warns(UserWarning, match="forward-mode derivatives"):
            ys = tt.unroll(layer, dual)
        tangent = torch.autograd.forward_ad.unpack_dual(ys).tangent
    torch.testing.assert_close(tangent, torch.tensor([1.0, 1.5, 1.75])[:, None].expand(3, 3))


TAKEN = {
    torch.float64: torch.float64,
    **dict.fromkeys([torch.float32, torch.float16, torch.bfloat16, torch.bool], torch.float32),
    **dict.fromkeys([torch.int8, torch.int16, torch.int32, torch.int64], torch.float32),
    **dict.fromkeys([torch.uint8, torch.uint16, torch.uint32, torch.uint64], torch.float32),
}


@pytest.mark.parametrize("dtype", TAKEN)
def test_all_real_numbers_are_taken(dtype: torch.dtype) -> None:
    layer = tt.snn.LI(3)
    assert layer(torch.ones(3).to(dtype)).tolist() == [1.0] * 3
    assert layer.mem.dtype == TAKEN[dtype]
