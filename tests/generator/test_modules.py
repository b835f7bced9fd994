"""Modules of PyTorch: what is declared of their classes, and layers that apply them."""

from __future__ import annotations

import importlib
import inspect
import json
import re
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, get_args, get_origin

import pytest
import torch
from torch import Tensor, nn

import tracetorch as tt
from codegen.__main__ import main
from codegen.classes import trial
from codegen.grammar import layers
from codegen.language.constants import value_of
from codegen.language.expressions import Expression, Number
from codegen.language.sizes import size_of
from codegen.language.torch_classes import TORCH_CLASSES, Value, instead_of_class
from codegen.reading.load import extend
from tracetorch.core import backend

SPEC = Path(__file__).with_name("with_modules.yaml")
SPECS = Path(__file__).parents[2] / "spec"


# The classes


def modules() -> Iterator[tuple[str, dict[str, Any], tuple[int, ...]]]:
    """Yield a class, arguments, and the sizes of an input after the batch."""
    yield "LayerNorm", {"normalized_shape": 5}, (3, 5)
    yield "LayerNorm", {"normalized_shape": (4, 5)}, (3, 4, 5)
    yield "RMSNorm", {"normalized_shape": (4, 5)}, (3, 4, 5)
    yield "GroupNorm", {"num_groups": 2, "num_channels": 4}, (4,)
    yield "GroupNorm", {"num_groups": 2, "num_channels": 4}, (4, 5, 3)
    for space in (1, 2, 3):
        sizes = (4, 7, 8, 9)[: 1 + space]
        each = (2, 3, 1)[:space]
        conv = {"in_channels": 4, "out_channels": 6, "kernel_size": 3}
        yield f"Conv{space}d", conv, sizes
        yield f"Conv{space}d", conv | {"padding": "same", "dilation": 2}, sizes
        strided = conv | {"stride": 2, "padding": each, "dilation": each, "groups": 2}
        yield f"Conv{space}d", strided, sizes
        yield f"ConvTranspose{space}d", conv, sizes
        yield f"ConvTranspose{space}d", strided | {"stride": 3, "output_padding": 1}, sizes
        yield f"AvgPool{space}d", {"kernel_size": each}, sizes
        yield f"AvgPool{space}d", {"kernel_size": 3, "stride": 2, "padding": 1}, sizes
        yield f"MaxPool{space}d", {"kernel_size": 3, "stride": each, "dilation": 2}, sizes
        for kind in ("Avg", "Max"):
            yield f"Adaptive{kind}Pool{space}d", {"output_size": each}, sizes
    yield "Threshold", {"threshold": 0.1, "value": 2.0}, (5,)
    for name, found in TORCH_CLASSES.items():
        if not any(argument.is_required for argument in found.arguments.values()):
            yield name, {}, (3, 5)


MODULES = [*modules()]


def value(argument: Any) -> Value:
    """Return an argument as the reader does."""
    match argument:
        case tuple():
            return tuple(map(Number, argument))
        case bool() | str():
            return argument
    return Number(argument)


def test_every_class_has_an_example() -> None:
    assert {name for name, *_ in MODULES} == TORCH_CLASSES.keys()


@pytest.mark.parametrize("name", TORCH_CLASSES)
def test_the_arguments_are_the_first_of_pytorch(name: str) -> None:
    _, *theirs = inspect.signature(getattr(nn, name).__init__).parameters.values()
    ours = TORCH_CLASSES[name].arguments
    assert [*ours] == [parameter.name for parameter in theirs[: len(ours)]]
    for argument, parameter in zip(ours.values(), theirs):
        assert argument.is_required == (parameter.default is parameter.empty)
        if not argument.is_required:
            default = argument.default
            plain = value_of(default, {}) if isinstance(default, Expression) else default
            assert plain == parameter.default


KINDS = {bool: "boolean", str: "word", float: "number", float | None: "number", int: "size"}
"""The kinds of arguments by their types in PyTorch; those of several types are sizes."""


@pytest.mark.parametrize("name", TORCH_CLASSES)
def test_the_arguments_are_of_the_types_of_pytorch(name: str) -> None:
    theirs = inspect.get_annotations(getattr(nn, name).__init__, eval_str=True)
    for key, argument in TORCH_CLASSES[name].arguments.items():
        if get_origin(theirs[key]) is Literal:
            assert (argument.kind, argument.words) == ("word", get_args(theirs[key]))
        else:
            assert argument.kind == KINDS.get(theirs[key], "sizes")
            assert bool(argument.words) == (str in (theirs[key], *get_args(theirs[key])))
        for word in argument.words:
            module = getattr(nn, name)(**required(name) | {key: word})
            module(torch.zeros(1, *[4] * TORCH_CLASSES[name].space))


