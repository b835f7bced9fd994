"""The rules by which expressions are differentiated, as they are written in the language."""

from __future__ import annotations

import pytest

from codegen.language.derivatives import (
    ARGUMENTS,
    GRADIENT,
    RESULT,
    gradient_functions,
    rules,
)
from codegen.language.expressions import functions, names, parse
from codegen.language.functions import CONDITION, FUNCTIONS, TENSOR, VALUE

WITH_RULES = {name: rules(name) for name, row in FUNCTIONS.items() if row.derivative}


@pytest.mark.parametrize(
    ("function", "texts"),
    [
        ("negate", ["-gradient"]),
        ("+", ["gradient", "gradient"]),
        ("-", ["gradient", "-gradient"]),
        ("*", ["gradient * b", "gradient * a"]),
        ("/", ["gradient / b", "-gradient * (result / b)"]),
        ("exp", ["gradient * result"]),
        ("sum", ["gradient"]),
        ("maximum", ["where(a >= b, gradient, 0)", "where(a < b, gradient, 0)"]),
        ("where", ["0", "where(a, gradient, 0)", "where(a, 0, gradient)"]),
        ("spike_fn", ["spike_fn_gradient(a, gradient)"]),
        ("my_product_1", ["my_product_1_gradient(a, gradient)"]),
        ("product_1", ["product_1_gradient(gradient)", "gradient"]),
        ("product_fired", ["product_fired_gradient(gradient)", "gradient"]),
        ("piece_2", ["piece_2_gradient(gradient)"]),
        ("pieces", ["pieces_gradient(a, gradient)"]),
    ],
)
def test_the_gradients_of_the_arguments(function: str, texts: list[str]) -> None:
    assert rules(function) == tuple(map(parse, texts))


def test_each_argument_has_a_rule_of_what_is_known_there() -> None:
    read = set[str]()
    for name, found in WITH_RULES.items():
        takes = FUNCTIONS[name].takes
        assert len(found) == sum(kind in (TENSOR, VALUE, CONDITION) for kind in takes), name
        read.update(*map(names, found))
    assert read == {RESULT, GRADIENT, *ARGUMENTS}


def test_a_function_without_a_rule_is_said_to_have_none() -> None:
    for name in FUNCTIONS.keys() - WITH_RULES.keys():
        with pytest.raises(LookupError) as error:
            rules(name)
        assert error.value.args == (f"{name} has no derivative; add it to its row of FUNCTIONS",)


def test_functions_that_only_rules_call() -> None:
    called = set[str]().union(*(functions(rule) for found in WITH_RULES.values() for rule in found))
    assert gradient_functions() == called - FUNCTIONS.keys()
    assert gradient_functions() == {"negative_gradient", "positive_gradient"}
