"""The classes of `torch.nn` that a layer may apply, and the sizes of what their modules return.

All of them compute each sample of a batch by itself, have no states, and draw no random numbers.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from . import instead
from .expressions import Expression, parse
from .sizes import ONE, Polynomial, size_of

Value = bool | str | Expression | tuple[Expression, ...] | None
"""An argument of a constructor: a tuple has the sizes of several dimensions."""

Values = Mapping[str, Value]
"""Arguments by name."""

Sizes = Mapping[str, Polynomial]
"""The arguments that are sizes, by name, for one dimension."""


class Argument(NamedTuple):
    """An argument of a constructor.

    Attributes:
        kind: `sizes`, one for all dimensions or one for each; `size`, `number`, `boolean` or
            `word`.
        words: The texts that it may be.
    """

    kind: str
    is_required: bool
    default: Value
    words: tuple[str, ...]


@dataclass(frozen=True)
class TorchClass:
    """A class of `torch.nn`.

    Attributes:
        signature: The arguments of its constructor, as in Python. An annotation is `int` for one
            size in all dimensions, `float` for a number whose default is not one, or a list of the
            texts that the argument may be.
        first: The argument that is the first size of the input after the batch, if it is given.
        space: The number of dimensions of the input after the channels, over which it slides.
        length: Returns the length of each of them in the output.
    """

    name: str
    signature: str
    first: str = ""
    space: int = 0
    length: Callable[[Polynomial, Sizes], Polynomial] | None = None

    @property
    def has_batch(self) -> bool:
        """Whether its input has one batch dimension, not any number of them."""
        return bool(self.first)

    @cached_property
    def arguments(self) -> Mapping[str, Argument]:
        """The arguments of its constructor, in order."""
        return dict(_arguments(self.signature))

    def takes(self, given: Values, count: int) -> Sequence[Polynomial | None]:
        """Return the sizes of the input after the batch, None for any.

        Args:
            given: The arguments of the constructor.
            count: How many sizes an input has.
        """
        first, last = _sizes(given.get(self.first)), _sizes(given.get("normalized_shape"))
        count = self.space + 1 if self.space else count
        return [*first, *[None] * (count - len(first) - len(last)), *last]

    def returns(self, given: Values, sizes: Sequence[Polynomial]) -> Sequence[Polynomial]:
        """Return the sizes of the output after the batch, for an input of these sizes."""
        if self.length is None:
            return sizes
        defaults = {name: argument.default for name, argument in self.arguments.items()}
        channels, *lengths = sizes
        return [
            *(_sizes(given.get("out_channels")) or [channels]),
            *(self.length(l, _along(n, {**defaults, **given})) for n, l in enumerate(lengths)),
        ]


def _arguments(signature: str) -> Iterator[tuple[str, Argument]]:
    (function,) = ast.parse(f"def create({signature}): pass").body
    assert isinstance(function, ast.FunctionDef)
    names, defaults = function.args.args, function.args.defaults
    required = [None] * (len(names) - len(defaults))
    for name, default in zip(names, [*required, *defaults]):
        value = ast.literal_eval(default) if default else None
        kind, words = "sizes", tuple[str, ...]()
        match name.annotation:
            case ast.Name("int"):
                kind = "size"
            case ast.Name("float"):
                kind = "number"
            case ast.List() as listed:
                words = tuple(ast.literal_eval(listed))
        match value:
            case bool():
                kind = "boolean"
            case float():
                kind = "number"
            case str():
                kind = "word"
        is_plain = isinstance(value, bool | str | None)
        known = value if is_plain else parse(repr(value))
        yield name.arg, Argument(kind, default is None, known, words)


def _sizes(value: Value) -> list[Polynomial]:
    """Return the sizes in an argument."""
    match value:
        case None | bool() | str():
            return []
        case tuple():
            return [*map(size_of, value)]
    return [size_of(value)]


def _along(dimension: int, given: Values) -> Sizes:
    """Return the sizes for one dimension, of those for all or for each."""
    every = {name: _sizes(value) for name, value in given.items()}
    return {name: sizes[min(dimension, len(sizes) - 1)] for name, sizes in every.items() if sizes}


def _window(length: Polynomial, sizes: Sizes) -> Polynomial:
    """Return how often a window fits in."""
    if "padding" not in sizes:  # "same"
        return length
    kernel, padding, dilation = sizes["kernel_size"], sizes["padding"], sizes.get("dilation", ONE)
    reach = dilation * (kernel - ONE) + ONE
    return (length + padding + padding - reach) // sizes.get("stride", kernel) + ONE


def _spread(length: Polynomial, sizes: Sizes) -> Polynomial:
    """Return the length whose windows would be this many."""
    reach = sizes["dilation"] * (sizes["kernel_size"] - ONE) + ONE
    padding = sizes["padding"] + sizes["padding"] - sizes["output_padding"]
    return (length - ONE) * sizes["stride"] + reach - padding


def _fixed(length: Polynomial, sizes: Sizes) -> Polynomial:
    return sizes["output_size"]


def _elementwise() -> Iterator[TorchClass]:
    for name in (
        *("Hardsigmoid", "Hardswish", "Identity", "LogSigmoid", "Mish", "ReLU", "ReLU6", "SELU"),
        *("SiLU", "Sigmoid", "Softsign", "Tanh", "Tanhshrink"),
    ):
        yield TorchClass(name, "")
    yield TorchClass("CELU", "alpha=1.0")
    yield TorchClass("ELU", "alpha=1.0")
    yield TorchClass("GELU", "approximate: ['none', 'tanh'] = 'none'")
    yield TorchClass("Hardshrink", "lambd=0.5")
    yield TorchClass("Hardtanh", "min_val=-1.0, max_val=1.0")
    yield TorchClass("LeakyReLU", "negative_slope=0.01")
    yield TorchClass("Softplus", "beta=1.0, threshold=20.0")
    yield TorchClass("Softshrink", "lambd=0.5")
    yield TorchClass("Threshold", "threshold: float, value: float")


_PADDINGS = "['zeros', 'reflect', 'replicate', 'circular']"
_CHANNELS = "in_channels: int, out_channels: int, kernel_size, stride=1"


def _over_space(dims: int) -> Iterator[TorchClass]:
    convolution = (
        f"{_CHANNELS}, padding: ['same'] = 0, dilation=1, groups: int = 1, bias=True, "
        f"padding_mode: {_PADDINGS} = 'zeros'"
    )
    transposed = f"{_CHANNELS}, padding=0, output_padding=0, groups: int = 1, bias=True, dilation=1"
    pooling = "kernel_size, stride=None, padding=0"
    for name, signature, length in (
        ("Conv", convolution, _window),
        ("ConvTranspose", transposed, _spread),
        ("AvgPool", pooling, _window),
        ("MaxPool", f"{pooling}, dilation=1", _window),
        ("AdaptiveAvgPool", "output_size", _fixed),
        ("AdaptiveMaxPool", "output_size", _fixed),
    ):
        yield TorchClass(f"{name}{dims}d", signature, "in_channels", dims, length)


def _normalizing() -> Iterator[TorchClass]:
    shape = "normalized_shape, eps=1e-5, elementwise_affine=True"
    yield TorchClass("LayerNorm", f"{shape}, bias=True")
    yield TorchClass("RMSNorm", shape.replace("=1e-5", ": float = None"))
    of_groups = "num_groups: int, num_channels: int, eps=1e-5, affine=True"
    yield TorchClass("GroupNorm", of_groups, first="num_channels")


TORCH_CLASSES = {
    found.name: found
    for group in (_normalizing(), *map(_over_space, (1, 2, 3)), _elementwise())
    for found in group
}
"""The classes by name."""

_STATES = "it has states: declare them under states:, and its equations under update:"
_OTHERS = {
    "Linear": "write linear: [inputs, outputs]",
    "FractionalMaxPool2d": "it draws random numbers: write MaxPool2d",
    "FractionalMaxPool3d": "it draws random numbers: write MaxPool3d",
    **dict.fromkeys(("RNN", "LSTM", "GRU", "RNNCell", "LSTMCell", "GRUCell"), _STATES),
}


def instead_of_class(name: str) -> str:
    """Return what to write instead of another class of `torch.nn`, or ""."""
    known = name.removeprefix("Lazy")
    if known != name and known in TORCH_CLASSES:
        return f"write {known}, with all its sizes"
    if "Dropout" in name or name == "RReLU":
        return "it draws random numbers: put tt.SequenceDropout before the layer"
    if "BatchNorm" in name:
        return (
            "its samples depend on each other: write LayerNorm or GroupNorm, or put "
            "tt.SequenceBatchNorm before the layer"
        )
    return _OTHERS.get(known) or instead.FUNCTIONS.get(name.lower(), "")