def required(name: str) -> dict[str, int]:
    """The least arguments of a class."""
    return {key: 1 for key, given in TORCH_CLASSES[name].arguments.items() if given.is_required}


def test_a_padding_may_be_a_word() -> None:
    """It may be "same"; "valid", which PyTorch knows too, is the default."""
    for name, found in TORCH_CLASSES.items():
        words = {k: given.words for k, given in found.arguments.items() if given.kind == "sizes"}
        with_words = {"padding": ("same",)} if re.fullmatch(r"Conv\dd", name) else {}
        assert words == dict.fromkeys(words, ()) | with_words


OTHERS = {
    "it draws random numbers": (
        *(nn.modules.dropout._DropoutNd, nn.RReLU),
        *(nn.FractionalMaxPool2d, nn.FractionalMaxPool3d),
    ),
    "its samples depend on each other": nn.modules.batchnorm._BatchNorm,
    "it has states": (nn.RNN, nn.LSTM, nn.GRU, nn.RNNCell, nn.LSTMCell, nn.GRUCell),
    "write linear: [inputs, outputs]": nn.Linear,
}
"""What is said of classes that a layer cannot apply."""


def other_classes() -> Iterator[str]:
    for name in sorted(vars(nn).keys() - TORCH_CLASSES.keys()):
        found = getattr(nn, name)
        if isinstance(found, type) and issubclass(found, nn.Module) and "Lazy" not in name:
            yield name


@pytest.mark.parametrize("name", [*other_classes()])
def test_what_to_write_instead_of_other_classes(name: str) -> None:
    expected = [hint for hint, kinds in OTHERS.items() if issubclass(getattr(nn, name), kinds)]
    assert [hint for hint in OTHERS if instead_of_class(name).startswith(hint)] == expected


HINTS = {
    "Dropout Dropout2d AlphaDropout FeatureAlphaDropout RReLU": (
        "it draws random numbers: put tt.SequenceDropout before the layer"
    ),
    "BatchNorm1d BatchNorm3d SyncBatchNorm LazyBatchNorm2d": (
        "its samples depend on each other: write LayerNorm or GroupNorm, or put "
        "tt.SequenceBatchNorm before the layer"
    ),
    "RNN LSTM GRU RNNCell LSTMCell GRUCell": (
        "it has states: declare them under states:, and its equations under update:"
    ),
    "Linear LazyLinear": "write linear: [inputs, outputs]",
    "FractionalMaxPool2d": "it draws random numbers: write MaxPool2d",
    "FractionalMaxPool3d": "it draws random numbers: write MaxPool3d",
    "LazyConv2d": "write Conv2d, with all its sizes",
    "LazyConvTranspose1d": "write ConvTranspose1d, with all its sizes",
    "PReLU": "write where(x > 0, x, slope * x)",
    "Softmax softmax": "write softmax(x, -1), over the last dimension",
    "Flatten Unflatten": "write reshape(x, heads, size), with all sizes of the features",
    "linear": "write x @ W, or declare a linear map under modules:",
    "RNNBase rnn rrelu Embedding": "",
}


@pytest.mark.parametrize(("names", "hint"), HINTS.items())
def test_what_is_said_of_other_classes(names: str, hint: str) -> None:
    assert [instead_of_class(name) for name in names.split()] == [hint] * len(names.split())


@pytest.mark.parametrize(("name", "arguments", "sizes"), MODULES)
def test_the_sizes_that_are_fixed(
    name: str, arguments: dict[str, Any], sizes: tuple[int, ...]
) -> None:
    """An input whose size is another there is one that PyTorch refuses, and elsewhere it is not."""
    given = {key: value(argument) for key, argument in arguments.items()}
    module = getattr(nn, name)(**arguments)
    for place, size in enumerate(TORCH_CLASSES[name].takes(given, len(sizes))):
        other = [*sizes[:place], sizes[place] + 1, *sizes[place + 1 :]]
        with nullcontext() if size is None else pytest.raises((RuntimeError, ValueError)):
            module(torch.zeros(2, *other))


