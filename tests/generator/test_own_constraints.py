"""Every function of the language may be part of a constraint, and of what a state starts from."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest
import torch

from codegen.__main__ import main
from tests.support.drawn import ELEMENTWISE, expression_of

pytestmark = pytest.mark.usefixtures("unformatted")

DOMAIN = 'domain: "(-inf, inf)"'


def text_of(function: str, name: str) -> str:
    """A number that is 0 wherever the function is finite."""
    return re.sub(r"\bx\b", name, f"0 * {expression_of(function)}")


@pytest.fixture(scope="module")
def layer_class(tmp_path_factory: pytest.TempPathFactory) -> type:
    """A layer with a parameter, a constraint and a state for each function."""
    lines = ["package: {doc: Layers for a test}", "constraints:"]
    for function in ELEMENTWISE:
        activation = f"raw + {text_of(function, 'raw')}"
        inverse = f"value + {text_of(function, 'value')}"
        lines.append(
            f'  by_{function}: {{activation: "{activation}", inverse: "{inverse}", {DOMAIN}}}'
        )
    lines.append("parameters:")
    lines += [f"  p_{f}: {{constraint: by_{f}, default: 0.5, doc: odd}}" for f in ELEMENTWISE]
    lines += ["layers:", "  Odd:", "    name: layer", "    doc: Odd.", "    states:"]
    for function in ELEMENTWISE:
        initial = f"p_{function} + {text_of(function, f'p_{function}')}"
        lines.append(f'      s_{function}: {{doc: odd, initial: "{initial}"}}')
    lines.append("    update:")
    lines += [f"      - s_{f} = p_{f} * s_{f} + x" for f in ELEMENTWISE]
    lines.append(f"    output: {' + '.join(f's_{function}' for function in ELEMENTWISE)}")
    folder = tmp_path_factory.mktemp("constraints")
    spec, out = folder / "odd_constraints.yaml", folder / "odd_constraints"
    spec.write_text("\n".join(lines), encoding="utf-8")
    assert main(["generate", "--spec", str(spec), "--out", str(out)]) == 0
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        return importlib.import_module("odd_constraints").Odd


def test_a_name_of_the_library(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = tmp_path / "mine.yaml"
    spec.write_text(
        "package: {doc: Layers for a test}\nconstraints:\n"
        f"  decay: {{activation: exp(raw), inverse: log(value), {DOMAIN}}}\n"
    )
    assert main(["generate", "--spec", str(spec), "--out", str(tmp_path / "mine")]) != 0
    assert "there is a constraint decay already" in capsys.readouterr().err


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_every_function(dtype: torch.dtype, layer_class: type) -> None:
    layer = layer_class(2).to(dtype)
    layer(torch.zeros(3, 2, dtype=dtype))
    for function in ELEMENTWISE:
        usable, state = getattr(layer, f"p_{function}"), getattr(layer, f"s_{function}")
        torch.testing.assert_close(usable, torch.full((2,), 0.5, dtype=dtype))
        torch.testing.assert_close(state, torch.full((3, 2), 0.25, dtype=dtype))
