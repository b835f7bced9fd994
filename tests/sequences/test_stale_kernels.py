"""A kernel serves the class that it was printed with, and no other."""

from __future__ import annotations

import ast
import compileall
import importlib
import inspect
import itertools
import sys
import textwrap
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import CodeType, FunctionType, ModuleType

import black
import pytest
import torch
from torch import Tensor

import tracetorch as tt
from codegen.__main__ import main
from tests.support.equal import identical
from tracetorch.functional import fast_sigmoid, round_ste, stochastic_round_ste
from tracetorch.sequence import kernel
from tracetorch.sequence.c import build
from tracetorch.sequence.choice import kernel_of

from ..support.zoo import ALL, layer_class

SPEC = """
package: {doc: One layer}
parameters:
  rate: {constraint: decay, default: 0.5, doc: rate}
functions:
  discrete: {default: identity, doc: quantizer}
layers:
  Leaky:
    name: leaky layer
    doc: Choose it for this test.
    states:
      mem: {doc: membrane}
    update:
      - mem = rate * mem + 1.0 * x
    output: discrete(mem)
"""
NAMES = (f"stale_{count}" for count in itertools.count())
XS = torch.linspace(-1, 2, 40).view(5, 2, 4)


class Project:
    """A package of one layer, generated from a spec that changes."""

    def __init__(self, folder: Path) -> None:
        self.name = next(NAMES)
        self.spec, self.out = folder / f"{self.name}.yaml", folder / self.name

    def generate(self, factor: float = 1.0) -> None:
        text = SPEC.replace("1.0 * x", f"{factor} * x")
        self.spec.write_text(text, encoding="utf-8")
        assert main(["generate", "--spec", str(self.spec), "--out", str(self.out)]) == 0
        importlib.invalidate_caches()

    def module(self) -> ModuleType:
        return importlib.import_module(f"{self.name}.leaky")

    def reload(self) -> ModuleType:
        for cached in self.out.rglob("*.pyc"):  # as old as the source, to the second
            cached.unlink()
        return importlib.reload(self.module())

    def edit(self, file: str, old: str, new: str) -> None:
        text = (self.out / file).read_text(encoding="utf-8")
        assert old in text
        (self.out / file).write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    monkeypatch.syspath_prepend(tmp_path)
    made = Project(tmp_path)
    made.generate()
    yield made
    for name in [name for name in sys.modules if name.startswith(made.name)]:
        del sys.modules[name]


def loop(layer: tt.Layer) -> Tensor:
    layer.zero_states()
    return torch.stack([layer(x) for x in XS])


def assert_kernel(layer: tt.Layer) -> None:
    layer.zero_states()
    torch.testing.assert_close(tt.unroll(layer, XS, strict=True), loop(layer))


def assert_loops(layer: tt.Layer, why: str) -> None:
    layer.zero_states()
    with pytest.warns(UserWarning, match=why) as caught:
        ys = tt.unroll(layer, XS)
    assert len(caught) == 1 and identical(ys, loop(layer))


ANOTHER = "was generated from another spec than its Python module"


def test_a_class_that_is_loaded_again_has_the_new_kernel(project: Project) -> None:
    old = project.module().Leaky(4)
    assert_kernel(old)
    project.generate(3.0)
    new = project.reload().Leaky(4)
    assert_kernel(new)
    assert not torch.equal(loop(new), loop(old))
    assert_kernel(old)  # whose kernel is known already


def test_an_old_class_loops_where_only_a_new_kernel_is_left(project: Project) -> None:
    old = project.module().Leaky(4)
    project.generate(3.0)
    assert_loops(old, ANOTHER)
    project.generate(1.0)
    assert_kernel(old)


def test_an_old_class_that_was_not_used_loops_after_a_reload(project: Project) -> None:
    old = project.module().Leaky(4)
    project.generate(3.0)
    assert_kernel(project.reload().Leaky(4))
    assert_loops(old, ANOTHER)


def test_a_step_edited_by_hand_loops(project: Project) -> None:
    project.edit("leaky.py", "+ 1.0 * x", "+ 2.0 * x")
    assert_loops(project.module().Leaky(4), "the step of Leaky is not the one")


def test_a_step_edited_and_loaded_again_loops(project: Project) -> None:
    assert_kernel(project.module().Leaky(4))
    project.edit("leaky.py", "+ 1.0 * x", "+ 2.0 * x")
    assert_loops(project.reload().Leaky(4), "the step of Leaky is not the one")


