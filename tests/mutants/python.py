"""The changes that a text in Python takes, found in its syntax tree.

Left alone are what nobody runs (annotations, docstrings, overloads, what only type checkers read) and
what errors and asserts say.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from itertools import accumulate

from .change import Change, other_number

_SWAPPED: dict[type[ast.AST], str] = {
    ast.Lt: "<=",
    ast.LtE: "<",
    ast.Gt: ">=",
    ast.GtE: ">",
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.Is: "is not",
    ast.IsNot: "is",
    ast.In: "not in",
    ast.NotIn: "in",
    ast.And: "or",
    ast.Or: "and",
    ast.Add: "-",
    ast.Sub: "+",
    ast.Mult: "/",
    ast.Div: "*",
    ast.FloorDiv: "*",
    ast.Mod: "*",
    ast.Pow: "*",
    ast.BitOr: "&",
    ast.BitAnd: "|",
}
_OPERATOR = re.compile(r"is\s+not\b|not\s+in\b|\b(?:is|in|and|or)\b|[-+*/%@|&^<>=!]+")
_NEGATED_BY_SWAP = (ast.Eq, ast.NotEq, ast.Is, ast.IsNot, ast.In, ast.NotIn)

_OTHER_FUNCTION = {"min": "max", "max": "min", "any": "all", "all": "any", "sorted": "list"}

_NEEDED = {"dataclass", "property", "classmethod", "staticmethod", "jit"}
"""Decorators without which nothing runs."""

_FOR_TYPES = {"TypeVar", "ParamSpec", "cast"}
"""Functions whose first argument is for type checkers."""

_LONGEST_TEXT = 20
"""Longer ones, and those with a space, are what messages say."""

Node = ast.expr | ast.stmt | ast.keyword | ast.pattern


def changes(text: str) -> list[Change]:
    """All changes, each once, in the order of the text."""
    finder = _Finder(text)
    finder.visit(ast.parse(text))
    found = {(change.start, change.end, change.after): change for change in finder.found}
    return [found[key] for key in sorted(found)]


class _Finder(ast.NodeVisitor):
    def __init__(self, text: str) -> None:
        self.text = text
        self.found: list[Change] = []
        self._lines = text.split("\n")
        self._starts = [0, *accumulate(len(line) + 1 for line in self._lines)]

    # Where nodes lie in the text

    def _offset(self, line: int, column: int) -> int:
        """In characters; the syntax tree counts the bytes of a line."""
        before = self._lines[line - 1].encode()[:column].decode()
        return self._starts[line - 1] + len(before)

    def _start(self, node: Node) -> int:
        return self._offset(node.lineno, node.col_offset)

    def _end(self, node: Node) -> int:
        return self._offset(node.end_lineno or 0, node.end_col_offset or 0)

    def _source(self, node: ast.expr) -> str:
        return self.text[self._start(node) : self._end(node)]

    def _add(self, kind: str, start: int, end: int, after: str) -> None:
        self.found.append(Change(kind, start, self.text[start:end], after))

    def _replace(self, kind: str, node: ast.expr | ast.stmt, after: str) -> None:
        self._add(kind, self._start(node), self._end(node), after)

    def _swap(
        self, kind: str, operator: ast.AST, left: ast.expr, right: ast.expr, suffix: str = ""
    ) -> None:
        """Another operator between two nodes, where else only brackets and comments stand."""
        if type(operator) not in _SWAPPED:
            return
        gap = self.text[self._end(left) : self._start(right)]
        gap = re.sub(r"#[^\n]*", lambda comment: " " * len(comment[0]), gap)
        match = _OPERATOR.search(gap)
        assert match, gap
        start, end = (self._end(left) + place for place in match.span())
        self._add(kind, start, end, _SWAPPED[type(operator)] + suffix)

    # Operators

    def visit_Compare(self, node: ast.Compare) -> None:
        operands = [node.left, *node.comparators]
        for operator, left, right in zip(node.ops, operands, operands[1:]):
            self._swap("comparison", operator, left, right)
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        for left, right in zip(node.values, node.values[1:]):
            self._swap("and, or", node.op, left, right)
        word = " and " if isinstance(node.op, ast.And) else " or "
        for dropped in node.values:
            kept = [self._bracketed(value) for value in node.values if value is not dropped]
            self._replace("operand dropped", node, word.join(kept))
        self.generic_visit(node)

    def _bracketed(self, node: ast.expr) -> str:
        is_loose = isinstance(node, (ast.BoolOp, ast.IfExp, ast.Lambda, ast.NamedExpr))
        return f"({self._source(node)})" if is_loose else self._source(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        if not any(
            _is_literal(operand) or _is_type(operand) for operand in (node.left, node.right)
        ):
            self._swap("arithmetic", node.op, node.left, node.right)
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        sign = re.match(r"not\s*|-", self._source(node))
        if sign:
            start = self._start(node)
            self._add("not or minus dropped", start, start + len(sign[0]), "")
        self.generic_visit(node)

    # Conditions

    def _negate(self, test: ast.expr) -> None:
        is_swapped = isinstance(test, ast.Compare) and isinstance(test.ops[0], _NEGATED_BY_SWAP)
        if not is_swapped and not _is_not(test):
            self._replace("condition negated", test, f"not ({self._source(test)})")

    def visit_If(self, node: ast.If) -> None:
        if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            return
        self._negate(node.test)
        if not node.orelse:
            self._replace("guard dropped", node.test, "False")
        self.generic_visit(node)

    def visit_While(self, node: ast.While) -> None:
        self._negate(node.test)
        self.generic_visit(node)

    def visit_IfExp(self, node: ast.IfExp) -> None:
        self._negate(node.test)
        self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        for test in node.ifs:
            self._negate(test)
        self.generic_visit(node)

    def visit_match_case(self, node: ast.match_case) -> None:
        if node.guard:
            self._replace("case dropped", node.guard, "False")
        else:
            self._add("case dropped", self._end(node.pattern), self._end(node.pattern), " if False")
        self.generic_visit(node)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if isinstance(node.type, ast.Tuple):
            self._drop_each("except dropped", node.type)
        elif node.type:
            self._replace("except dropped", node.type, "()")
        for statement in node.body:
            self.visit(statement)

    def _drop_each(self, kind: str, types: ast.Tuple) -> None:
        for dropped in types.elts:
            kept = [f"{self._source(item)}, " for item in types.elts if item is not dropped]
            self._replace(kind, types, f"({''.join(kept).strip()})")

    # Calls

    def visit_Call(self, node: ast.Call) -> None:
        name = _name(node.func)
        if name in _OTHER_FUNCTION and not node.keywords and isinstance(node.func, ast.Name):
            self._replace("another function", node.func, _OTHER_FUNCTION[name])
        if name == "isinstance" and isinstance(node.args[1], ast.Tuple):
            self._drop_each("type dropped", node.args[1])
        if isinstance(node.func, ast.Attribute) and not node.args and not node.keywords:
            self._drop_method(node, node.func)
        for keyword in node.keywords:
            self._drop_keyword(keyword)
        self.visit(node.func)
        for argument in node.args[1:] if name in _FOR_TYPES else [*node.args, *node.keywords]:
            self.visit(argument)

    def _drop_method(self, call: ast.Call, method: ast.Attribute) -> None:
        is_own = (
            _name(method.value) in ("self", "cls")
            or isinstance(method.value, ast.Call)
            and (_name(method.value.func) == "super")
        )
        if not is_own and method.attr not in ("items", "keys", "values"):
            receiver = re.sub(rf"\s*\.\s*{method.attr}$", "", self._source(method))
            self._replace("method dropped", call, receiver)

    def _drop_keyword(self, keyword: ast.keyword) -> None:
        start, end = self._start(keyword), self._end(keyword)
        after = re.compile(r"\s*,\s*").match(self.text, end)
        before = re.search(r",\s*\Z", self.text[:start])
        if after:
            self._add("argument dropped", start, after.end(), "")
        elif before:
            self._add("argument dropped", before.start(), end, "")
        elif self.text[:start].rstrip().endswith("("):
            self._add("argument dropped", start, end, "")

    # Constants

    def visit_Constant(self, node: ast.Constant) -> None:
        value, source = node.value, self._source(node)
        if isinstance(value, bool):
            self._replace("flag", node, str(not value))
        elif isinstance(value, (int, float)):
            self._replace("number", node, repr(other_number(value)))
        elif isinstance(value, str) and len(value) <= _LONGEST_TEXT and not re.search(r"\s", value):
            if not source.endswith(('"""', "'''")):
                self._replace("text", node, f"{source[:-1]}_{source[-1]}")

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        for part in node.values:
            if isinstance(part, ast.FormattedValue) and self._is_exact(part.value):
                self.visit(part.value)

    def _is_exact(self, node: ast.expr) -> bool:
        """Whether a node lies where the syntax tree says; before Python 3.12 not all do."""
        try:
            found = ast.parse(self._source(node), mode="eval").body
        except (SyntaxError, IndexError):
            return False
        return ast.dump(found) == ast.dump(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        if _name(node.value) != "Literal":
            self.generic_visit(node)

    def visit_Slice(self, node: ast.Slice) -> None:
        for bound in (node.lower, node.upper):
            if bound and not isinstance(bound, (ast.Constant, ast.UnaryOp)):
                self._replace("slice", bound, f"({self._source(bound)}) + 1")
        if not node.step:
            if not node.lower:
                self._add("slice", self._start(node), self._start(node), "1")
            if not node.upper:
                self._add("slice", self._end(node), self._end(node), "-1")
        self.generic_visit(node)

    # Statements

    def visit_Expr(self, node: ast.Expr) -> None:
        if isinstance(node.value, ast.Call):
            self._replace("statement dropped", node, "pass")
        if not isinstance(node.value, ast.Constant):
            self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        if any(_name(target) == "__all__" for target in node.targets):
            return
        if all(isinstance(target, (ast.Attribute, ast.Subscript)) for target in node.targets):
            self._replace("statement dropped", node, "pass")
        self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value and isinstance(node.target, ast.Attribute):
            self._replace("statement dropped", node, "pass")
        if node.value:
            self.visit(node.value)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self._replace("statement dropped", node, "pass")
        if not _is_literal(node.value):
            self._swap("arithmetic", node.op, node.target, node.value, "=")
        self.generic_visit(node)

    def visit_Delete(self, node: ast.Delete) -> None:
        self._replace("statement dropped", node, "pass")

    def visit_Raise(self, node: ast.Raise) -> None:
        self._replace("raise dropped", node, "pass")

    def visit_Assert(self, node: ast.Assert) -> None:
        pass

    def visit_Return(self, node: ast.Return) -> None:
        if node.value and not (isinstance(node.value, ast.Constant) and node.value.value is None):
            self._replace("returns None", node.value, "None")
            self.visit(node.value)

    def visit_Break(self, node: ast.Break) -> None:
        self._replace("break, continue", node, "continue")

    def visit_Continue(self, node: ast.Continue) -> None:
        self._replace("break, continue", node, "break")

    def visit_With(self, node: ast.With) -> None:
        end = self._end(node.items[-1].context_expr)
        is_named = any(item.optional_vars for item in node.items)
        if not is_named and self.text[end:].lstrip().startswith(":"):
            self._add("context dropped", self._start(node), end, "if True")
        self.generic_visit(node)

    # Definitions

    def _visit_definition(
        self, node: ast.FunctionDef | ast.ClassDef, parts: Sequence[ast.AST]
    ) -> None:
        names = {_name(decorator) for decorator in node.decorator_list}
        if "overload" in names:
            return
        for decorator in node.decorator_list:
            if _name(decorator) not in _NEEDED:
                self._add("decorator dropped", self._start(decorator) - 1, self._end(decorator), "")
        for part in parts:
            self.visit(part)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        defaults = [default for default in node.args.kw_defaults if default]
        self._visit_definition(node, [*node.args.defaults, *defaults, *node.body])

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._visit_definition(node, node.body)


def _name(node: ast.expr) -> str:
    """The last word of a name, or of what is called or indexed by it."""
    if isinstance(node, ast.Call):
        return _name(node.func)
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _is_literal(node: ast.expr) -> bool:
    """Whether it is a text or a sequence as it stands, which know no other operator."""
    is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return is_text or isinstance(node, (ast.JoinedStr, ast.List, ast.Tuple))


def _is_type(node: ast.expr) -> bool:
    is_none = isinstance(node, ast.Constant) and node.value is None
    return is_none or re.match("[A-Z][a-z]", _name(node)) is not None


def _is_not(node: ast.expr) -> bool:
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)
