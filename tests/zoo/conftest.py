"""Leaves out slow tests of most layers of the zoo.

Of each file, only the first and the last layer have their kernels compiled, and only one layer of
all is compiled by torch.compile: the tests of built-in layers try all of the generator.
"""

from __future__ import annotations

import re

import pytest

_COMPILED = "test_torch_compile"
_SLOW = re.compile(rf"({_COMPILED}|test_whole_sequences|test_ttcompile_and_back)\[")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    slow = {item: found[1] for item in items if (found := _SLOW.match(item.name))}
    kernels = [item for item in slow if slow[item] != _COMPILED]
    first = {(item.path, slow[item]): item for item in reversed(kernels)}
    last = {(item.path, slow[item]): item for item in kernels}
    one = [item for item in slow if slow[item] == _COMPILED][:1]
    left = slow.keys() - {*first.values(), *last.values(), *one}
    config.hook.pytest_deselected(items=[*left])
    items[:] = [item for item in items if item not in left]
