"""A module without states is a node with these fields, and such a node is this module."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import nir
from tests.support.equal import identical
from tracetorch.functional import sigmoid4x
from tracetorch.nir.modules import Refused, array, module_of, node_of, tensor, whole
from tracetorch.nir.parts import Scale, Threshold


def values(*shape: int) -> Tensor:
    """Numbers that tell which element is which."""
    return torch.arange(1.0, 1 + int(np.prod(shape))).reshape(shape)


def filled(module: nn.Module) -> nn.Module:
    """A module with such parameters."""
    for parameter in module.parameters():
        parameter.data = values(*parameter.shape)
    return module


def fields(node: nir.NIRNode) -> dict[str, Any]:
    """The fields of a node, with lists for arrays."""
    said = {**vars(node)}
    if not isinstance(node, nir.Flatten):
        del said["input_type"]
    del said["output_type"]
    return {
        name: value.tolist() if isinstance(value, np.ndarray) else value
        for name, value in said.items()
    }


def attributes(module: nn.Module) -> dict[str, Any]:
    """All that a module was made with."""
    plain = {name: value for name, value in vars(module).items() if name[0] != "_"}
    state = {name: value.tolist() for name, value in module.state_dict().items()}
    return {"class": type(module), **plain, **state}


# Modules as nodes

NO_BIAS = {"tracetorch": "without a bias"}
CONV1D, CONV2D = values(4, 1, 3), values(2, 1, 3, 2)
WRITTEN: list[tuple[nn.Module, tuple[int, ...], type[nir.NIRNode], dict[str, Any]]] = [
    (nn.Linear(3, 1), (3,), nir.Affine, {"weight": [[1.0, 2.0, 3.0]], "bias": [1.0]}),
    (nn.Linear(3, 1, bias=False), (3,), nir.Linear, {"weight": [[1.0, 2.0, 3.0]]}),
    (
        nn.Conv1d(2, 4, 3, 2, 1, 3, 2),
        (2, 11),
        nir.Conv1d,
        {
            **{"input_shape": 11, "weight": CONV1D.tolist(), "stride": 2, "padding": 1},
            **{"dilation": 3, "groups": 2, "bias": [1.0, 2.0, 3.0, 4.0]},
        },
    ),
    (
        nn.Conv1d(1, 4, 3, padding="same", bias=False),
        (1, 5),
        nir.Conv1d,
        {
            **{"input_shape": 5, "weight": CONV1D.tolist(), "stride": 1, "padding": "same"},
            **{"dilation": 1, "groups": 1, "bias": [0.0] * 4, "metadata": NO_BIAS},
        },
    ),
    (
        nn.Conv2d(2, 2, (3, 2), (2, 1), (1, 0), (2, 3), 2),
        (2, 9, 8),
        nir.Conv2d,
        {
            **{"input_shape": (9, 8), "weight": CONV2D.tolist(), "stride": (2, 1)},
            **{"padding": (1, 0), "dilation": (2, 3), "groups": 2, "bias": [1.0, 2.0]},
        },
    ),
    (
        nn.Conv2d(1, 2, (3, 2), padding="valid", bias=False),
        (1, 9, 8),
        nir.Conv2d,
        {
            **{"input_shape": (9, 8), "weight": CONV2D.tolist(), "stride": (1, 1)},
            **{"padding": "valid", "dilation": (1, 1), "groups": 1, "bias": [0.0, 0.0]},
            "metadata": NO_BIAS,
        },
    ),
    (
        nn.AvgPool2d(4, (2, 3), 1),
        (1, 8, 8),
        nir.AvgPool2d,
        {"kernel_size": [4, 4], "stride": [2, 3], "padding": [1, 1]},
    ),
    (
        nn.AvgPool2d((4, 2), None, (2, 1), divisor_override=1),
        (1, 8, 8),
        nir.SumPool2d,
        {"kernel_size": [4, 2], "stride": [4, 2], "padding": [2, 1]},
    ),
    *(
        (
            nn.Flatten(start, end),
            (2, 3, 4),
            nir.Flatten,
            {"start_dim": first, "end_dim": last, "input_type": {"input": [2, 3, 4]}},
        )
        for start, end, first, last in [(1, -1, 0, 2), (2, 3, 1, 2), (1, 1, 0, 0), (-2, -2, 1, 1)]
    ),
    (Scale(values(2, 1)), (2, 3), nir.Scale, {"scale": [[1.0] * 3, [2.0] * 3]}),
    (Threshold(values(2, 1)), (2, 3), nir.Threshold, {"threshold": [[1.0] * 3, [2.0] * 3]}),
]


@pytest.mark.parametrize("module, shape, kind, expected", WRITTEN, ids=repr)
def test_a_module_is_a_node(
    module: nn.Module, shape: tuple[int, ...], kind: type[nir.NIRNode], expected: dict[str, Any]
) -> None:
    node = node_of(filled(module), shape)
    found = fields(node)
    if kind is nir.Flatten:
        found["input_type"] = {"input": found["input_type"]["input"].tolist()}
    assert type(node) is kind and found == {"metadata": {}, **expected}


@pytest.mark.parametrize(
    "module",
    [nn.Identity(), nn.Dropout(0.0), nn.Dropout(0.5).eval(), nn.Dropout2d(0.5).eval()],
    ids=repr,
)
def test_a_module_that_returns_its_input_is_no_node(module: nn.Module) -> None:
    assert node_of(module, (3,)) is None


RANDOM = "it draws random numbers; call model.eval() before"
NO_NODES: list[tuple[nn.Module, tuple[int, ...], str]] = [
    (nn.Sigmoid(), (3,), "NIR has no node for it; replace it or leave it out"),
    (nn.ReLU(), (3,), "NIR has no rectifier; put a spiking layer in its place"),
    (nn.MaxPool2d(2), (1, 4, 4), "NIR has no maximum; use nn.AvgPool2d"),
    (
        nn.BatchNorm1d(3),
        (3,),
        "NIR has no normalisation; fold it into the linear map before it",
    ),
    (
        nn.BatchNorm2d(3),
        (3, 4, 4),
        "NIR has no normalisation; fold it into the convolution before it",
    ),
    (nn.Dropout(0.1), (3,), RANDOM),
    (nn.Dropout2d(0.1), (3, 4, 4), RANDOM),
    (nn.Linear(3, 3), (2, 3), "NIR maps vectors alone; flatten the input before"),
    (nn.Linear(3, 3), (), "NIR maps vectors alone; flatten the input before"),
    (
        nn.Conv1d(1, 1, 3, padding_mode="reflect"),
        (1, 4),
        "NIR pads with zeros, not reflect",
    ),
    (nn.AvgPool2d(2, ceil_mode=True), (1, 4, 4), "NIR has no ceil_mode, and counts what is padded"),
    (
        nn.AvgPool2d(2, count_include_pad=False),
        (1, 4, 4),
        "NIR has no ceil_mode, and counts what is padded",
    ),
    *(
        (
            nn.AvgPool2d(2, divisor_override=divisor),
            (1, 4, 4),
            "NIR has means and sums alone; use divisor_override=None or 1",
        )
        for divisor in (2, 4)
    ),
    (nn.Flatten(0), (3, 2), "it flattens the batch too; use start_dim=1"),
    (nn.Flatten(-3), (3, 2), "it flattens the batch too; use start_dim=1"),
    (
        nn.Linear(3, 3).bfloat16(),
        (3,),
        "NumPy has no torch.bfloat16; convert the model by .float() before",
    ),
]


@pytest.mark.parametrize("module, shape, message", NO_NODES)
def test_a_module_that_is_no_node(module: nn.Module, shape: tuple[int, ...], message: str) -> None:
    with pytest.raises(Refused, match=f"^{re.escape(message)}$"):
        node_of(module, shape)


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64])
def test_an_array_has_the_precision_of_the_tensor_and_its_own_memory(dtype: torch.dtype) -> None:
    parameter = nn.Parameter(values(3).to(dtype))
    found = array(parameter)
    assert identical(torch.from_numpy(found), parameter.detach())
    found[0] = 5
    assert parameter[0] == 1


# Nodes as modules


def conv1d(**options: Any) -> nir.Conv1d:
    said = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1, **options}
    return nir.Conv1d(None, CONV1D.numpy(), bias=values(4).numpy(), **said)


def conv2d(**options: Any) -> nir.Conv2d:
    said = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1, **options}
    return nir.Conv2d(None, CONV2D.numpy(), bias=values(2).numpy(), **said)


def pool(kind: Any, *sizes: Any) -> nir.NIRNode:
    return kind(*map(np.array, sizes))


READ: list[tuple[nir.NIRNode, nn.Module]] = [
    (nir.Linear(values(2, 3).numpy()), nn.Linear(3, 2, bias=False)),
    (nir.Affine(values(2, 3).numpy(), values(2).numpy()), nn.Linear(3, 2)),
    (conv1d(), nn.Conv1d(1, 4, 3)),
    (
        conv1d(stride=2, padding=np.array([1]), dilation=np.array(3), groups=np.array([2])),
        nn.Conv1d(2, 4, 3, 2, 1, 3, 2),
    ),
    (conv1d(padding="same"), nn.Conv1d(1, 4, 3, padding="same")),
    (conv1d(padding=b"valid"), nn.Conv1d(1, 4, 3, padding="valid")),
    (conv1d(metadata=None), nn.Conv1d(1, 4, 3)),
    (conv2d(), nn.Conv2d(1, 2, (3, 2))),
    (
        conv2d(stride=(2, 1), padding=np.array([1, 0]), dilation=[2, 3], groups=2),
        nn.Conv2d(2, 2, (3, 2), (2, 1), (1, 0), (2, 3), 2),
    ),
    (pool(nir.AvgPool2d, 4, [2, 3], 1), nn.AvgPool2d((4, 4), (2, 3), (1, 1))),
    (
        pool(nir.SumPool2d, [4, 2], 2, [2, 1]),
        nn.AvgPool2d((4, 2), (2, 2), (2, 1), divisor_override=1),
    ),
    *(
        (nir.Flatten({"input": None}, start, end), nn.Flatten(first, last))
        for start, end, first, last in [
            *[(0, 0, 1, 1), (0, 1, 1, 2), (1, 2, 2, 3), (1, -1, 2, -1), (-1, -1, -1, -1)],
            (-2, 0, -2, 1),
        ]
    ),
    (nir.Scale(values(2).numpy()), Scale(values(2))),
    (nir.Threshold(values(2).numpy()), Threshold(values(2))),
]


@pytest.mark.parametrize("node, expected", READ)
def test_a_node_is_a_module(node: nir.NIRNode, expected: nn.Module) -> None:
    """It has its own memory, and making it draws no random numbers."""
    before = torch.get_rng_state()
    found = module_of(node)
    assert attributes(found) == attributes(filled(expected))
    assert identical(torch.get_rng_state(), before)
    for parameter in found.parameters():
        assert parameter.requires_grad
        for value in vars(node).values():
            assert not np.shares_memory(parameter.detach().numpy(), np.asarray(value))


NO_MODULES: list[tuple[Callable[[], nir.NIRNode], str]] = [
    (lambda: nir.Delay(np.ones(3)), "there is no layer for a node of the type Delay"),
    (
        lambda: nir.Linear(np.ones((1, 2, 3))),
        "its weight must be a matrix, and has the shape (1, 2, 3)",
    ),
    (
        lambda: nir.Affine(np.ones((1, 2, 3)), np.ones(2)),
        "its weight must be a matrix, and has the shape (1, 2, 3)",
    ),
    (
        lambda: nir.Affine(np.ones((2, 3)), np.ones(3)),
        "its bias has the shape (3,), not (2,)",
    ),
    (
        lambda: nir.Conv1d(None, np.ones((3, 3)), 1, 0, 1, 1, np.ones(3)),
        "its weight has the shape (3, 3)",
    ),
    (
        lambda: nir.Conv2d(None, np.ones((3, 3, 1)), 1, 0, 1, 1, np.ones(3)),
        "its weight has the shape (3, 3, 1)",
    ),
    (
        lambda: nir.Conv2d(None, np.ones((3, 3, 1, 1)), 1, 0, 1, 1, np.ones((3, 1))),
        "its bias has the shape (3, 1), not (3,)",
    ),
    *(
        (
            lambda name=name: conv1d(**{name: 0.5}),  # type: ignore[misc]
            f"{name} must be 1 whole numbers, and is 0.5",
        )
        for name in ("stride", "padding", "dilation", "groups")
    ),
    *(
        (
            lambda name=name: conv2d(**{name: [1, 1, 1]}),  # type: ignore[misc]
            f"{name} must be {1 if name == 'groups' else 2} whole numbers, and is [1, 1, 1]",
        )
        for name in ("stride", "padding", "dilation", "groups")
    ),
    (
        lambda: nir.AvgPool2d([0.5, 1], [1, 1], [0, 0]),
        "kernel_size must be 2 whole numbers, and is [0.5, 1]",
    ),
    (lambda: nir.SumPool2d([1, 1], [], [0, 0]), "stride must be 2 whole numbers, and is []"),
    (
        lambda: nir.SumPool2d([1, 1], [1, 1], [0, -1]),
        "padding must be 2 whole numbers, and is [0, -1]",
    ),
]


@pytest.mark.parametrize("make, message", NO_MODULES)
def test_a_node_that_is_no_module(make: Callable[[], nir.NIRNode], message: str) -> None:
    with pytest.raises(Refused, match=f"^{re.escape(message)}$"):
        module_of(make())


@pytest.mark.parametrize(
    "written, count, expected",
    [
        (3, 1, (3,)),
        (3, 2, (3, 3)),
        ([3], 2, (3, 3)),
        ([0, 3], 2, (0, 3)),
        (np.array([[1, 2]], np.uint8), 2, (1, 2)),
    ],
)
def test_whole_numbers_may_be_written_as_one(
    written: Any, count: int, expected: tuple[int, ...]
) -> None:
    found = whole(written, "stride", count)
    assert found == expected and {type(one) for one in found} == {int}


@pytest.mark.parametrize(
    "written, count", [([1, 2], 1), (-1, 1), ([1, -1], 2), (True, 1), (1.0, 1), ("1", 1)]
)
def test_what_is_no_whole_number(written: Any, count: int) -> None:
    with pytest.raises(Refused, match=f"^stride must be {count} whole numbers, and is "):
        whole(written, "stride", count)


@pytest.mark.parametrize("kind", ["<f2", ">f2", "<f4", ">f4", "<f8", ">f8"])
def test_numbers_in_any_order_of_bytes(kind: str) -> None:
    written = np.array([1.0, -0.5], kind)
    found = tensor(written, "r")
    assert found.tolist() == [1.0, -0.5] and found.element_size() == written.itemsize
    found[0] = 5
    assert written[0] == 1


@pytest.mark.parametrize(
    "written, message",
    [
        (np.ones(2, np.int64), "r must hold floating-point numbers, and has the type int64"),
        (
            np.ones(2, np.complex64),
            "r must hold floating-point numbers, and has the type complex64",
        ),
        (None, "r must hold floating-point numbers, and has the type object"),
        *(([1.0, value], "r holds a number that is not finite") for value in (np.nan, -np.inf)),
    ],
)
def test_what_is_no_array_of_real_numbers(written: Any, message: str) -> None:
    with pytest.raises(Refused, match=f"^{message}$"):
        tensor(written, "r")


@pytest.mark.skipif(np.dtype(np.longdouble).itemsize == 8, reason="it is float64 here")
def test_a_precision_that_pytorch_has_not() -> None:
    with pytest.raises(Refused, match=f"^r must hold .* the type {np.dtype(np.longdouble)}$"):
        tensor(np.ones(2, np.longdouble), "r")


# What these modules compute


def test_a_factor_of_each_element() -> None:
    assert Scale(values(2))(values(3, 2)).tolist() == [[1.0, 4.0], [3.0, 8.0], [5.0, 12.0]]


def test_what_is_above_a_threshold_is_one() -> None:
    """With the gradient of a spike function."""
    x = torch.tensor([[0.9, 1.0, 1.1], [1.9, 2.0, 2.1]], requires_grad=True)
    y = Threshold(torch.tensor([1.0, 2.0])[:, None])(x)
    assert y.tolist() == [[0.0, 0.0, 1.0]] * 2
    smooth = sigmoid4x(x - torch.tensor([1.0, 2.0])[:, None])
    found, expected = (torch.autograd.grad(one.sum(), x)[0] for one in (y, smooth))
    assert identical(found, expected) and bool(found.all())
