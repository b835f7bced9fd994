"""Shapes are followed as PyTorch computes them, whatever the batch is."""

from __future__ import annotations

import operator
import re
from functools import reduce
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import torch
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from codegen.grammar import layers
from codegen.language.expressions import (
    COMPARISONS,
    Call,
    Expression,
    Name,
    Negative,
    Number,
    Operation,
    Spelling,
    names,
    nodes,
    parse,
    to_python,
)
from codegen.language.functions import FUNCTIONS
from codegen.language.sizes import ONE, Polynomial, are_equal, size_of
from codegen.model import Linear, TorchModule
from codegen.reading.load import extend
from codegen.reading.shapes import ShapeError, Shapes, state_shape, weight_shape
from codegen.render import render_extension
from tests.support.reviewed import assert_as_reviewed

ROOT = Path(__file__).parents[2]
N, D = Name("n"), Name("d")
SIZES = {"n": 5, "d": 3}
BATCHES = ((), (7,), (2, 7))
KNOWN = {
    "x": state_shape([N]),
    "z": state_shape([D]),
    "m": state_shape([N, D]),
    "s": state_shape([N, N]),
    "h": state_shape([D, Number(1), N]),
    "W": weight_shape([N, D]),
    "V": weight_shape([D, N]),
    "H": weight_shape([D, N, D]),
    "k": weight_shape([N]),
    "c": weight_shape([]),
}
LIN = Linear("lin", N, D, True)
BY_DIMENSION = ["sum", "unsqueeze", "mean", "max", "softmax"]
SHAPES = st.sampled_from([(N,), (D, N), (N, D), (Operation(N, "*", D),), (Number(1), N), (N, N)])


