"""The plans of all forwards that other tests run: which part loops, and why.

They are read by a person before they are committed. `UPDATE_GOLDEN=1` writes them anew.
"""

from __future__ import annotations

import importlib.util
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

import tracetorch as tt
from tests.sequences.test_forwards import BODIES, FIXED, FOLLOWED, METHODS, PARTLY, READ, SMALLEST
from tests.support.forwards import EXPRESSIONS, HEADER, STATEMENTS, filled, signs
from tests.support.reviewed import assert_as_reviewed

GOLDEN = Path(__file__).with_name("golden")
GIVEN = {"V": "x", "W": "y", "N": "2", "D": "-1", "R": "r", "E": "self.li(y)"}


def forward(body: str) -> str:
    return "def forward(self, x):\n" + textwrap.indent(body.replace("; ", "\n"), "    ")


def examples() -> Iterator[str]:
    """Every expression and every statement that forwards are drawn from, once."""
    for template in dict.fromkeys(sum(EXPRESSIONS.values(), [])):
        yield f"{above(template)}return {filled(template, GIVEN)}"
    for template in dict.fromkeys(sum(STATEMENTS.values(), [])):
        rest = "return r" if "R" in signs(template) else "return x + y"
        yield f"{above(template) or _SAME}{filled(template, GIVEN)}\n{rest}"


_SAME = "y = x\n"


def above(template: str) -> str:
    return "y = self.linear(x)\n" if {"E", "W"} & signs(template) else ""


OWN = [*READ.items(), *BODIES.items(), *PARTLY.items(), *SMALLEST.items()]
FORWARDS = {
    "forwards": (
        FIXED,
        [(case, forward(body)) for case, body in OWN] + [*FOLLOWED.items(), *METHODS.items()],
    ),
    "expressions": (HEADER, [(body, forward(body)) for body in examples()]),
}
"""For each file, the frame of a class, and titles and methods."""


@pytest.mark.parametrize("name", FORWARDS)
def test_the_plans_are_as_reviewed(name: str, tmp_path: Path) -> None:
    frame, methods = FORWARDS[name]
    start = frame[: frame.index(":\n", frame.index("class Written")) + 2]
    texts = []
    for place, (case, method) in enumerate(methods):
        path = tmp_path / f"written_{place}.py"
        path.write_text(start + textwrap.indent(method, "    "))
        texts.append(f"{case}\n{textwrap.indent(described(path), '    ')}\n")
    assert_as_reviewed("\n".join(texts), GOLDEN / f"{name}.txt")


def described(path: Path) -> str:
    """The steps of a module in a line, and a line for each reason of a loop."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    steps = tt.unroll.plan(module.Written()).steps
    whys = [f"{step.name or '-'}: {step.why}" for step in steps if step.way.value == "loop"]
    line = ", ".join(f"{step.name or '-'} {step.way.value}" for step in steps)
    return re.sub(r"\w+\.py:\d+", "line", "\n".join([line, *whys]))