def test_a_step_that_reads_other_globals_loops(project: Project) -> None:
    """Its code is the same, and what the names in it mean may not be."""
    made = project.module().Leaky
    made.step = FunctionType(made.step.__code__, {**made.step.__globals__})
    assert_loops(made(4), "the step of Leaky is not the one")


def test_a_step_of_one_layer_alone_loops(project: Project) -> None:
    layer, other = project.module().Leaky(4), project.module().Leaky(4)
    layer.step = layer.step
    assert_loops(layer, "the step of Leaky is not the one")
    assert_kernel(other)


def test_a_class_edited_before_its_file_was_generated_again_loops(project: Project) -> None:
    project.edit("leaky.py", "+ 1.0 * x", "+ 2.0 * x")
    edited = project.module().Leaky(4)
    (project.out / "leaky.py").unlink()
    project.generate()
    assert_loops(edited, "the step of Leaky is not the one")


@pytest.mark.parametrize(
    "old, new",
    [
        ("class LeakyState(NamedTuple):\n", "class LeakyState(NamedTuple):\n    other: Tensor\n"),
        ('_register_decay("rate"', '_register_bias("other", 0.0, 0, True)\n        self._register_decay("rate"'),
        ('_register_function("discrete"', '_register_function("other", discrete)\n        self._register_function("discrete"'),
    ],
    ids=["states", "parameters", "functions"],
)  # fmt: skip
def test_other_states_parameters_or_functions_have_no_kernel(
    old: str, new: str, project: Project
) -> None:
    project.edit("leaky.py", old, new)
    assert kernel_of(project.module().Leaky(4)) == ""


@pytest.mark.parametrize("file", ["c/leaky.c", "leaky.jsonc"])
def test_half_of_another_kernel_is_not_used(file: str, project: Project) -> None:
    kept = (project.out / "kernels" / file).read_bytes()
    project.generate(3.0)
    (project.out / "kernels" / file).write_bytes(kept)
    assert_loops(project.module().Leaky(4), ANOTHER)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"layer": "Leaky"}', "\x80"])
def test_facts_that_cannot_be_read_loop(text: str, project: Project) -> None:
    (project.out / "kernels" / "leaky.jsonc").write_bytes(text.encode("latin-1"))
    assert_loops(
        project.module().Leaky(4), "leaky.jsonc cannot be read: (?!None).*generate it again"
    )


@pytest.mark.parametrize(
    "file, why",
    [
        ("c/leaky.c", "leaky.c cannot be read: No such file"),
        ("leaky.jsonc", "it was not generated"),
    ],
)
def test_a_layer_without_its_files_loops(file: str, why: str, project: Project) -> None:
    (project.out / "kernels" / file).unlink()
    assert_loops(project.module().Leaky(4), why)


def layout(text: str) -> str:
    mode = black.Mode(line_length=40, string_normalization=False, preview=False)
    return black.format_str(text, mode=mode)


def in_one_line(node: ast.stmt) -> ast.stmt:
    """The statement, all of which is in the line of its first name."""
    for part in ast.walk(node):
        if isinstance(part, (ast.expr, ast.stmt)):
            part.lineno = part.end_lineno = node.lineno
            part.col_offset = part.end_col_offset = 0
    return node


def in_many_lines(node: ast.stmt) -> ast.stmt:
    """The statement, in which each name that it reads is in a line of its own."""
    names = (part for part in ast.walk(node) if isinstance(part, ast.Name))
    read = (part for part in names if isinstance(part.ctx, ast.Load))
    for line, part in enumerate(read, node.lineno):
        part.lineno = part.end_lineno = line
        part.col_offset = part.end_col_offset = 0
    return node


def compiled_code(text: str, move: Callable[[ast.stmt], ast.stmt]) -> CodeType:
    """The code of the function in a text, after its statements are moved to other lines."""
    tree = ast.parse(f"from __future__ import annotations\n{text}")
    function = tree.body[-1]
    assert isinstance(function, ast.FunctionDef)
    function.body = [move(statement) for statement in function.body]
    code = compile(tree, "step", "exec")
    return next(part for part in code.co_consts if isinstance(part, CodeType))