def expressions() -> st.SearchStrategy[Expression]:
    leaves = st.sampled_from([*map(Name, KNOWN), Number(2)])
    dims = st.sampled_from([Number(0), Number(1), *(Negative(Number(i)) for i in (1, 2, 3))])

    def grown(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
        tensors = inner.filter(lambda e: not isinstance(e, Number))
        return st.one_of(
            st.builds(Operation, inner, st.sampled_from(["+", "*", "@"]), tensors),
            st.builds(Call, st.sampled_from(BY_DIMENSION), st.tuples(tensors, dims)),
            st.builds(Call, st.just("select"), st.tuples(tensors, dims, dims)),
            st.builds(lambda e, sizes: Call("reshape", (e, *sizes)), tensors, SHAPES),
            st.builds(Call, st.sampled_from(["cat", "push"]), st.tuples(tensors, tensors)),
            st.builds(Call, st.sampled_from(["exp", "lin"]), st.tuples(tensors)),
        )

    return st.recursive(leaves, grown, max_leaves=4)


def tensors(batch: tuple[int, ...]) -> dict[str, Tensor]:
    """Random numbers, the same for the first sample of any batch."""
    found = {}
    for place, (name, shape) in enumerate(KNOWN.items()):
        sizes = [int(size.value(SIZES)) for size in shape.sizes]
        full = torch.randn(2, 7, *sizes, generator=torch.Generator().manual_seed(place))
        first = (0,) * (2 - len(batch) * shape.has_batch)
        found[name] = full[first]
    return found


class SameRanks(TorchFunctionMode):
    """Joins only tensors of one rank; PyTorch also joins an empty vector to whatever there is."""

    def __torch_function__(
        self, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        if function is torch.cat and len({value.ndim for value in args[0]}) > 1:
            raise RuntimeError("tensors of several ranks are joined")
        return function(*args, **kwargs or {})


def computed(expression: Expression, batch: tuple[int, ...]) -> Tensor | None:
    """What PyTorch computes, or None if it refuses."""
    lin = nn.Linear(5, 3)
    nn.init.constant_(lin.weight, 0.5)
    nn.init.constant_(lin.bias, 0.5)

    def call(function: str, *arguments: str) -> str:
        torch_call = FUNCTIONS[function].torch if function != "lin" else "lin({})".format
        return torch_call(*arguments)

    scope = {"torch": torch, "lin": lin, **SIZES, **tensors(batch)}
    try:
        with SameRanks():
            return eval(to_python(expression, Spelling(call=call)), scope)
    except (RuntimeError, IndexError, TypeError):
        return None


def is_right(expression: Expression) -> bool:
    """Whether it works for each batch, and gives each sample what that would get alone."""
    alone = computed(expression, ())
    has_batch = any(KNOWN[name].has_batch for name in names(expression) - SIZES.keys())
    for batch in BATCHES:
        value = computed(expression, batch)
        if alone is None or value is None:
            return False
        if value.shape != (*batch * has_batch, *alone.shape):
            return False
        if not torch.allclose(value[(0,) * len(batch) * has_batch], alone, equal_nan=True):
            return False
    return True


SHAPES_OF = Shapes(KNOWN, [LIN], {name: (size,) for name, size in SIZES.items()})


@given(expressions())
@example(Operation(Name("x"), "@", Name("m")))
@example(Operation(Name("W"), "@", Name("z")))
@example(Operation(Name("s"), "@", Name("m")))
@example(Operation(Name("h"), "@", Name("H")))
@example(Operation(Name("h"), "@", Name("m")))
@example(Operation(Name("x"), "@", Name("H")))
@example(Operation(Name("s"), "@", Name("H")))
@example(Operation(Name("k"), "@", Name("H")))
@example(Operation(Name("V"), "@", Operation(Name("h"), "@", Name("H"))))
@example(Operation(Call("sum", (Name("x"), Number(0))), "+", Name("x")))
@example(Call("sum", (Call("unsqueeze", (Name("x"), Number(0))), Number(0))))
@example(Call("sum", (Name("c"), Negative(Number(1)))))
@example(Call("sum", (Name("c"), Number(1))))
@example(Call("softmax", (Name("c"), Number(1))))
@example(Call("select", (Name("m"), Negative(Number(2)), Negative(Number(1)))))
@example(Call("select", (Name("z"), Negative(Number(1)), Number(3))))
@example(Call("reshape", (Name("m"), Operation(N, "*", D))))
@example(Call("reshape", (Name("x"), Number(1), N)))
@example(Call("reshape", (Name("k"), N)))
@example(Call("reshape", (Call("unsqueeze", (Name("c"), Number(0))), Number(1))))
@example(Operation(Name("k"), "@", Name("m")))
@example(Call("push", (Name("x"), Operation(Name("k"), "@", Name("m")))))
@example(Call("push", (Call("unsqueeze", (Name("c"), Number(0))), Name("x"))))
def test_shapes_are_those_of_pytorch(expression: Expression) -> None:
    """What is followed is right for each batch; of what is refused a part is wrong for one, even
    where the whole undoes it, since no value of a timestep may move the batch."""
    if isinstance(expression, Number):
        return
    try:
        shape = SHAPES_OF.of(expression)
    except ShapeError as error:
        parts = [part for part in nodes(expression) if isinstance(part, Call | Operation)]
        values = [p for p in parts if names(p) and getattr(p, "operator", "") not in COMPARISONS]
        assert error.hint and not all(map(is_right, values)), error.message
    else:
        if shape:
            assert is_right(expression)
            value = computed(expression, BATCHES[-1])
            sizes = tuple(int(size.value(SIZES)) for size in shape.sizes)
            assert value.shape == (*BATCHES[-1] * shape.has_batch, *sizes)


LAYERS = """
Softmax:
  update: [mem = mem + x]
  output: exp(mem) / unsqueeze(sum(exp(mem), -1), -1)
Inhibited: # one value for all neurons, spread over the state
  states: {mem: , shared: }
  update: ["shared = 0.5 * shared + unsqueeze(sum(mem, -1), -1)", mem = mem + x - shared]
Constant: # what is the same for each sample, kept for each
  states: {mem: , rate: }
  update: [mem = mem + x * rate, rate = beta]
Filter: # a learned impulse response
  weights: {taps: {shape: [num_neurons, d], initial: 1 / d}}
  states: {past: {shape: [num_neurons, d]}}
  update: ["past = push(past, x)"]
  output: sum(past * taps, -1)
SharedFilter:
  weights: {taps: {shape: [d], initial: 1 / d}}
  states: {past: {shape: [num_neurons, d]}}
  update: ["past = push(past, x)"]
  output: past @ taps
Delay:
  states: {past: {shape: [num_neurons, d]}}
  update: ["past = push(past, x)", "first, _ = split(past, 1, d - 1)"]
  output: sum(first, -1)
Gated:
  modules: {into: {linear: [num_neurons, 2 * num_neurons]}}
  update: ["value, gate = chunk(into(x), 2)", mem = mem + value * sigmoid(gate)]
Swapped:
  update: ["left, right = chunk(x, 2)", "mem = 0.5 * mem + cat(right, left)"]
Factored:
  arguments: {num_neurons: , d: {default: 4}, rank: {default: -1, auto: "max(1, num_neurons // 2)"}, dim: }
  modules: {down: {linear: [num_neurons, rank]}, up: {linear: [rank, num_neurons]}}
  update: [mem = 0.5 * mem + up(down(x))]
Legendre:
  weights: {A: {shape: [d, d], initial: 0.1}, B: {shape: [d], initial: 1}, C: {shape: [num_neurons, d], initial: 1}}
  states: {m: {shape: [num_neurons, d]}}
  update: ["m = m @ A + unsqueeze(x, -1) * B"]
  output: sum(m * C, -1)
Matrix: # an outer product for each sample
  modules: {into: {linear: [num_neurons, 3 * num_neurons]}}
  states: {S: {shape: [num_neurons, num_neurons]}}
  update:
    - q, k, v = chunk(into(x), 3)
    - S = 0.9 * S + unsqueeze(v, -1) @ unsqueeze(k, -2)
  output: sum(S * unsqueeze(q, -2), -1) + sum(S @ unsqueeze(q, -1), -1)
Decaying: # a parameter of each neuron, for all its modes
  states: {m: {shape: [num_neurons, d]}}
  update: ["m = unsqueeze(beta, -1) * m + unsqueeze(x, -1)"]
  output: sum(m, -1)
Recurrent:
  weights: {W: {shape: [num_neurons, num_neurons], initial: 0.1}}
  update: [mem = beta * mem + x + prev_output @ W]
Clipped:
  update: ["mem = where(mem > threshold, 0, minimum(mem + x, 2 * threshold))"]
Between: # other features in than out
  arguments: {inputs: , outputs: , dim: }
  features: [inputs, outputs]
  modules: {into: {linear: [2 * inputs, outputs]}}
  states: {mem: {shape: [outputs]}}
  update: ["mem = beta * mem + into(cat(x, prev_x))"]
Optional:
  states: {mem: , past: {shape: [num_neurons, d], only_if: d > 1}}
  update:
    - drive = x
    - with: past
      do: ["past = push(past, x)", "drive = sum(past, -1) / (d - 1)"]
    - mem = mem + drive
"""
"""Layers as people write them, without what says nothing about shapes."""


def whole(layer: dict[str, Any]) -> dict[str, Any]:
    """A layer with all that a spec must say."""
    layer = {"states": {"mem": {}}, "output": "mem", **layer}
    layer.setdefault("arguments", {"num_neurons": {}, "d": {"default": 4}, "dim": {}})
    layer.setdefault("features", ["num_neurons", "num_neurons"])
    for section in ("arguments", "weights", "states"):
        for name, record in layer.get(section, {}).items():
            known = ("num_neurons", "dim")
            layer[section][name] = {**({} if name in known else {"doc": "it"}), **(record or {})}
    return {"name": "it", "doc": "It.", **layer}


def test_layers_as_people_write_them(tmp_path: Path) -> None:
    """They are accepted, and return what they say for each batch."""
    described = {name: whole(layer) for name, layer in yaml.safe_load(LAYERS).items()}
    spec = {"package": {"doc": "Layers"}, "layers": described}
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(spec, sort_keys=False))
    package = extend(ROOT / "spec", tmp_path / "mine.yaml")
    files = render_extension(package)
    for layer in layers(package):
        module = {"__name__": layer.name}
        exec(files[PurePosixPath(f"{layer.module}.py")], module)
        sizes = {"inputs": 2, "outputs": 6} if layer.name == "Between" else {"num_neurons": 6}
        for batch in BATCHES:
            made = module[layer.name](**sizes)
            for _ in range(2):
                y = made(torch.rand(*batch, min(sizes.values())))
            assert y.shape == (*batch, 6), layer.name


# Sizes

SAMPLES = {"n": (1, 2, 3, 16), "d": (1, 2, 3, 16)}


def sizes() -> st.SearchStrategy[Expression]:
    leaves = st.sampled_from([N, D, Number(1), Number(2), Number(3)])
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.builds(Operation, inner, st.sampled_from(["+", "-", "*"]), inner),
            st.builds(Operation, inner, st.just("//"), st.sampled_from([Number(2), N])),
            st.builds(lambda a, b: Call("max", (a, b)), inner, inner),
        ),
        max_leaves=6,
    )


