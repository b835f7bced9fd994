"""Every name that a spec may give has a kernel, whatever it means in C or in Triton."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable
from itertools import cycle
from pathlib import Path

import pytest
import torch

import tracetorch as tt
from codegen.__main__ import main
from codegen.kernels.rows import name_in_c, size_in_c
from tests.support.plans import assert_same

pytestmark = pytest.mark.usefixtures("unformatted")

ROOT = Path(__file__).parents[2]
ODD_NAMES = """
    asm short int unix linux i386 I NAN INFINITY HUGE_VAL M_PI EOF NULL errno stdin signbit y0 j1 size
    store tensor block place run work lanes bits pattern real OF VECTOR DECLARE STATES PARAMETERS
    NOISES LANES CHUNK i i_ xs outputs numbers noise noise_0 noises inner_1 d_step
    d_output d_x d_i d_ d_states d_outputs own_x own_d_x gradient result real_exp multiply_add
    positive_gradient fire_gradient memcpy main printf forward_step backward_step constant tl triton
    len range print tuple float64 a b c output_1 kernel_name_
""".split()
"""Names that mean something in C, in Triton, or in a kernel."""

ODD = """
package: {{doc: Layers with odd names}}
parameters:
{parameters}
functions:
  malloc: {{default: sigmoid4x, doc: a function of C}}
  d_fire: {{default: identity, doc: a gradient by its name}}
layers:
  Odd:
    name: layer with odd names
    doc: Choose it for this test.
    states:
{states}
    update:
{update}
      - spikes = d_fire(malloc({total}))
      - small = 1 / 4 * spikes + 3000000000000000000 / 2000000000000000000 * spikes
    output: small
"""


@pytest.mark.parametrize("turn", range(3))
def test_every_name_has_a_kernel(
    turn: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each name as a parameter, as a state and as a value, in turn."""
    parameters, states, values = (ODD_NAMES[(turn + role) % 3 :: 3] for role in range(3))
    pairs = [*zip(states, cycle(parameters)), *zip(cycle(states), parameters)]
    update = [f"{state} = 0.5 * {state} + {parameter} * x" for state, parameter in pairs]
    update += [f"{value} = square({state})" for value, state in zip(values, cycle(states))]
    text = ODD.format(
        parameters=lines('  "{}": {{constraint: decay, default: 0.5, doc: odd}}', parameters),
        states=lines('      "{}": {{doc: odd}}', states),
        update=lines("      - {}", update),
        total=f"({' + '.join(values)}) + ({' + '.join(states)})",
    )
    name = f"odd_names_{turn}"
    (tmp_path / f"{name}.yaml").write_text(text)
    out = tmp_path / name
    assert main(["generate", "--spec", str(tmp_path / f"{name}.yaml"), "--out", str(out)]) == 0
    monkeypatch.syspath_prepend(tmp_path)
    layer = importlib.import_module(name).Odd(2).double()
    tt.unroll(layer, torch.randn(3, 1, 2).double(), strict=True)
    assert_same(layer, torch.randn(20, 1, 2).double())


def test_sizes_with_the_names_of_what_is_measured() -> None:
    template = ROOT / "codegen" / "templates" / "rows.c.j2"
    (given,) = re.findall(r"void measure\((.*?)\)", template.read_text(encoding="utf-8"), re.S)
    names = re.findall(r"\*(\w+)", given)
    assert {"inputs", "outputs"} < {*names}
    for name in (*names, "inputs_"):
        assert size_in_c(name) == name_in_c(name) == f"{name}_"


def lines(form: str, items: Iterable[str]) -> str:
    return "\n".join(form.format(item) for item in items)