BRANCHES = """
def step(a, b):
    sizes = (2, 3), (3, 2), (2, 3), a
    c = a * b + a if b is not None else (b, a)
    if c is None:
        a, b = b, a * c
    return [a + b + c, a * b * c]
"""


@pytest.mark.parametrize(
    "text",
    [BRANCHES, *(textwrap.dedent(inspect.getsource(layer_class(name).step)) for name in ALL)],
    ids=["branches", *ALL],
)
def test_lines_are_no_change(text: str) -> None:
    one = compiled_code(text, in_one_line)
    assert kernel.is_same(one, compiled_code(text, in_many_lines))
    assert kernel.is_same(one, compiled_code(text, lambda statement: statement))


@pytest.mark.parametrize(
    "old, new",
    [
        ("a * b + a", "b * a + a"),
        ("c is None", "c is not None"),
        ("a * c", "b * c"),
        ("(2, 3), a", "(3, 2), a"),
    ],
)
def test_another_order_is_a_change(old: str, new: str) -> None:
    other = BRANCHES.replace(old, new)
    for move in (in_one_line, in_many_lines):
        assert not kernel.is_same(compiled_code(BRANCHES, move), compiled_code(other, move))


@pytest.mark.parametrize("change", [layout, lambda text: text.replace('"""Run one', '"""Do one')])
def test_layout_and_docstrings_are_no_change(
    change: Callable[[str], str], project: Project
) -> None:
    path = project.out / "leaky.py"
    before = path.read_text(encoding="utf-8")
    path.write_text(change(before), encoding="utf-8")
    assert path.read_text(encoding="utf-8") != before
    assert_kernel(project.module().Leaky(4))


def test_compiled_files_alone_have_their_kernels(project: Project) -> None:
    compileall.compile_dir(project.out, legacy=True, quiet=2)
    for path in project.out.glob("*.py"):
        path.unlink()
    module = project.module()
    assert module.__file__ and module.__file__.endswith(".pyc")
    assert_kernel(module.Leaky(4))


def test_an_operator_refuses_what_its_kernel_does_not_take() -> None:
    layer = tt.snn.LIB(4, quant_fn=stochastic_round_ste())
    kernel, unroll = kernel_of(layer), torch.ops.tracetorch.unroll.default
    parameters, mem = [torch.ones(4)] * 3, torch.zeros(2, 4)
    noise = torch.rand(5, 1, 2, 4)
    right = (parameters, [4.0, 1.0], noise, [mem])
    wrong = {
        "3 parameters, got 2": (parameters[:2], [4.0, 1.0], noise, [mem]),
        "1 states, got 2": (parameters, [4.0, 1.0], noise, [mem, mem]),
        "2 numbers, got 0": (parameters, [], noise, [mem]),
        "1 random numbers, got 2": (parameters, [4.0, 1.0], torch.rand(5, 2, 2, 4), [mem]),
    }
    unroll(kernel, XS, 0, 1, *right, False, False)
    for message, given in wrong.items():
        with pytest.raises(RuntimeError, match=message):
            unroll(kernel, XS, 0, 1, *given, False, False)


CHANGES = {
    "of a quantizer": (
        {"quant_fn": round_ste(1.0)},
        lambda layer, number: setattr(layer.quant_fn, "step_size", number),
    ),
    "of a spike function": (
        {"spike_fn": fast_sigmoid},
        lambda layer, number: setattr(layer, "spike_fn", partial(fast_sigmoid, slope=number)),
    ),
    "of a partial": (
        {"spike_fn": partial(fast_sigmoid, slope=1)},
        lambda layer, number: layer.spike_fn.keywords.update(slope=number),
    ),
}
"""What a layer is made with, and how its number is changed."""


@pytest.mark.parametrize("what", CHANGES)
def test_a_changed_number_compiles_nothing(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    functions, change = CHANGES[what]
    layer = tt.snn.LIT(4, **functions)
    tt.unroll(layer, XS, strict=True)
    kernel = kernel_of(layer)

    def refuse(*arguments: object) -> None:
        raise AssertionError("something was compiled")

    monkeypatch.setattr(build, "compiled", refuse)
    results = []
    for number in (0.5, 0.25, 0.125):
        change(layer, number)
        layer.zero_states()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            results.append(tt.unroll(layer, XS, strict=True))
        torch.testing.assert_close(results[-1], loop(layer))
        assert kernel_of(layer) == kernel
    assert not torch.equal(results[0], results[-1])