def permuted(
    found: list[Polynomial],
) -> st.SearchStrategy[tuple[list[Polynomial], list[Polynomial]]]:
    return st.tuples(st.just(found), st.permutations(found))


def value(expression: Expression, n: int, d: int) -> int:
    return eval(to_python(expression), {"n": n, "d": d})


@given(sizes(), sizes(), st.integers(1, 9), st.integers(1, 9))
def test_polynomials_have_the_value_of_their_expression(
    left: Expression, right: Expression, n: int, d: int
) -> None:
    assert size_of(left).value({"n": n, "d": d}) == value(left, n, d)
    difference = size_of(left) - size_of(right)
    assert difference.value({"n": n, "d": d}) == value(left, n, d) - value(right, n, d)


@given(sizes(), sizes())
def test_sizes_that_are_never_equal(left: Expression, right: Expression) -> None:
    if not are_equal(size_of(left), size_of(right), SAMPLES):
        differ = [value(left, n, d) != value(right, n, d) for n in (1, 2, 3, 16) for d in (5, 7)]
        assert any(differ)


@given(st.lists(sizes().map(size_of), min_size=2, max_size=4).flatmap(permuted))
def test_sizes_are_equal_and_print_equally_in_any_order(
    orders: tuple[list[Polynomial], list[Polynomial]],
) -> None:
    one, other = orders
    for operation in (operator.add, operator.mul):
        left, right = reduce(operation, one), reduce(operation, other)
        assert left == right and str(left) == str(right)
    first, *rest = one
    left, right = first * reduce(operator.add, rest), reduce(
        operator.add, [first * r for r in rest]
    )
    assert left == right and str(left) == str(right)


