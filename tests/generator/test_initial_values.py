"""Initial values: a class computes what the spec says, in the shape that was inferred."""

from __future__ import annotations

import inspect
import math
import operator
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import Tensor

from codegen.documentation.latex import construction
from codegen.grammar import layers
from codegen.language.expressions import (
    Call,
    Expression,
    Name,
    Negative,
    Number,
    Operation,
    parse,
    to_python,
)
from codegen.reading.load import extend
from codegen.reading.problems import SpecError
from codegen.reading.shapes import Shape, ShapeError, Shapes
from codegen.render import render_extension
from tests.support.equal import identical

pytestmark = pytest.mark.usefixtures("float64", "read_once")

SPEC = Path(__file__).parents[2] / "spec"
SIZES = {"num_neurons": 5, "d": 3}
N, D = map(Name, SIZES)
LAYER = """
package: {{doc: Layers of a test}}
layers:
  Mine:
    name: layer
    doc: Choose it for this test.
    arguments: {{num_neurons: {{}}, d: {{default: 3, doc: size}}, dim: {{}}}}
    features: [num_neurons, num_neurons]
    setup: {setup}
    weights:
{weights}
    states: {{mem: {{doc: state}}}}
    update: [{update}]
    output: mem
"""


def made(weights: dict[str, tuple[str, str]], setup: list[str] = []) -> SimpleNamespace:
    """A layer whose weights have a shape and an initial value, and its description.

    Raises:
        SpecError: The generator refuses them.
    """
    lines = [
        f'      {name}: {{shape: [{shape}], initial: "{initial}", doc: weight, learn: {("false", "true")[i % 2]}}}'
        for i, (name, (shape, initial)) in enumerate(weights.items())
    ]
    read = []
    for name, (shape, _) in weights.items():
        read.append("sum(" * (1 + shape.count(",")) + name + ", 0)" * (1 + shape.count(",")))
    text = LAYER.format(
        weights="\n".join(lines), setup=setup, update=f'"mem = mem + x * ({" + ".join(read)})"'
    )
    with TemporaryDirectory() as folder:
        path = Path(folder, "mine.yaml")
        path.write_text(text, encoding="utf-8")
        package = extend(SPEC, path)
    module: dict[str, Any] = {"__name__": "mine"}
    exec(render_extension(package)[PurePosixPath("mine.py")], module)
    return SimpleNamespace(cls=module["Mine"], spec=layers(package)[0])


def initial(text: str, shape: str = "num_neurons", setup: list[str] = []) -> Tensor:
    """The initial value of a weight."""
    torch.manual_seed(0)
    layer = made({"w": (shape, text)}, setup).cls(5, 3)
    return dict(layer.state_dict())["w"]


# Drawn


