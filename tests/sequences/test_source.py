"""A function is read from its source only where that is certainly what runs."""

from __future__ import annotations

import ast
import linecache
import sys
import types
from collections.abc import Iterator
from pathlib import Path

import pytest

from tracetorch.sequence.plan.source import definition

CHANGED, UNREADABLE = (
    "the source of its forward is not what runs",
    "the source of its forward cannot be read",
)


@pytest.fixture(autouse=True)
def _anew() -> Iterator[None]:
    definition.cache_clear()
    yield
    definition.cache_clear()


def codes(code: types.CodeType) -> Iterator[types.CodeType]:
    for part in code.co_consts:
        if isinstance(part, types.CodeType):
            yield part
            yield from codes(part)


def code(text: str, path: Path, name: str = "f") -> types.CodeType:
    """The code of the first function of a name, in a file with this text."""
    path.write_text(text)
    compiled = compile(text, str(path), "exec", dont_inherit=True)
    return next(part for part in codes(compiled) if part.co_name == name)


AS_WRITTEN = {
    "a function": "def f(x):\n    return x + 1",
    "the second of two": "def g(x):\n    return x\n\ndef f(x):\n    return x + 1",
    "a method": "class A:\n    def g(self): pass\n    def f(self, x):\n        return x + 1",
    "an inner function": "def g(a):\n    def f(x):\n        return x + a\n    return f",
    "a decorated function": "@g(\n    lambda x: x\n)\n@h\ndef f(x):\n    return x + 1",
    "one with types in it": "def f(x):\n    def g(y: int) -> int: return y\n    return g(x)",
    "one with a default": "def f(x, y=2):\n    y: int = 3\n    return x + y",
}


@pytest.mark.parametrize("case", AS_WRITTEN)
def test_the_tree_of_a_function(case: str, tmp_path: Path) -> None:
    text = AS_WRITTEN[case]
    found = definition(code(text, tmp_path / "as_written.py"))
    expected = next(
        node
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef) and node.name == "f"
    )
    assert not isinstance(found, str) and ast.dump(found) == ast.dump(expected)


EDITED = {
    "another name": ("def f(x):\n    return x", "def g(x):\n    return x"),
    "another operator": ("def f(x):\n    return x + 1", "def f(x):\n    return x - 1"),
    "another number": ("def f(x):\n    return x + 1", "def f(x):\n    return x + 2"),
    "another attribute": ("def f(x):\n    return x.a", "def f(x):\n    return x.b"),
    "another argument": ("def f(x):\n    return x", "def f(y):\n    return y"),
    "another variable of its surroundings": (
        "def g(a, b):\n    def f(): return a\n    b",
        "def g(a, b):\n    def f(): return b\n    a",
    ),
    "another line": ("def f(x):\n    return x", "\ndef f(x):\n    return x"),
    "another function in its place": (
        "def f(x):\n    return x",
        "def f(x):\n    return -x\ndef f(x):\n    return x",
    ),
    "a lambda": ("f = (\n    lambda x: x\n)", "f = (\n    lambda x: x\n)"),
    "nothing": ("def f(x):\n    return x", "\n"),
}


@pytest.mark.parametrize("case", EDITED)
def test_a_function_that_was_edited_after_it_was_made(case: str, tmp_path: Path) -> None:
    before, after = EDITED[case]
    path = tmp_path / "edited.py"
    made = code(before, path, "<lambda>" if "lambda" in before else "f")
    path.write_text(after)
    assert definition(made) == CHANGED


@pytest.mark.parametrize(
    "text",
    ["", "def f(x) return x", "def f(x):\n    return '\0'", "def f(x):\n    return '\ud800'"],
    ids=["nothing", "a missing colon", "a null", "half a character"],
)
def test_a_text_that_cannot_be_read(text: str, tmp_path: Path) -> None:
    path = tmp_path / "unreadable.py"
    made = code("def f(x):\n    return x", path)
    linecache.cache[str(path)] = len(text), None, text.splitlines(True), str(path)
    assert definition(made) == UNREADABLE


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "gone.py"
    made = code("def f(x):\n    return x", path)
    path.unlink()
    assert definition(made) == UNREADABLE


def test_a_module_without_a_file_is_in_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python looks through all modules for the one that a file belongs to."""
    strange = types.ModuleType("strange")
    strange.__file__ = ""
    monkeypatch.setitem(sys.modules, "strange", strange)
    assert definition(code("def f(x):\n    return x", tmp_path / "here.py")) == UNREADABLE