def test_sizes_as_they_are_written() -> None:
    def text(polynomial: Polynomial) -> str:
        return str(polynomial)

    n, d = size_of(N), size_of(D)
    assert text(n + ONE + d + n * n) == "n * n + d + n + 1"
    assert text((ONE - n - n - n) / 2 - d / 2) == "-d / 2 - 3 * n / 2 + 1/2"
    assert text((n + ONE) // (d - ONE)) == "(n + 1) // (d - 1)"
    assert text(size_of(Operation(N, "-", N))) == "0"
    assert text(size_of(Operation(Operation(Number(2), "*", N), "-", D))) == "-d + 2 * n"
    assert text(size_of(N) / 2) == "n / 2"
    assert text(size_of(Operation(N, "//", Number(2)))) == "n // 2"
    assert size_of(Operation(Operation(Number(4), "*", N), "//", Number(2))) == size_of(
        N
    ) + size_of(N)


@pytest.mark.parametrize(
    ("text", "sizes"),
    [
        ("chunk(z, 3)", (ONE,)),
        ("split(x, n)", (size_of(N),)),
        ("rand_like(m)", (size_of(N), size_of(D))),
        ("randn_like(x)", (size_of(N),)),
        ("transpose(W)", (size_of(D), size_of(N))),
    ],
)
def test_shapes_of_parts_random_numbers_and_matrices(
    text: str, sizes: tuple[Polynomial, ...]
) -> None:
    shapes = Shapes({**KNOWN, "z": state_shape([Number(3)])}, samples=SHAPES_OF.samples)
    shape = shapes.of(parse(text))
    assert shape and shape.sizes == sizes


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("chunk(z, 2)", "3 features cannot be divided into 2 equal parts"),
        ("chunk(v, 2)", "3 features cannot be divided into 2 equal parts"),
        ("split(z, 2, 2)", "3"),
        ("rand_like(W)", "rand_like(W) draws the same numbers for the whole batch"),
        ("randn_like(k)", "randn_like(k) draws the same numbers for the whole batch"),
        ("transpose(k)", "a matrix is needed"),
    ],
)
def test_refused_parts_random_numbers_and_matrices(text: str, message: str) -> None:
    more = {"z": state_shape([Number(3)]), "v": state_shape([N, Number(3)])}
    shapes = Shapes(KNOWN | more, samples=SHAPES_OF.samples)
    with pytest.raises(ShapeError) as error:
        shapes.of(parse(text))
    assert message in error.value.message and error.value.hint


