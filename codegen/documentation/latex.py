"""One timestep as LaTeX equations, with a time index, and primes for intermediate values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

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
from ..language.formula import ATOM, PRODUCT, SUM, UNARY, Formula, parentheses, power
from ..language.functions import INITIAL_FUNCTIONS, TIMESTEP
from ..model import DROPPED, Layer, Statement
from ..previous import OUTPUT, PREVIOUS

_NOW, _BEFORE = "t", "t-1"

_GREEK = """
    alpha beta gamma delta epsilon zeta eta theta kappa lambda mu nu xi rho sigma tau phi chi psi
    omega
""".split()

_SIGNS = {"pos": "+", "neg": "-"}


def equations(layer: Layer) -> list[str]:
    """Return the rows of an aligned display: a state is after the timestep unless marked t-1.

    The values of a name that is set several times in a timestep have 1, 2, ... primes, except the
    last, which has none. For `x`, the input has none.
    """
    return list(_Reader(layer).rows())


def construction(layer: Layer) -> list[str]:
    """Return the rows of what is computed once, when a layer is made: its setup, and the initial
    values of weights that read it."""
    made = {target for statement in layer.setup for target in statement.targets}
    initial = [Statement((w.name,), w.initial) for w in layer.weights if names(w.initial) & made]
    statements = (*layer.setup, *initial)
    return equations(replace(layer, statements=statements, output=Name(OUTPUT)))


def symbol(name: str, time: str = "", turn: int = 0) -> str:
    """Return the LaTeX of a name: Greek and single letters as symbols, other names upright."""
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
    """Prints statements in order, and tracks the current symbol of each name."""

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
        if self.layer.output != Name(OUTPUT):
            yield rf"{symbol(OUTPUT, _NOW)} &= {to_latex(self.layer.output, self.meaning)}"

    def _row(self, statement: Statement, condition: Expression | None) -> str:
        value = to_latex(statement.expression, self.meaning)
        if condition:
            value = self._only_if(condition, value, statement.targets[0])
        moves = bool(names(statement.expression) & self.meaning.keys() - self._constant())
        for target in statement.targets:
            self.taken[target] += 1
            # The name without primes is the last value; for x, the input.
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
        """Return the names computed from weights alone, which are the same at every timestep."""
        return {name for name, meaning in self.meaning.items() if f"_{{{_NOW}" not in meaning}


_RELATIONS = {">": ">", ">=": r"\ge", "<": "<", "<=": r"\le"}


def to_latex(expression: Expression, meaning: Mapping[str, str]) -> str:
    """Print an expression; names without an entry in `meaning` do not change over time."""
    return _print(expression, meaning).text


def _print(expression: Expression, meaning: Mapping[str, str]) -> Formula:
    match expression:
        case Name(name):
            return Formula(meaning.get(name) or symbol(name))
        case Number(value):
            return _number(value)
        case Negative(operand):
            return Formula(f"-{_print(operand, meaning).after_sign(UNARY)}", UNARY)
        case Operation(left, operator, right):
            return _operation(_print(left, meaning), operator, _print(right, meaning))
        case Call(function, arguments):
            return _call(function, [_print(argument, meaning) for argument in arguments])


def _operation(left: Formula, operator: str, right: Formula) -> Formula:
    if operator in COMPARISONS:
        return Formula(f"{left.text} {_RELATIONS[operator]} {right.text}", 0)
    if operator in "+-":
        return Formula(f"{left.at_least(SUM)} {operator} {right.after_sign(SUM + 1)}", SUM)
    if operator == "/":
        return Formula(rf"\frac{{{left.text}}}{{{right.text}}}", PRODUCT)
    if operator == "**":
        return power(left, right)
    if operator == "//":
        return Formula(rf"\lfloor {left.at_least(PRODUCT)} / {right.at_least(ATOM)} \rfloor")
    between = r"\," if operator == "@" else r" \cdot "
    return Formula(f"{left.at_least(PRODUCT)}{between}{right.at_least(ATOM)}", PRODUCT)


def _number(value: int | float) -> Formula:
    digits, _, exponent = repr(value).removesuffix(".0").partition("e")
    return (
        Formula(rf"{digits} \cdot 10^{{{int(exponent)}}}", PRODUCT) if exponent else Formula(digits)
    )


def _call(function: str, arguments: Sequence[Formula]) -> Formula:
    row = (TIMESTEP | INITIAL_FUNCTIONS).get(function)
    if row and row.latex:
        return row.latex(*arguments)
    name = rf"\mathrm{{{_escaped(function)}}}"
    return Formula(name + parentheses(", ".join(argument.text for argument in arguments)))


def _escaped(text: str) -> str:
    return text.replace("_", r"\_")
