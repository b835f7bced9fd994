"""Layers drawn from the whole language: a kernel computes what the loop does, gradients included.

For an hour of them, run `HYPOTHESIS_PROFILE=long pytest tests/generator/test_drawn_layers.py`.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import itertools
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

import tracetorch as tt
from codegen.__main__ import main
from codegen.language.expressions import to_python
from tests.support.drawn import expressions
from tracetorch.functional import arctan, round_ste, sigmoid4x, stochastic_round_ste

pytestmark = pytest.mark.usefixtures("float64", "unformatted")

PARAMETERS = ("alpha", "beta", "threshold", "bias", "wide", "pos_scale")
HEADER = """
package: {doc: Layers of a test}
parameters:
  wide: {constraint: threshold, default: 0.7, rank: 0, doc: a number of all neurons}
"""
LAYER = """
layers:
  Drawn:
    name: layer
    doc: Choose it for this test.
    arguments: {{num_neurons: {{}}, span: {{default: 4, doc: a size}}, dim: {{}}}}
    features: [num_neurons, num_neurons]
    states:
{states}
    update:
{update}
    output: {output}
"""
FAMILY = """
only: [{member}DRAWN]
families:
  DRAWN:
    name: family
    doc: Choose it for this test.
    prefixes: [{prefixes}]
    {membrane}
    fire:
      - spikes = quant_fn(spike_fn({distance}))
      - kept = {kept}
    reset: {reset}
    output: {output}
"""
names = (f"drawn_{count}" for count in itertools.count())


def text_of(known: list[str], leaves: int = 5) -> st.SearchStrategy[str]:
    """An expression over these names, often one that stays small."""
    plain = expressions(known, max_leaves=leaves).map(to_python)
    bounded = [f"{function}({{}})" for function in ("tanh", "sin", "sigmoid", "quant_fn(spike_fn")]
    forms = [form + ")" * (form.count("(") - form.count(")")) for form in bounded]
    return st.tuples(st.sampled_from(forms), plain).map(lambda pair: pair[0].format(pair[1]))


SCALED = st.sampled_from(["{}", "{}", "({}) / num_neurons", "({}) * (span - 2)", "{} + x / span"])


def noises(known: list[str]) -> st.SearchStrategy[str]:
    """Sometimes random numbers, which a statement adds."""
    like = st.sampled_from([name for name in known if name not in PARAMETERS])
    some = st.builds(" + 0.1 * {}({})".format, st.sampled_from(["rand_like", "randn_like"]), like)
    return st.one_of(st.just(""), st.just(""), some)


@st.composite
def layers(draw: st.DrawFn) -> str:
    """A layer of statements over states, parameters and the input, in any order."""
    states = [f"s{count}" for count in range(draw(st.integers(1, 3)))]
    known = ["x", *states, *PARAMETERS]
    previous = [*(f"prev_{state}" for state in states), "prev_output"]
    targets = draw(st.permutations([*states, *states[:1], "v", "w"]))
    update, read = [], set[str]()
    for target in targets:
        expression = draw(text_of([*known, *previous]))
        expression = draw(SCALED).format(expression)
        if target in states and draw(st.booleans()):
            expression = f"alpha * {target} + {expression}"
        update.append(f"{target} = {expression}")
        update[-1] += draw(noises(known))
        known += [target] if target not in known else []
    output = " + ".join(["wide * v * w", *states])
    return HEADER + LAYER.format(
        states="\n".join(f"      {state}: {{doc: state}}" for state in states),
        update="\n".join(f"      - {line}" for line in update),
        output=output,
    )


@st.composite
def traces(draw: st.DrawFn, is_split: bool) -> str:
    drive = "x + " + draw(text_of(["x"] if is_split else ["x", "wide"]))
    average = draw(st.sampled_from(["true", "false"]))
    return (
        f'trace: {{state: mem, decay: beta, input: "{drive}", average: {average}, doc: membrane}}'
    )


@st.composite
def updates(draw: st.DrawFn) -> str:
    known = ["x", "mem", "slow", "wide", "threshold", "prev_mem"]
    slow, mem = draw(text_of(known)), draw(text_of(known))
    update = f'["slow = x + {slow}", "mem = 0.5 * mem + 0.1 * slow + {mem}"]'
    return f"states: {{mem: membrane, slow: another}}\n    update: {update}"


@st.composite
def families(draw: st.DrawFn) -> str:
    """A family with some of the prefixes, its trace split, smoothed, fed back, and reset; or with an
    update of its own; and the member of it that some of the prefixes make."""
    prefixes = draw(st.sampled_from(["DSR", "SR", "D", "R", "S"]))
    membrane = traces(True) if "D" in prefixes else st.one_of(traces(False), updates())
    after = ["mem", "x", "threshold", "bias", "spikes", "prev_kept", "prev_mem"]
    last = text_of(["spikes", "prev_spikes", "bias"], leaves=3)
    return HEADER + FAMILY.format(
        member="".join(letter for letter in prefixes if draw(st.booleans())),
        prefixes=", ".join(prefixes),
        membrane=draw(membrane),
        distance="mem - " + draw(text_of(["mem", "threshold", "bias"], leaves=3)),
        kept=draw(text_of(after)) + draw(noises(after[:2])),
        reset=draw(text_of(["spikes", "kept", "threshold", "mem"], leaves=3)),
        output=f"kept * x + wide * spikes + {draw(last)}",
    )


HEADS = """
layers:
  Drawn:
    name: layer
    doc: Choose it for this test.
    arguments: {{num_neurons: {{}}, heads: {{default: 2, least: 2, doc: size}}, dim: {{}}}}
    features: [num_neurons, num_neurons]
    weights:
      w: {{shape: [heads, num_neurons], initial: normal(1), doc: weight}}
      W: {{shape: [heads, num_neurons, num_neurons], initial: normal(0.5), doc: weight}}
    states:
      a: {{shape: [heads, num_neurons], doc: state}}
      b: {{shape: [heads * num_neurons], doc: state}}
    update:
{update}
    output: mean(a, heads) + sum(w * reshape(b, heads, num_neurons), -2)