@pytest.mark.parametrize(
    ("text", "value"), [("0", 0), ("2 * 3 + 1", 7), ("n - n", 0), ("n", None), ("1 + n", None)]
)
def test_the_value_of_a_size(text: str, value: int | None) -> None:
    assert size_of(parse(text)).constant == value


UNKNOWN = """
u + x, x + u, u * 2, -u, u @ W, x @ u, W @ u, solve(s, u), solve(u, s), cat(u, x), cat(x, u),
push(u, x), push(m, u), where(u > x, x, x), where(x > 0, u, x), where(x > 0, x, u), maximum(x, u),
minimum(u, x), tanh(u), sum(u, -1), mean(u, -1), max(u, -1), softmax(u, -1), unsqueeze(u, -1),
reshape(u, n), select(u, -1, 0), transpose(u), matrix_exp(u), argsort(u, 0), rand_like(u), x > u
"""


@pytest.mark.parametrize("text", re.split(r",\s(?![^()]*\))", UNKNOWN.strip()))
def test_what_is_computed_from_an_unknown_shape_is_unknown(text: str) -> None:
    assert "u" in names(parse(text)) and SHAPES_OF.of(parse(text)) is None


def test_parts_of_an_unknown_shape_are_unknown() -> None:
    for text in ("chunk(u, 2)", "split(u, n, d)"):
        assert [*SHAPES_OF.parts(parse(text), 2)] == [None, None]


def test_an_element_at_an_index_that_is_no_number_has_no_shape() -> None:
    assert SHAPES_OF.of(parse("select(m, -1, d)")) is None


def test_dimensions_by_their_size() -> None:
    def numbered(text: str) -> str:
        return to_python(SHAPES_OF.numbered(parse(text)))

    assert numbered("sum(m, n) + mean(exp(m), d)") == "sum(m, -2) + mean(exp(m), -1)"
    assert numbered("select(softmax(m, d), n, 0)") == "select(softmax(m, -1), -2, 0)"
    assert numbered("max(reshape(m, d * n), n * d)") == "max(reshape(m, d * n), -1)"
    for text in ("sum(s, n)", "sum(x, d)", "sum(x, n + 1)"):
        with pytest.raises(ShapeError, match="count|dimension"):
            numbered(text)


# What is said of each, in `golden/shapes.txt`, which a person reads before it is committed

