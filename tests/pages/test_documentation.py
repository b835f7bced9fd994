"""What is written for readers is true: examples run, and docstrings say what the class does."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import pytest

import tracetorch as tt
from tests.support import zoo

ROOT = Path(__file__).parents[2]
MODULES = [module.name for module in pkgutil.walk_packages(tt.__path__, "tracetorch.")]


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name: str) -> None:
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        assert error.name == "triton"
        pytest.skip("Triton is not installed")
    results = doctest.testmod(module, raise_on_error=False)
    assert results.failed == 0


def public() -> list[tuple[str, object]]:
    """Every class and function that the packages offer, and their public methods."""
    found = {}
    for package in (tt, tt.functional, tt.snn, tt.snn.flex, tt.rnn, tt.ssm):
        for name in package.__all__:
            thing = getattr(package, name)
            if inspect.isclass(thing) or inspect.isfunction(thing):
                found[f"{package.__name__}.{name}"] = thing
    methods = {
        f"{name}.{method}": member
        for name, thing in found.items()
        if inspect.isclass(thing)
        for method, member in vars(thing).items()
        if inspect.isfunction(member) and not method.startswith("_") and method != "extra_repr"
    }
    return [*found.items(), *methods.items()]


@pytest.mark.parametrize(("name", "thing"), public(), ids=[name for name, _ in public()])
def test_public_things_are_documented(name: str, thing: object) -> None:
    doc = inspect.getdoc(thing)
    assert doc and doc.splitlines()[0].endswith((".", ":")), name
    if inspect.isclass(thing) or name.startswith("tracetorch.functional"):
        assert "Example:" in doc
    for parameter in inspect.signature(thing).parameters.values():
        assert parameter.annotation is not parameter.empty or parameter.name == "self"


@pytest.mark.parametrize("name", zoo.ALL)
def test_docstrings_of_layers(name: str) -> None:
    doc = inspect.getdoc(zoo.layer_class(name))
    signature = inspect.signature(zoo.layer_class(name)).parameters
    options = {form.format(p) for p in zoo.parameters(name) for form in ("{}_rank", "learn_{}")}
    expected = [argument for argument in signature if argument not in options]
    arguments = re.search(r"Args:\n(.*?)\n\n", doc, re.DOTALL)[1]
    order = re.findall(r"^    (\w+): ", arguments, re.MULTILINE)
    assert [entry for entry in order if not entry.startswith("learn")] == expected
    states = re.search(r"States:\n(.*?)\n\n", doc, re.DOTALL)[1]
    assert set(re.findall(r"^    (\w+): ", states, re.MULTILINE)) == zoo.states(name)
    for heading in ("One timestep", "Shape:", "Raises:", "Source:", "Example:"):
        assert heading in doc
    assert (
        max(map(len, inspect.getsource(inspect.getmodule(zoo.layer_class(name))).splitlines()))
        <= 100
    )


@pytest.mark.parametrize("name", zoo.NAMES)
def test_the_equations_of_the_docstring_are_those_of_the_code(name: str) -> None:
    layer = zoo.layer_class(name)
    equations = re.search(r"`x`::\n\n(.*?)\n\n", inspect.getdoc(layer), re.DOTALL)[1]
    documented = [line.strip() for line in equations.splitlines()]
    code = inspect.getsource(layer.step).partition("\n\n")[2].replace("self.", "")
    written = [line.strip() for line in code.splitlines()][: len(documented)]
    assert written[:-1] == documented[:-1]
    assert written[-1].startswith(f"{documented[-1]}, {name}State(")


def test_every_layer_can_be_imported() -> None:
    assert sorted(tt.snn.__all__) == sorted([*zoo.NAMES, "Layer", "flex"])
    assert sorted([*tt.rnn.__all__, *tt.ssm.__all__]) == sorted([*zoo.OTHERS, "Layer", "Layer"])
    for package in (tt.snn, tt.rnn, tt.ssm):
        for name in package.__all__:
            namespace: dict[str, object] = {}
            exec(f"from {package.__name__} import {name}", namespace)
            assert namespace[name] is getattr(package, name)
