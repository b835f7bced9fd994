"""Reads the equations that the pages show, as a person reads them: what they mean, by PyTorch."""

from __future__ import annotations

import re
from collections.abc import Mapping

import torch
from torch import Tensor

from tests.support.drawn import MEANINGS, OPERATORS

_TOKEN = re.compile(
    r"\\begin\{cases\}|\\end\{cases\}|\\text\{[^}]*\}|\\\\|\\[A-Za-z]+|\d+(?:\.\d+)?|\S"
)
_RELATIONS = {">": ">", r"\ge": ">=", "<": "<", r"\le": "<="}

Value = Tensor | float


def read(latex: str, values: Mapping[str, Tensor]) -> Tensor:
    """The value of a formula."""
    reader = _Reader(latex, values)
    value = reader.sum()
    assert not reader.tokens, f"{reader.tokens} is left of {latex}"
    return value + torch.zeros_like(values["x"])


class _Reader:
    def __init__(self, latex: str, values: Mapping[str, Tensor]) -> None:
        latex = latex.replace(r"\left", "").replace(r"\right", "")
        self.tokens = _TOKEN.findall(latex)
        self.values = values

    def next(self, *expected: str) -> str:
        token = self.tokens.pop(0)
        assert not expected or token in expected, f"{token} in the place of {expected}"
        return token

    def is_next(self, *tokens: str) -> bool:
        return bool(self.tokens) and self.tokens[0] in tokens

    def sum(self) -> Value:
        value = -self.product() if self.is_next("-") and self.next() else self.product()
        while self.is_next("+", "-"):
            value = OPERATORS[self.next()](value, self.product())
        return value

    def product(self) -> Value:
        value = self.power()
        while self.is_next(r"\cdot"):
            self.next()
            value = value * self.power()
        return value

    def power(self) -> Value:
        value = self.atom()
        if self.is_next("^"):
            self.next()
            exponent = self.braced()
            is_number = isinstance(value, float)
            value = value ** exponent if is_number else MEANINGS["square"](value)
        return value

    def braced(self) -> Value:
        self.next("{")
        value = self.sum()
        self.next("}")
        return value

    def atom(self) -> Value:
        token = self.next()
        match token:
            case r"\frac":
                return self.braced() / self.braced()
            case "(":
                return self.closed(")")
            case "|":
                return MEANINGS["abs"](self.closed("|"))
            case r"\lfloor":
                return MEANINGS["floor"](self.closed(r"\rfloor"))
            case "[":
                condition = self.condition()
                self.next("]")
                return MEANINGS["mask"](condition)
            case r"\sqrt":
                return MEANINGS["sqrt"](self.braced())
            case "e" if self.is_next("^"):
                self.next()
                return MEANINGS["exp"](self.braced())
            case r"\begin{cases}":
                return self.cases()
            case r"\mathrm":
                return self.call()
        if token in self.values:
            return self.values[token]
        return float(token)

    def closed(self, by: str) -> Value:
        value = self.sum()
        self.next(by)
        return value

    def condition(self) -> Tensor:
        left = self.sum()
        relation = _RELATIONS[self.next()]
        return OPERATORS[relation](left, self.sum())

    def cases(self) -> Tensor:
        yes = self.sum()
        self.next("&")
        self.next(r"\text{if }")
        condition = self.condition()
        self.next("\\\\")
        no = self.sum()
        self.next("&")
        self.next(r"\text{otherwise}")
        self.next(r"\end{cases}")
        return torch.where(condition, yes, no)

    def call(self) -> Value:
        self.next("{")
        name = ""
        while not self.is_next("}"):
            name += self.next().replace("\\", "")
        self.next("}")
        self.next("(")
        arguments = [self.sum()]
        while self.is_next(","):
            self.next()
            arguments.append(self.sum())
        self.next(")")
        return MEANINGS[name](*arguments)