GOLDEN = Path(__file__).parent / "golden" / "shapes.txt"
CONVOLUTION = {"in_channels": N, "out_channels": D, "kernel_size": Number(2)}
REVIEWED = Shapes(
    KNOWN
    | {
        "z3": state_shape([Number(3)]),
        "n3": state_shape([N, Number(3)]),
        "t": state_shape([D, N]),
        "g": weight_shape([D, D, D]),
        "half": state_shape([Operation(N, "//", Number(2))]),
        "most": state_shape([Call("max", (N, D))]),
        "p": state_shape([Operation(N, "*", D)]),
        "o": state_shape([Number(1)]),
    },
    [
        LIN,
        TorchModule("norm", "LayerNorm", (("normalized_shape", (D,)),)),
        TorchModule("both", "LayerNorm", (("normalized_shape", (N, D)),)),
        TorchModule("group", "GroupNorm", (("num_groups", Number(1)), ("num_channels", N))),
        TorchModule("conv", "Conv1d", tuple(CONVOLUTION.items())),
        TorchModule("images", "Conv2d", tuple(CONVOLUTION.items())),
        TorchModule("relu", "ReLU", ()),
    ],
    {"n": (1, 2, 5), "d": (0, 1, 3)},
)
EXPRESSIONS = """
2; n; x; u; -m; -n; tanh(m); x > 0; max(n, d); max(n, 2); max(2, 3); max(x, n); max(m, -2)
x + x; x + 2; 2 * k; x * k; x * c; k * W; x + m; k + m; m + x; x * m * 2; x + z; W + k; V + k
k + c
h + x; h + m; h + t; x + h; unsqueeze(x, -2) + x; x + unsqueeze(unsqueeze(x, -2), -2)
unsqueeze(x, -1) + unsqueeze(z, -2); unsqueeze(x, -1) + m; m + s; o + x; x + o; sum(x, -1) + 1 + x
half + x; half + z; most + x; most + half; p + x; where(sum(x, -1) > 0, 0, x); mask(2 * x > 0) + m
where(x > 0, k, c); where(k > 0, k, c); maximum(x, z); z3 + o; z3 + n3
x @ m; x @ W; z @ W; x @ x; x @ k; m @ z; W @ x; m @ k; W @ k; m @ V; m @ W; W @ V; W @ W
k @ x; k @ k; k @ m; k @ W; z @ V; z @ g; x @ H; x @ h; k @ H; s @ s; m @ t; t @ m; s @ t; h @ s
h @ H; h @ m; s @ h; s @ H; t @ H; H @ s; g @ g; g @ H; z @ H; g @ t; c @ x; x @ c; sum(x, -1) @ x
2 @ x
x @ 2; half @ W; u @ x; c @ u; unsqueeze(h, 0) @ m
lin(x); lin(z); lin(t); lin(s); lin(m); lin(c); lin(sum(x, -1)); lin(k); lin(V); lin(u); lin(half)
norm(z); norm(m); norm(x); norm(W); norm(c); norm(sum(x, -1)); both(m); both(t); both(z); both(W)
both(unsqueeze(m, -3)); group(x); group(m); group(t); group(k); group(W); group(c); relu(x)
relu(c)
conv(m); conv(s); conv(x); conv(t); conv(h); conv(W); conv(sum(x, -1)); conv(u); images(m)
images(t)
images(unsqueeze(m, -2)); images(x)
cat(x, z); cat(m, s); cat(m, s, m); cat(x, m); cat(m, t); cat(x, k); cat(W, W); cat(W, V)
cat(k, x)
cat(k, k); cat(c, x); cat(x, c); cat(x, sum(x, -1)); cat(u, x, m); cat(x, u, m); cat(x, o)
cat(x, x, z)
chunk(x, 2); chunk(m, 2); chunk(n3, 3); chunk(n3, 2); chunk(z3, 3); chunk(W, 2); chunk(x, n)
chunk(z3, 2); chunk(h, 2); split(z3, 1, 1); split(h, 1, 1)
chunk(c, 2); chunk(sum(x, -1), 2); chunk(cat(x, o), 2); chunk(u, 2)
split(x, 1, n - 1); split(m, 1, d - 1); split(n3, 1, 1, 1); split(n3, 1, 1); split(x, n, 1)
split(W, d, 0); split(c, 1, 1); split(u, n, 1); split(x, d, n - d)
sum(x, -1); sum(x, -2); sum(x, 0); sum(m, -1); sum(m, -2); sum(m, -3); sum(m, 1); sum(k, 0)
sum(k, -1)
sum(k, 1); sum(k, -2); sum(W, 0); sum(W, 1); sum(W, 2); sum(c, 0); sum(c, -1); sum(c, 1)
sum(c, -2)
sum(sum(x, -1), -1); sum(m, n); sum(m, d); sum(s, n); sum(x, d); sum(x, n + 1); sum(p, d * n)
sum(h, 1); sum(h, n); mean(m, d); mean(x, 0); max(m, d); max(x, 0); softmax(m, d); softmax(x, 0)
softmax(c, 0); softmax(W, 1); max(c, 0); mean(c, 1)
select(m, -1, 0); select(m, n, 0); select(m, n, 1); select(m, n, -1); select(m, n, -2)
select(x, 0, 0)
select(z3, -1, 2); select(z3, -1, 3); select(z3, -1, -3); select(z3, -1, -4); select(W, 0, 0)
select(W, 1, 0); select(p, -1, 0); select(m, -1, d); select(c, 0, 0); select(c, -1, 0)
select(k, 0, 0)
select(cat(x, o), -1, 1); select(cat(x, z), -1, 1); select(o, -1, 0); select(o, -1, -1)
select(o, -1, 1)
unsqueeze(x, -1); unsqueeze(x, -2); unsqueeze(x, -3); unsqueeze(x, 0); unsqueeze(m, -2)
unsqueeze(k, 0)
unsqueeze(k, 1); unsqueeze(k, 2); unsqueeze(k, -1); unsqueeze(k, -2); unsqueeze(k, -3)
unsqueeze(c, 0)
unsqueeze(W, 1); unsqueeze(sum(x, -1), -1); unsqueeze(u, 5); unsqueeze(c, 1)
reshape(m, n * d); reshape(m, d, n); reshape(p, n, d); reshape(m, n); reshape(x, n, 1)
reshape(x, 1)
reshape(W, d, n); reshape(c, 1); reshape(sum(x, -1), 1); reshape(u, n); reshape(x, 1, n + 1)
reshape(x, n // 2, 2)
push(m, x); push(m, z); push(m, k); push(m, m); push(x, sum(x, -1)); push(W, k); push(W, x)
push(V, k)
push(x, x); push(c, x); push(sum(x, -1), x); push(u, x); push(m, u); push(h, unsqueeze(z, -1))
rand_like(m); randn_like(x); rand_like(W); randn_like(c); randn_like(2 * k); rand_like(u)
count(n); eye(d); normal(1); normal(1, n); normal(1, n, d); uniform(0, 1); uniform(0, 1, d)
uniform(0, 1, n, d, 2); argsort(k, 0); argsort(k, -1); argsort(k, 1); argsort(W, 1); argsort(W, 2)
argsort(W, -3); argsort(u, 0); argsort(W, n)
matrix_exp(s); matrix_exp(eye(d)); matrix_exp(W); matrix_exp(k); matrix_exp(g); matrix_exp(u)
solve(eye(n), k); solve(eye(n), W); solve(eye(d), k); solve(W, k); solve(eye(d), g)
solve(eye(n), c)
solve(u, k); solve(W, u); solve(eye(n), u); transpose(W); transpose(k); transpose(g); transpose(u)
sum(x + z, -1); exp(x + z) + x @ x; cat(x, x + z); norm(lin(x)); lin(lin(x)); 2 * (x + z)
"""
"""Separated by semicolons."""