def expressions() -> st.SearchStrategy[Expression]:
    """Expressions of sizes, numbers and tensors made of them."""
    sizes = st.sampled_from([N, D, Number(2)])
    numbers = st.sampled_from([Number(1), Number(2), Number(0.5), N, D])
    tensors = st.one_of(
        st.builds(Call, st.sampled_from(["count", "eye"]), st.tuples(sizes)),
        st.builds(Call, st.just("normal"), st.tuples(numbers, sizes, sizes)),
        st.builds(Call, st.just("uniform"), st.tuples(st.just(Number(0)), numbers, sizes)),
    )
    dims = st.sampled_from([Number(0), Number(1), *(Negative(Number(i)) for i in (1, 2))])

    def grown(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
        one = st.tuples(inner)
        functions = st.sampled_from(["exp", "sqrt", "cos", "floor", "matrix_exp", "sigmoid"])
        return st.one_of(
            st.builds(Negative, inner),
            st.builds(Operation, inner, st.sampled_from(["+", "-", "*", "/", "@"]), inner),
            st.builds(Operation, inner, st.just("**"), numbers | inner),
            st.builds(Call, functions, one),
            st.builds(
                Call, st.sampled_from(["sum", "unsqueeze", "argsort"]), st.tuples(inner, dims)
            ),
            st.builds(Call, st.sampled_from(["cat", "solve"]), st.tuples(inner, inner)),
            st.builds(lambda a, b: Call("mask", (Operation(a, ">", b),)), tensors, inner),
        )

    return st.recursive(tensors | numbers, grown, max_leaves=5)


MEANINGS: dict[str, Callable[..., Any]] = {
    "count": lambda n: torch.tensor([float(place + 1) for place in range(n)]),
    "eye": lambda n: torch.diag(torch.ones(n)),
    "normal": lambda deviation, *sizes: torch.empty(sizes).normal_() * deviation,
    "uniform": lambda low, high, *sizes: low + torch.empty(sizes).uniform_() * (high - low),
    "argsort": lambda x, dim: x.sort(dim).indices.double(),
    "matrix_exp": lambda x: torch.linalg.matrix_exp(x),
    "solve": lambda a, b: torch.linalg.inv(a) @ b,
    "sum": lambda x, dim: x.sum(dim),
    "unsqueeze": lambda x, dim: x.unsqueeze(dim),
    "cat": lambda *xs: torch.cat(xs, -1),
    "mask": lambda condition: condition.double(),
    "sigmoid": torch.sigmoid,
    "floor": lambda x: x.floor() if isinstance(x, Tensor) else float(math.floor(x)),
    **{
        name: lambda x, name=name: getattr(torch if isinstance(x, Tensor) else math, name)(x)
        for name in ("exp", "sqrt", "cos")
    },
}
OPERATORS = {
    **{"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv},
    **{"@": operator.matmul, "**": operator.pow, ">": operator.gt},
}


def evaluate(expression: Expression) -> Any:
    match expression:
        case Name(name):
            return SIZES[name]
        case Number(value):
            return value
        case Negative(inner):
            return -evaluate(inner)
        case Operation(left, sign, right):
            return OPERATORS[sign](evaluate(left), evaluate(right))
        case Call(function, arguments):
            return MEANINGS[function](*map(evaluate, arguments))


def shape_of(expression: Expression) -> Shape | None:
    try:
        return Shapes(samples={"num_neurons": (5, 7), "d": (3, 4)}).of(expression)
    except ShapeError:
        return None


@settings(max_examples=settings().max_examples // 4)
@given(st.lists(expressions(), min_size=1, max_size=4))
def test_drawn(drawn: list[Expression]) -> None:
    weights = {}
    for place, expression in enumerate(drawn):
        shape = shape_of(expression)
        if shape:
            sizes = ", ".join(map(str, shape.sizes)) or "num_neurons"
            weights[f"w{place}"] = sizes, to_python(expression)
    assume(weights)
    try:
        cls = made(weights).cls
    except SpecError:
        assume(False)
    torch.manual_seed(1)
    try:
        expected = {name: evaluate(parse(initial)) for name, (_, initial) in weights.items()}
    except (ArithmeticError, torch.linalg.LinAlgError):
        assume(False)
    torch.manual_seed(1)
    layer = cls(5, 3)
    for name, (shape, _) in weights.items():
        sizes = [evaluate(parse(size)) for size in shape.split(", ")]
        actual = layer.state_dict()[name]
        assert actual.shape == (*sizes,) and actual.dtype == torch.float64
        wanted = torch.as_tensor(expected[name], dtype=torch.float64).expand(sizes)
        assume(wanted.nan_to_num(1e9, 1e9, 1e9).abs().max() < 1e6)
        torch.testing.assert_close(actual, wanted, rtol=1e-6, atol=1e-6)


# As they are written


def test_powers_and_counts() -> None:
    assert initial("2 ** (count(d) - d)", "num_neurons, d").tolist() == [[0.25, 0.5, 1.0]] * 5
    rows, columns = "unsqueeze(count(num_neurons), 1)", "unsqueeze(count(d), 0)"
    expected = torch.tensor([[float(i**j) for j in (1, 2, 3)] for i in range(1, 6)])
    assert identical(initial(f"{rows} ** {columns}", "num_neurons, d"), expected)
    assert initial("d ** 2").tolist() == [9.0] * 5 and initial("d").tolist() == [3.0] * 5


def test_matrices() -> None:
    setup = ["signs = 2 * count(2) - 3", "A = unsqueeze(signs, 1) * (1 - eye(2))"]
    turn = initial("matrix_exp(A)", "2, 2", setup)
    c, s = math.cos(1), math.sin(1)
    torch.testing.assert_close(turn, torch.tensor([[c, -s], [s, c]]))
    assert identical(initial("solve(2 * eye(d), count(d))", "d"), torch.tensor([0.5, 1.0, 1.5]))


def test_matrices_are_computed_in_double_precision() -> None:
    """In single precision, rates this far apart would leave few digits."""
    setup = ["A = unsqueeze(count(d), 1) * (1 - 20 * eye(d)) / num_neurons"]
    weights = {"v": ("d, d", "matrix_exp(A)"), "w": ("num_neurons, d", "solve(A, count(d))")}
    cls = made(weights, setup).cls
    exact = cls(5, 12).state_dict()
    torch.set_default_dtype(torch.float32)
    for name, rounded in cls(5, 12).state_dict().items():
        assert identical(rounded, exact[name].float()) and rounded.is_contiguous()


@pytest.mark.parametrize("call", ["normal(1)", "uniform(0, 1)", "2 * uniform(0, 1) - normal(1)"])
def test_random_numbers_have_the_shape_of_their_weight(call: str) -> None:
    drawn = initial(call, "num_neurons, d")
    assert drawn.shape == (5, 3) and drawn.unique().numel() == 15


SIZED = """
package: {{doc: Layers of a test}}
layers:
  Mine:
    name: layer
    doc: Choose it for this test.
    arguments: {{num_neurons: {{}}, k: {size}, dim: {{}}}}
    features: [num_neurons, num_neurons]
    weights: {{w: {{shape: [num_neurons], initial: 1 / ({divisor}), doc: weight}}}}
    states: {{mem: membrane}}
    update: [mem = mem + w * x]
    output: mem
"""


@pytest.mark.parametrize(
    ("least", "default", "divisor", "is_never_0"),
    [
        ("any", 4, "k", False),
        ("any", 4, "k + 2", False),
        (-1, 4, "k + 2", True),
        (0, 4, "k", False),
        (1, 4, "k", True),
        (1, 4, "k - 3", False),
        (1, 4, "k - 8", False),
        (1, 4, "k - 12", False),
        (1, 4, "k - 16", False),
        (1, 4, "k - 64", False),
        (1, 99, "k - 99", False),
        (1, 4, "k - 99", True),
        (20, 30, "k - 16", True),
    ],
)
def test_divisors_that_may_be_0(
    least: object, default: int, divisor: str, is_never_0: bool, tmp_path: Path
) -> None:
    size = f"{{default: {default}, least: {least}, doc: size}}"
    path = tmp_path / "mine.yaml"
    path.write_text(SIZED.format(size=size, divisor=divisor), encoding="utf-8")
    with nullcontext() if is_never_0 else pytest.raises(SpecError, match="which is 0 for k ="):
        extend(SPEC, path)


def test_a_random_order() -> None:
    setup = ["order = argsort(uniform(0, 1, num_neurons, d), 0)"]
    order = initial("order", "num_neurons, d", setup)
    assert all(sorted(column) == [0, 1, 2, 3, 4] for column in order.T.tolist())
    assert len({*map(tuple, order.T.tolist())}) > 1


def test_two_weights_of_one_value_are_apart() -> None:
    layer = made(
        {"v": ("d", "A"), "w": ("d", "A"), "u": ("1, d", "unsqueeze(A, 0)"), "t": ("d", "A")},
        ["A = count(d)"],
    ).cls(5)
    with torch.no_grad():
        layer.w += 1
        layer.u += 1
    assert layer.v.tolist() == layer.t.tolist() == [1.0, 2.0, 3.0]


@pytest.mark.parametrize("value", ["eye(d) + d", "matrix_exp(eye(d))"])
@pytest.mark.parametrize(
    ("shape", "view"),
    [
        ("d, d", "A"),
        ("1, d, d", "unsqueeze(A, 0)"),
        ("d, d", "transpose(A)"),
        ("d", "select(A, 0, 0)"),
    ],
)
def test_two_views_of_one_tensor_are_apart(value: str, shape: str, view: str) -> None:
    """Training one weight does not change another that begins at the same value."""
    weight = shape, view
    layer = made({"v": weight, "w": weight}, [f"A = {value}"]).cls(5)
    before = layer.v.clone()
    with torch.no_grad():
        layer.w += 1
    assert identical(layer.v, before) and identical(layer.w, before + 1)


def test_sizes_that_are_divided() -> None:
    """They are compared by examples, and sizes that may differ are refused."""
    assert initial("count(d // 2) + A", "d // 2", ["A = count(d // 2)"]).tolist() == [2.0]
    with pytest.raises(SpecError, match="d // 2"):
        initial("A", "d", ["A = count(d) + count(max(1, d // 2))"])


def test_what_is_written_about_them() -> None:
    layer = made(
        {"w": ("d, d", "matrix_exp(-A) * 2 ** (-d)")}, ["A = (count(d) - 1) ** 2 * eye(d)"]
    )
    doc = inspect.getdoc(layer.cls) or ""  # Python 3.13 takes the indentation away itself
    assert "Computed once, when the layer is made::\n\n    A = (count(d) - 1) ** 2 * eye(d)\n" in doc
    assert "w: Weight, `[d, d]`, fixed at `matrix_exp(-A) * 2 ** -d`." in doc
    assert construction(layer.spec) == [
        r"A &= ((1, \ldots, d) - 1)^{2} \cdot I_{d}",
        r"w &= e^{-A} \cdot 2^{-d}",
    ]


@pytest.mark.parametrize("taps", [1, 2])
def test_a_state_that_begins_where_a_weight_is_positive(taps: int, tmp_path: Path) -> None:
    """The weight that it begins as is the one that counts, not another, which may not exist."""
    path = tmp_path / "mine.yaml"
    path.write_text("""
package: {doc: Layers of a test}
layers:
  Mine:
    name: layer
    doc: Choose it for this test.
    arguments: {num_neurons: {}, taps: {default: 2, doc: size}, dim: {}}
    features: [num_neurons, num_neurons]
    weights:
      other: {shape: [num_neurons], initial: 2, with: last, doc: weight}
      start: {shape: [num_neurons], initial: count(num_neurons) - 2, doc: weight}
    states:
      mem: {initial: mask(start > 0), doc: membrane}
      last: {shape: [num_neurons, taps], only_if: taps > 1, doc: last values}
    update:
      - mem = mem + x
      - {with: last, do: ["last = push(last, x)", "mem = mem + other * sum(last, -1)"]}
    output: mem
""")
    module: dict[str, Any] = {"__name__": "mine"}
    exec(render_extension(extend(SPEC, path))[PurePosixPath("mine.py")], module)
    assert module["Mine"](4, taps)(torch.zeros(4)).tolist() == [0.0, 0.0, 1.0, 1.0]


@pytest.mark.parametrize("dim", [-1, 0, 1])
def test_states_with_dimensions_of_their_own(dim: int, tmp_path: Path) -> None:
    """A state begins as a weight, or as parameters and sizes say; a kernel does as the loop does."""
    path = tmp_path / "mine.yaml"
    path.write_text("""
package: {doc: Layers of a test}
layers:
  Mine:
    name: layer
    doc: Choose it for this test.
    arguments: {num_neurons: {}, d: {default: 3, doc: size}, dim: {}}
    features: [num_neurons, num_neurons]
    weights: {start: {shape: [num_neurons, d], initial: normal(1), doc: first modes}}
    states:
      modes: {shape: [num_neurons, d], doc: modes, initial: start}
      others: {shape: [num_neurons, d], doc: modes, initial: "unsqueeze(beta, -1) / d"}
    update:
      - modes = 0.5 * modes + unsqueeze(x, -1)
      - others = 0.5 * others + modes
    output: sum(others, -1)
""")
    package = extend(SPEC, path)
    module: dict[str, Any] = {"__name__": "mine"}
    exec(render_extension(package)[PurePosixPath("mine.py")], module)
    layer = module["Mine"](5, beta=torch.linspace(0.1, 0.9, 5), dim=dim)
    x = torch.zeros(5, 5)
    layer._ensure_states(x)
    modes, others = (layer._to_working_dim(s, 1) for s in (layer.modes, layer.others))
    assert identical(modes, layer.start.expand(5, 5, 3))
    torch.testing.assert_close(others, (layer.beta[:, None] / 3).expand(5, 5, 3))
    layer.zero_states()
    (gradient,) = torch.autograd.grad(layer(x).sum(), layer.start)
    torch.testing.assert_close(gradient, torch.full((5, 3), 2.5))