"""
ALONG = (
    *("softmax({0}, {1})", "(unsqueeze(mean({0}, {1}), {1}) - z)"),
    *("(unsqueeze(max({0}, {1}), {1}) - z)", "(unsqueeze(select({0}, {1}, 0), {1}) - z)"),
    *("(unsqueeze(select({0}, {1}, -1), {1}) - z)", "(unsqueeze(sum({0} * w, {1}), {1}) - z)"),
)
WHOLE = (
    *("tanh({0})", "sin({0})", "sigmoid({0}) * w", "(0.5 * {0} + z)", "{0} * z"),
    *("sum(unsqueeze({0}, -2) @ W, -2)", "sum(unsqueeze({0}, -1) @ unsqueeze({0}, -2), -1)"),
)


def _with_heads(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """An expression of the shape of the states with heads, of others of this shape."""
    along = st.tuples(st.sampled_from(ALONG), inner, st.sampled_from(["-1", "-2"]))
    whole = st.tuples(st.sampled_from(WHOLE), inner)
    return (along | whole).map(lambda drawn: drawn[0].format(*drawn[1:]))


LEAVES = st.sampled_from(["a", "z", "w", "reshape(b, heads, num_neurons)"])
TEXTS_WITH_HEADS = LEAVES | _with_heads(LEAVES) | _with_heads(_with_heads(LEAVES))


@st.composite
def layers_with_heads(draw: st.DrawFn) -> str:
    """A layer whose states have two dimensions, or one of both their sizes."""
    update = [
        "z = unsqueeze(x, -2) + 0 * a",
        f"v = z + sum(unsqueeze(a, -2) @ W, -2) * {draw(TEXTS_WITH_HEADS)}",
        f"a = tanh(v + {draw(TEXTS_WITH_HEADS)})",
        f"b = 0.5 * b + reshape(sin(a + {draw(TEXTS_WITH_HEADS)}), heads * num_neurons)",
    ]
    return "package: {doc: Layers of a test}" + HEADS.format(
        update="\n".join(f"      - {line}" for line in update)
    )


@contextlib.contextmanager
def generated(text: str) -> Iterator[ModuleType | None]:
    """The package of a spec, or None if it is refused."""
    name = next(names)
    with tempfile.TemporaryDirectory() as folder:
        spec, out = Path(folder, f"{name}.yaml"), Path(folder, name)
        spec.write_text(text, encoding="utf-8")
        silent = contextlib.redirect_stderr(io.StringIO())
        silent_too = contextlib.redirect_stdout(io.StringIO())
        with silent, silent_too:
            status = main(["generate", "--spec", str(spec), "--out", str(out)])
        sys.path.insert(0, folder)
        importlib.invalidate_caches()
        try:
            yield None if status else importlib.import_module(name)
        finally:
            sys.path.remove(folder)
            for module in [module for module in sys.modules if module.startswith(name)]:
                del sys.modules[module]


class Rounding(TorchFunctionMode):
    """Rounds what every function of PyTorch returns in another way."""

    def __init__(self) -> None:
        super().__init__()
        self.generator = torch.Generator().manual_seed(0)

    def __torch_function__(
        self, function: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        result = function(*args, **(kwargs or {}))
        if function in _COMPUTING and isinstance(result, Tensor) and result.is_floating_point():
            noise = torch.rand(result.shape, generator=self.generator)
            return torch.Tensor.mul(result, 1 + 1e-13 * (2 * noise - 1))
        return result


_COMPUTING = {
    *(getattr(Tensor, f"__{sign}__") for sign in ("add", "sub", "mul", "rsub", "radd", "rmul")),
    *(Tensor.__truediv__, Tensor.__rtruediv__, Tensor.__rdiv__, Tensor.add, Tensor.sub, Tensor.mul),
    *(torch.exp, torch.sigmoid, torch.tanh, torch.sin, torch.cos, torch.atan, torch.erf),
}


def results(
    make: Callable[[], tt.Layer], way: Callable[[tt.Layer, Tensor], Tensor]
) -> list[Tensor]:
    """Outputs, states and all gradients, from states that are not zero."""
    layer = make()
    torch.manual_seed(1)
    xs = torch.randn(19, 2, 3)
    xs[torch.rand(xs.shape) < 0.2] = 0
    xs.requires_grad_()
    layer(xs[0].detach())
    before = {
        name: torch.rand_like(getattr(layer, name)).requires_grad_() for name in layer.State._fields
    }
    for name, state in before.items():
        setattr(layer, name, state)
    torch.manual_seed(2)
    ys = way(layer, xs)
    after = [getattr(layer, name) for name in before]
    wanted = [xs, *before.values(), *layer.parameters()]
    torch.manual_seed(3)
    weighted = sum((t * torch.rand_like(t)).sum() for t in (ys, *after))
    gradients = torch.autograd.grad(weighted, wanted, allow_unused=True, materialize_grads=True)
    return [t.detach() for t in (ys, *after, *gradients)]


def loop(layer: tt.Layer, xs: Tensor) -> Tensor:
    return torch.stack([layer(x) for x in xs])


def kernel(layer: tt.Layer, xs: Tensor) -> Tensor:
    return tt.unroll(layer, xs, strict=True)


def assert_same(layer_class: type[tt.Layer], spike_fn: Any, quant_fn: nn.Module) -> None:
    def make() -> tt.Layer:
        torch.manual_seed(0)
        layer = layer_class(3)
        for name, function in (("spike_fn", spike_fn), ("quant_fn", quant_fn)):
            if name in layer._functions:
                setattr(layer, name, function)
        with torch.no_grad():
            for parameter in layer.parameters():
                parameter += 0.3 * torch.randn_like(parameter)
        return layer

    assume("for parameters alone" not in tt.unroll.plan(make()).steps[0].why)
    expected = results(make, loop)
    with Rounding():
        other = results(make, loop)
    assume(all(t.isfinite().all() for t in expected))
    assume(all(torch.allclose(a, b, rtol=1e-9, atol=1e-9) for a, b in zip(expected, other)))
    for one, actual in zip(expected, results(make, kernel), strict=True):
        torch.testing.assert_close(actual, one, rtol=1e-7, atol=1e-7)


FUNCTIONS = st.tuples(
    st.sampled_from([sigmoid4x, arctan]),
    st.sampled_from([nn.Identity(), round_ste(0.5), stochastic_round_ste(0.25)]),
)
drawn = settings(
    max_examples=settings().max_examples // 12,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a smaller one would be compiled too
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)


@drawn
@given(layers(), FUNCTIONS)
def test_layers(text: str, functions: tuple[Any, nn.Module]) -> None:
    with generated(text) as package:
        assume(package is not None)
        assert_same(package.Drawn, *functions)


@drawn
@given(families(), FUNCTIONS)
def test_families(text: str, functions: tuple[Any, nn.Module]) -> None:
    with generated(text) as package:
        assert package is not None, text
        (member,) = package.__all__
        assert_same(getattr(package, member), *functions)


@drawn
@given(layers_with_heads(), FUNCTIONS)
def test_layers_with_heads(text: str, functions: tuple[Any, nn.Module]) -> None:
    with generated(text) as package:
        assert package is not None, text
        assert_same(package.Drawn, *functions)