def said(shapes: Shapes, text: str, of: str = "of") -> str:
    """The shape of an expression, or why there is none, with the hint and where it is."""
    expression = parse(text)
    try:
        found = shapes.of(expression) if of == "of" else shapes.parts(expression, 2)
    except ShapeError as error:
        return f"error at {error.column}: {error.message} = {error.hint}"
    return ", ".join(map(str, found)) if isinstance(found, list) else str(found)


def test_shapes_and_refusals_are_as_reviewed() -> None:
    lines = []
    for text in (part.strip() for part in EXPRESSIONS.replace("\n", ";").split(";")):
        if text:
            lines.append(f"{text}: {said(REVIEWED, text)}\n")
    for text in (
        "exp(x)",
        "u",
        "chunk(m, 2)",
        "chunk(x, d)",
        "split(m, 1, d - 1)",
        "split(u, 1, 2)",
    ):
        lines.append(f"the parts of {text}: {said(REVIEWED, text, 'parts')}\n")
    assert_as_reviewed("".join(lines), GOLDEN)


def test_random_numbers_have_the_shape_of_the_weight() -> None:
    """That which they initialize, if they have no sizes of their own."""
    shapes = Shapes(KNOWN, samples=SAMPLES)
    shapes.drawn = weight_shape([D])
    for text, shape in (("normal(1)", "[d]"), ("uniform(0, 1)", "[d]"), ("normal(1, n)", "[n]")):
        assert said(shapes, text) == shape