@pytest.mark.parametrize(
    ("name", "arguments", "has_batch", "takes"),
    [
        ("ReLU", {}, False, {0: [], 1: [None], 3: [None] * 3}),
        ("Threshold", {"threshold": 1, "value": 2}, False, {2: [None] * 2}),
        ("LayerNorm", {"normalized_shape": 5}, False, {0: [5], 1: [5], 3: [None, None, 5]}),
        ("LayerNorm", {"normalized_shape": (4, 5)}, False, {1: [4, 5], 3: [None, 4, 5]}),
        ("RMSNorm", {"normalized_shape": 5}, False, {2: [None, 5]}),
        ("GroupNorm", {"num_groups": 2, "num_channels": 4}, True, {1: [4], 3: [4, None, None]}),
        ("Conv1d", {"in_channels": 4, "out_channels": 6}, True, {1: [4, None], 3: [4, None]}),
        ("ConvTranspose2d", {"in_channels": 4}, True, {2: [4, None, None], 3: [4, None, None]}),
        ("AvgPool1d", {"kernel_size": 3}, True, {1: [None] * 2, 2: [None] * 2}),
        ("MaxPool3d", {"kernel_size": 3}, True, {1: [None] * 4}),
        ("AdaptiveAvgPool2d", {"output_size": 3}, True, {1: [None] * 3}),
        ("AdaptiveMaxPool1d", {"output_size": 3}, True, {4: [None] * 2}),
    ],
)
def test_what_an_input_is(
    name: str, arguments: dict[str, Any], has_batch: bool, takes: dict[int, list[int | None]]
) -> None:
    """Its sizes after the batch, where it has as many, and whether it has one batch dimension."""
    given = {key: value(argument) for key, argument in arguments.items()}
    found = TORCH_CLASSES[name]
    assert found.has_batch == has_batch
    for count, expected in takes.items():
        sizes = found.takes(given, count)
        assert [size and size.value({}) for size in sizes] == expected


@pytest.mark.parametrize(("name", "arguments", "sizes"), MODULES)
def test_sizes_and_samples(name: str, arguments: dict[str, Any], sizes: tuple[int, ...]) -> None:
    given = {key: value(argument) for key, argument in arguments.items()}
    shape = [size_of(Number(size)) for size in sizes]
    declared, module = TORCH_CLASSES[name], getattr(nn, name)(**arguments)
    takes = declared.takes(given, len(sizes))
    assert len(takes) == len(shape)
    assert all(size in (None, is_given) for size, is_given in zip(takes, shape))
    xs = torch.randn(2, *sizes)
    ys = module(xs)
    assert ys.shape[1:] == tuple(size.value({}) for size in declared.returns(given, shape))
    assert not [*module.buffers()]
    torch.testing.assert_close(module.eval()(xs), ys, rtol=0, atol=0)
    for x, y in zip(xs, ys):
        torch.testing.assert_close(module(x[None])[0], y)
    if not declared.has_batch:
        torch.testing.assert_close(module(xs[0]), ys[0])
        torch.testing.assert_close(module(xs[None])[0], ys)


# Layers


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    folder = tmp_path_factory.mktemp("modules")
    out = folder / "with_modules"
    assert main(["generate", "--spec", str(SPEC), "--out", str(out)]) == 0
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.syspath_prepend(folder)
        yield importlib.import_module("with_modules")


LAYERS = {
    "NLI": ((6,), 6, ""),
    "Before": ((6, 4), 6, ""),
    "Convolved": ((6,), 6, ""),
    "After": ((6,), 6, ""),
    "Within": ((6,), 6, "the recurrence applies norm, an nn.LayerNorm"),
}
"""The layers: their sizes, their input features, and why they have no kernel."""


def looped(layer: tt.Layer, xs: Tensor) -> Tensor:
    layer.zero_states()
    return torch.stack([layer(x) for x in xs])


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("batch", [(), (2,), (2, 3)])
def test_whole_sequences(name: str, batch: tuple[int, ...], made: ModuleType) -> None:
    sizes, features, reason = LAYERS[name]
    results = []
    for run in (looped, tt.unroll):
        torch.manual_seed(0)
        layer = getattr(made, name)(*sizes).double()
        xs = torch.randn(9, *batch, features, dtype=torch.float64, requires_grad=True)
        loops = pytest.warns(UserWarning, match=reason) if reason else nullcontext()
        with loops if run is tt.unroll else nullcontext():
            ys = run(layer, xs)
        gradients = torch.autograd.grad(ys.square().sum(), [xs, *layer.parameters()])
        results.append([ys, *backend.states(layer).values(), *gradients])
    for expected, actual in zip(*results):
        torch.testing.assert_close(actual, expected, rtol=1e-10, atol=1e-12)
    (step,) = tt.unroll.plan(layer).steps
    assert (step.way.value == "kernel") == (not reason)


