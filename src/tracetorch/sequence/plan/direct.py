"""Functions whose dimensions are moved by one, so that they take all timesteps at once.

`torch.vmap` does the same, and takes a millisecond to prepare it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from torch import Tensor

Arguments = tuple[list[Any], dict[str, Any]]
"""The arguments and the keywords of a call."""

_ALL = object()
"""In the place of a dimension: all of them."""


class Undecided(Exception):
    """A call whose dimensions cannot be moved, or which may fail."""


def moved(name: str, arguments: list[Any], keywords: dict[str, Any], rank: int) -> Arguments:
    """The arguments, behind the first, of a function for all timesteps.

    Args:
        name: The function in the table, without its owner.
        arguments: Those for a timestep.
        keywords: Those for a timestep.
        rank: The number of dimensions of a timestep.

    Raises:
        Undecided: There is no rule for this call.
    """
    if name not in _RULES or not rank or "dtype" in keywords:
        raise Undecided
    return _RULES[name](arguments, dict(keywords), rank)


def aligned(values: Sequence[Tensor], timesteps: Sequence[Tensor]) -> list[Tensor]:
    """The values with the same number of dimensions, as they are broadcast in a timestep."""
    rank = max(timestep.dim() for timestep in timesteps)
    shapes = ((len(v), *(1,) * (rank - t.dim()), *t.shape) for v, t in zip(values, timesteps))
    return [value.reshape(shape) for value, shape in zip(values, shapes)]


def _shifted(dim: Any, rank: int) -> Any:
    if isinstance(dim, tuple | list) and dim:
        return tuple(_shifted(one, rank) for one in dim)
    if type(dim) is not int or not -rank <= dim < rank:
        raise Undecided
    return dim + 1 if dim >= 0 else dim


def _in(*positions: int, more: int = 0, default: Any = None) -> Callable[..., Arguments]:
    """The rule for dimensions in these positions, the first of which may be the keyword `dim`.

    Args:
        more: How many dimensions more the result has.
        default: The dimension if none is given.
    """

    def rule(arguments: list[Any], keywords: dict[str, Any], rank: int) -> Arguments:
        arguments = [*arguments]
        for position in positions:
            if position < len(arguments):
                arguments[position] = _shifted(arguments[position], rank + more)
            else:
                found = keywords.get("dim", default)
                every = range(1, rank + 1)
                keywords["dim"] = [*every] if found is _ALL else _shifted(found, rank + more)
        return arguments, keywords

    return rule


def _of_all(arguments: list[Any], keywords: dict[str, Any], rank: int) -> Arguments:
    """The rule for dimensions that are all arguments, or one tuple."""
    first, *dims = arguments
    if keywords or not dims:
        raise Undecided
    dims = [*dims[0]] if isinstance(dims[0], tuple | list) and len(dims) == 1 else dims
    return [first, [_shifted(dim, rank) for dim in dims]], {}


def _permuted(arguments: list[Any], keywords: dict[str, Any], rank: int) -> Arguments:
    (first, dims), _ = _of_all(arguments, keywords, rank)
    return [first, [0, *(dim % (rank + 1) for dim in dims)]], {}


def _viewed(arguments: list[Any], keywords: dict[str, Any], rank: int) -> Arguments:
    first, *sizes = arguments
    sizes = [*sizes[0]] if len(sizes) == 1 and isinstance(sizes[0], tuple | list) else sizes
    if keywords or not all(type(size) is int for size in sizes) or not first.numel():
        raise Undecided
    return [first, [len(first), *sizes]], {}


def _flattened(arguments: list[Any], keywords: dict[str, Any], rank: int) -> Arguments:
    first, *dims = arguments
    if keywords or len(dims) > 2:
        raise Undecided
    return [first, *(_shifted(dim, rank) for dim in dims or [0])], {}


def _indexed(arguments: list[Any], keywords: dict[str, Any], rank: int) -> Arguments:
    first, index = arguments
    return [first, (slice(None), *(index if isinstance(index, tuple) else (index,)))], {}


_RULES: dict[str, Callable[..., Arguments]] = {
    **dict.fromkeys(["amax", "amin", "mean", "sum"], _in(1, default=_ALL)),
    **dict.fromkeys(["cumsum", "log_softmax", "logsumexp", "prod", "softmax"], _in(1)),
    **dict.fromkeys(["narrow", "select", "squeeze", "unflatten"], _in(1)),
    **dict.fromkeys(["movedim", "swapaxes", "transpose"], _in(1, 2)),
    **dict.fromkeys(["reshape", "view"], _viewed),
    **dict.fromkeys(["cat", "concat", "unbind"], _in(1, default=0)),
    **dict.fromkeys(["chunk", "split"], _in(2, default=0)),
    "stack": _in(1, more=1, default=0),
    "unsqueeze": _in(1, more=1),
    "flip": _of_all,
    "permute": _permuted,
    "flatten": _flattened,
    "getitem": _indexed,
}
