"""Spike functions and quantizers as data, for metadata."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from torch import nn

from .. import functional
from ..core.parameters import TensorFunction
from ..functional import quantizers, spikes

_QUANTIZERS = {quantizer.name: quantizer for quantizer in quantizers.BUILT_IN}


def described(function: Any) -> dict[str, Any] | None:
    """Return a function of `tt.functional` as its name and its numbers; None for another."""
    if type(function) is nn.Identity:
        return {"name": "identity", "numbers": {}}
    if type(function) in _QUANTIZERS.values():
        numbers = {name: getattr(function, name) for name in function.number_names}
        return {"name": function.name, "numbers": numbers}
    bare, numbers = function, {}
    if type(function) is functools.partial and not function.args:
        bare, numbers = function.func, dict(function.keywords)
    name = getattr(bare, "__name__", "")
    is_ours = name in spikes.__all__ and getattr(spikes, name) is bare
    is_plain = all(isinstance(value, (int, float)) for value in numbers.values())
    return {"name": name, "numbers": numbers} if is_ours and is_plain else None


def restored(description: Mapping[str, Any]) -> TensorFunction:
    """Return the function that was described so.

    Raises:
        ValueError: It is none of `tt.functional`.
    """
    name, numbers = description["name"], description["numbers"]
    if name == "identity":
        return nn.Identity()
    if name in _QUANTIZERS:
        made: TensorFunction = getattr(functional, name)(**numbers)
        return made
    if name not in spikes.__all__:
        raise ValueError(f"there is no function {name!r} in tt.functional")
    bare: TensorFunction = getattr(spikes, name)
    return functools.partial(bare, **numbers) if numbers else bare
