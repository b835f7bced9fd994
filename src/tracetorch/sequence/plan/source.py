"""The source of a function, if it is what runs."""

from __future__ import annotations

import ast
import functools
import inspect
import types
from collections.abc import Iterator


@functools.lru_cache(maxsize=256)
def definition(own: types.CodeType) -> ast.FunctionDef | str:
    """The syntax tree of a function, if its source is what runs; otherwise what is wrong."""
    try:
        source = "".join(inspect.findsource(own)[0])
        tree = ast.parse(source)
        compiled = compile(source, own.co_filename, "exec", dont_inherit=True)
    except (OSError, TypeError, SyntaxError, ValueError):
        return "the source of its forward cannot be read"
    codes = [code for code in _codes(compiled) if code.co_firstlineno == own.co_firstlineno]
    parts = ("co_name", "co_code", "co_names", "co_varnames", "co_freevars", "co_consts")
    is_same = any(all(getattr(code, p) == getattr(own, p) for p in parts) for code in codes)
    for node in ast.walk(tree) if is_same else ():
        if isinstance(node, ast.FunctionDef) and _first_line(node) == own.co_firstlineno:
            return node
    return "the source of its forward is not what runs"


def _first_line(node: ast.FunctionDef) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for part in code.co_consts:
        if isinstance(part, types.CodeType):
            yield from _codes(part)
