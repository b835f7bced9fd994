"""What `tt.unroll` makes of a module: its plan, and results compared with those of the loop."""

from __future__ import annotations

import importlib.util
import re
import textwrap
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

import tracetorch as tt
from tests.support import zoo
from tracetorch.functional import round_ste


def spiking(features: int = 4, **options: Any) -> tt.Layer:
    return zoo.lively("SLIB", features, **{"quant_fn": round_ste(), **options})


def ways(module: nn.Module) -> list[str]:
    return [step.way.value for step in tt.unroll.plan(module).steps]


def described(frame: str, methods: Iterable[tuple[str, str]], folder: Path) -> str:
    """The plan of each forward: its steps in a line, and a line for each reason of a loop.

    Args:
        frame: The file of a class `Written`, whose members are to be replaced.
        methods: Titles and members.
    """
    start = frame[: frame.index(":\n", frame.index("class Written")) + 2]
    texts = []
    for place, (title, method) in enumerate(methods):
        path = folder / f"written_{place}.py"
        path.write_text(start + textwrap.indent(method, "    "))
        texts.append(f"{title}\n{textwrap.indent(_described(path), '    ')}\n")
    return "\n".join(texts)


def _described(path: Path) -> str:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    steps = tt.unroll.plan(module.Written()).steps
    whys = [f"{step.name or '-'}: {step.why}" for step in steps if step.way.value == "loop"]
    line = ", ".join(f"{step.name or '-'} {step.way.value}" for step in steps)
    return re.sub(r"\w+\.py:\d+", "line", "\n".join([line, *whys]))


def assert_same(module: nn.Module, xs: Tensor) -> None:
    """Outputs, states and gradients of the loop, starting from the same random numbers."""
    results = []
    for way in (lambda: torch.stack([module(x) for x in xs]), lambda: tt.unroll(module, xs)):
        zero_states(module)
        module.zero_grad()
        buffers = {name: buffer.clone() for name, buffer in module.named_buffers()}
        torch.manual_seed(0)
        ys = way()
        ys.square().sum().backward()
        states = [getattr(layer, name) for layer in layers(module) for name in layer._state_sizes]
        gradients = [p.grad for p in module.parameters() if p.grad is not None]
        results.append([ys, *states, *gradients, *(b.clone() for b in module.buffers())])
        module.load_state_dict(buffers, strict=False)
    assert len(results[0]) == len(results[1])
    for expected, actual in zip(*results):
        torch.testing.assert_close(actual, expected, rtol=1e-5, atol=1e-5)


def layers(module: nn.Module) -> list[tt.Layer]:
    return [part for part in module.modules() if isinstance(part, tt.Layer)]


def zero_states(module: nn.Module) -> None:
    for layer in layers(module):
        layer.zero_states()
