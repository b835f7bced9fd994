"""One timestep as equations, in LaTeX, each value with the time and the turn at which it is meant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from ..language.expressions import (
    COMPARISONS,
    Call,
    Expression,
    Name,
    Negative,
    Number,
    Operation,
    names,
)
from ..model import DROPPED, Layer, Statement
from ..previous import PREVIOUS

_NOW, _BEFORE = "t", "t-1"

_GREEK = """
    alpha beta gamma delta epsilon zeta eta theta kappa lambda mu nu xi rho sigma tau phi chi psi
    omega
""".split()

_SIGNS = {"pos": "+", "neg": "-"}


def equations(layer: Layer) -> list[str]:
    """The rows of an aligned display: a state is meant after the timestep unless it says t-1.

    A name that is set several times in a timestep gets a prime for each turn but the last; `x`, for
    each turn after the input.
    """
    return list(_Reader(layer).rows())


def symbol(name: str, time: str = "", turn: int = 0) -> str:
    """How a name is set: Greek letters and single letters as such, others upright."""
    first, _, rest = name.partition("_")
    signed = first in _SIGNS and bool(rest)
    base = rest if signed else name
    if base in _GREEK:
        text = f"\\{base}"
    else:
        text = base if len(base) == 1 else rf"\mathrm{{{_escaped(base)}}}"
    above = (_SIGNS[first] if signed else "") + r"\prime" * turn
    return text + (f"_{{{time}}}" if time else "") + (f"^{{{above}}}" if above else "")


class _Reader:
    """Follows the statements, and knows of each name what it means at the moment."""

    def __init__(self, layer: Layer) -> None:
        self.layer = layer
        targets = [target for statement in layer.statements for target in statement.targets]
        self.previous = {target for target in targets if target.startswith(PREVIOUS)}
        before = {*self.previous, *(state.name for state in layer.states)}
        self.meaning = {"x": symbol("x", _NOW)}
        self.meaning |= {name: symbol(name.removeprefix(PREVIOUS), _BEFORE) for name in before}
        self.turns = Counter(targets)
        self.taken = Counter[str]()

    def rows(self) -> Iterator[str]:
        conditions = {state.name: state.only_if for state in self.layer.states if state.only_if}
        for statement in self.layer.statements:
            if not self.previous.issuperset(statement.targets):
                yield self._row(statement, conditions.get(statement.state))
        if self.layer.output != Name("output"):
            yield rf"{symbol('output', _NOW)} &= {to_latex(self.layer.output, self.meaning)}"

    def _row(self, statement: Statement, condition: Expression | None) -> str:
        value = to_latex(statement.expression, self.meaning)
        if condition:
            value = self._only_if(condition, value, statement.targets[0])
        moves = bool(names(statement.expression) & self.meaning.keys() - self._constant())
        for target in statement.targets:
            self.taken[target] += 1
            # The plain name is the last value, but of x the input.
            is_last = self.taken[target] == self.turns[target] and target != "x"
            turn = 0 if is_last else self.taken[target]
            self.meaning[target] = symbol(target, _NOW if moves else "", turn)
        self.meaning[DROPPED] = r"\_"
        targets = ", ".join(self.meaning[target] for target in statement.targets)
        return f"{targets} &= {value}"

    def _only_if(self, condition: Expression, value: str, target: str) -> str:
        case = rf"\text{{if }} {to_latex(condition, {})}"
        if target not in self.taken:
            return rf"{value} \quad {case}"
        otherwise = self.meaning[target]
        return (
            rf"\begin{{cases}} {value} & {case} \\ {otherwise} & \text{{otherwise}} \end{{cases}}"
        )

    def _constant(self) -> set[str]:
        """The names that are set from weights alone, the same at every timestep."""
        return {name for name, meaning in self.meaning.items() if f"_{{{_NOW}" not in meaning}


_SUM, _PRODUCT, _UNARY, _ATOM = 1, 2, 3, 4
_RELATIONS = {">": ">", ">=": r"\ge", "<": "<", "<=": r"\le"}


@dataclass(frozen=True)
class _Text:
    """A formula, and how tightly its outermost operator binds."""

    text: str
    binds: int = _ATOM

    def at_least(self, binds: int) -> str:
        return self.text if self.binds >= binds else _parentheses(self.text)

    def after_sign(self, binds: int) -> str:
        """The text behind a sign, in parentheses if it begins with one itself."""
        return _parentheses(self.text) if self.text.startswith("-") else self.at_least(binds)


def to_latex(expression: Expression, meaning: Mapping[str, str]) -> str:
    """Print an expression; a name without a meaning is one that no timestep changes."""
    return _print(expression, meaning).text


def _print(expression: Expression, meaning: Mapping[str, str]) -> _Text:
    match expression:
        case Name(name):
            return _Text(meaning.get(name) or symbol(name))
        case Number(value):
            return _number(value)
        case Negative(operand):
            return _Text(f"-{_print(operand, meaning).after_sign(_UNARY)}", _UNARY)
        case Operation(left, operator, right):
            return _operation(_print(left, meaning), operator, _print(right, meaning))
        case Call(function, arguments):
            printed = [_print(argument, meaning) for argument in arguments]
            return _CALLS.get(function, _plain_call(function))(*printed)


def _operation(left: _Text, operator: str, right: _Text) -> _Text:
    if operator in COMPARISONS:
        return _Text(f"{left.text} {_RELATIONS[operator]} {right.text}", 0)
    if operator in "+-":
        return _Text(f"{left.at_least(_SUM)} {operator} {right.after_sign(_SUM + 1)}", _SUM)
    if operator == "/":
        return _Text(rf"\frac{{{left.text}}}{{{right.text}}}", _PRODUCT)
    if operator == "//":
        return _Text(rf"\lfloor {left.at_least(_PRODUCT)} / {right.at_least(_ATOM)} \rfloor")
    between = r"\," if operator == "@" else r" \cdot "
    return _Text(f"{left.at_least(_PRODUCT)}{between}{right.at_least(_ATOM)}", _PRODUCT)


def _number(value: int | float) -> _Text:
    digits, _, exponent = repr(value).removesuffix(".0").partition("e")
    return _Text(rf"{digits} \cdot 10^{{{int(exponent)}}}", _PRODUCT) if exponent else _Text(digits)


def _square(x: _Text) -> _Text:
    base = _parentheses(x.text) if "^" in x.text else x.at_least(_ATOM)
    return _Text(f"{base}^{{2}}")


def _plain_call(function: str) -> Callable[..., _Text]:
    name = rf"\mathrm{{{_escaped(function)}}}"
    return lambda *xs: _Text(name + _parentheses(", ".join(x.text for x in xs)))


def _parentheses(text: str) -> str:
    return rf"\left({text}\right)" if r"\frac" in text else f"({text})"


def _escaped(text: str) -> str:
    return text.replace("_", r"\_")


_CALLS: dict[str, Callable[..., _Text]] = {
    "abs": lambda x: _Text(f"|{x.text}|"),
    "cat": lambda *xs: _Text(f"[{', '.join(x.text for x in xs)}]"),
    "exp": lambda x: _Text(f"e^{{{x.text}}}"),
    "expm1": lambda x: _Text(f"e^{{{x.text}}} - 1", _SUM),
    "floor": lambda x: _Text(rf"\lfloor {x.text} \rfloor"),
    "mask": lambda x: _Text(f"[{x.text}]"),
    "sqrt": lambda x: _Text(rf"\sqrt{{{x.text}}}"),
    "square": _square,
    "sum": lambda x, dim: _Text(rf"\sum {x.at_least(_PRODUCT)}", _SUM),
    "unsqueeze": lambda x, dim: x,
    "where": lambda condition, yes, no: _Text(
        rf"\begin{{cases}} {yes.text} & \text{{if }} {condition.text} \\ "
        rf"{no.text} & \text{{otherwise}} \end{{cases}}"
    ),
}
"""How functions are set that mathematics does not write by their names."""