def test_the_description_of_a_layer_without_a_kernel_says_why(made: ModuleType) -> None:
    path = Path(str(made.__file__)).with_name("kernels") / "within.jsonc"
    facts = json.loads("".join(path.read_text(encoding="utf-8").splitlines()[2:]))
    assert facts == {"layer": "Within", "why_not": LAYERS["Within"][2]}


def test_the_values(made: ModuleType) -> None:
    layer, x = made.Convolved(6, dim=1).double(), torch.randn(2, 6, 3, dtype=torch.float64)
    y = layer(x)
    h = x.movedim(1, -1).flatten(0, 1).unsqueeze(-2)
    mem = layer.norm(layer.pool(layer.conv(h))).unflatten(0, (2, 3))
    torch.testing.assert_close(layer.mem.movedim(1, 2), mem)
    expected = x.movedim(1, -1) + mem.sum((-1, -2))[..., None]
    torch.testing.assert_close(y, expected.movedim(-1, 1))


def test_modules_are_those_of_pytorch(made: ModuleType) -> None:
    layer = made.Convolved(6)
    assert [*layer.state_dict()] == ["conv.weight", "conv.bias", "norm.weight", "norm.bias"]
    assert repr(layer.conv) == repr(nn.Conv1d(1, 4, 3, padding=1))
    assert repr(layer.norm) == repr(nn.GroupNorm(2, 4, 1e-3))


def replace_class(layer: Any) -> None:
    layer.norm = nn.BatchNorm1d(8)


def replace_by_a_linear_map(layer: Any) -> None:
    layer.norm = nn.Linear(8, 8)


def add_a_hook(layer: Any) -> None:
    layer.norm.register_forward_hook(lambda module, given, y: 2 * y)


@pytest.mark.parametrize("change", [replace_class, replace_by_a_linear_map, add_a_hook])
def test_other_modules_loop(change: Any, made: ModuleType) -> None:
    torch.manual_seed(0)
    layer, xs = made.Before(6, 4), torch.randn(9, 5, 6)
    change(layer)
    expected = looped(layer, xs)
    layer.zero_states()
    with pytest.warns(UserWarning, match="norm is not a plain nn.GroupNorm"):
        torch.testing.assert_close(tt.unroll(layer, xs), expected)


def test_other_arguments_count_in_kernels_too(made: ModuleType) -> None:
    layer = made.NLI(6)
    layer.norm = nn.LayerNorm(6, eps=1.0)
    xs = torch.randn(9, 5, 6)
    expected = looped(layer, xs)
    layer.zero_states()
    torch.testing.assert_close(tt.unroll(layer, xs, strict=True), expected)


GROUPS = """package: {{doc: Layers with groups}}
layers:
  Grouped:
    name: layer
    doc: Grouped.
    arguments: {{in_features: {{}}, out_features: {{doc: o}}, groups: {{default: 5, doc: g}}, dim: {{}}}}
    features: [in_features, out_features]
    modules:
      map: {{linear: [in_features, 2 * out_features]}}
      conv: {{Conv1d: {{in_channels: 1, out_channels: 1, kernel_size: 3, padding: 1}}}}
      norm: {{GroupNorm: [{groups}, 2 * out_features]}}
    states: {{mem: {{shape: [out_features], doc: membrane}}}}
    update:
      - drive = sum(conv(unsqueeze(map(x), -2)), -2)
      - a, b = chunk(norm(drive), 2)
      - mem = a + b
    output: mem
"""


@pytest.mark.parametrize("groups, expected", [(2, 2), (3, 6), (4, 4), ("groups", 10)])
def test_sizes_of_generated_tests_fit_groups_and_parts(
    groups: int | str, expected: int, tmp_path: Path
) -> None:
    (tmp_path / "mine.yaml").write_text(GROUPS.format(groups=groups), encoding="utf-8")
    (layer,) = layers(extend(SPECS, tmp_path / "mine.yaml"))
    assert trial.sizes(layer) == {"in_features": 2 * expected, "out_features": 3 * expected}
    assert trial.features(layer) == (2 * expected, 3 * expected)
