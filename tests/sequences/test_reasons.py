"""Which layers and functions have kernels, and the reasons of the others, word for word."""

from __future__ import annotations

import dis
import math
import re
import sys
import types
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import torch
from torch import Tensor, nn

import tracetorch as tt
from tests.support.cases import QUANTIZERS, SPIKES
from tests.support.elsewhere import OnGpu
from tests.support.plans import spiking
from tracetorch import functional as F
from tracetorch.functional import discrete
from tracetorch.sequence import choice
from tracetorch.sequence import kernel as kernels
from tracetorch.sequence.choice import _spelled, class_of, is_known, kernel_of
from tracetorch.sequence.kernel import Facts, Firing, Kernel
from tracetorch.sequence.layer import why_not
from tracetorch.sequence.once import NoKernel, reason

# Functions


def subclass(function: nn.Module) -> nn.Module:
    """A function of a class of the user's own, which changes nothing."""
    made = type("Mine", (type(function),), {})
    return made() if isinstance(function, nn.Identity) else made(0.5)


def hooked(function: nn.Module) -> nn.Module:
    function.register_forward_pre_hook(lambda module, inputs: None)
    return function


def sigmoid4x(x: Tensor, slope: float = 4.0) -> Tensor:
    """It is called like one of the library."""
    return x


FOREIGN = "f is not a function of tt.functional, nor generated from a spec"
SPELLED: list[tuple[Any, str]] = [
    *zip(QUANTIZERS, ["identity", "round_ste", "round_ste", "stochastic_round_ste"]),
    (F.probabilistic_ste(), "probabilistic_ste"),
    *((function, function.__name__) for function in SPIKES),
    (partial(F.arctan), "arctan"),
    (partial(F.arctan, alpha=2), "arctan"),
    (partial(F.arctan, alpha=0.5), "arctan"),
    (partial(F.arctan, alpha=True), "arctan"),
    (partial(F.arctan, 2), FOREIGN),
    (partial(partial, F.arctan), FOREIGN),
    (partial(F.arctan, alpha="2"), "f gives arctan a alpha of the type str"),
    (partial(F.arctan, alpha=None), "f gives arctan a alpha of the type NoneType"),
    (partial(F.arctan, x=2), "f gives arctan an argument x, which is not one of its numbers"),
    (hooked(nn.Identity()), "f has hooks"),
    (hooked(F.round_ste()), "f has hooks"),
    (hooked(nn.Tanh()), "f has hooks"),
    (subclass(nn.Identity()), FOREIGN),
    (subclass(F.round_ste()), FOREIGN),
    (nn.Tanh(), FOREIGN),
    (torch.sigmoid, FOREIGN),
    (sigmoid4x, FOREIGN),
    (lambda x: x, FOREIGN),
    (3, FOREIGN),
]


@pytest.mark.parametrize("function, expected", SPELLED)
def test_which_functions_kernels_have(function: Any, expected: str) -> None:
    assert (reason(_spelled, "f", function) or str(_spelled("f", function))) == expected


def test_a_quantizer_that_rounds_in_another_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discrete, "round_ste", lambda x, step_size: x)
    assert reason(_spelled, "f", F.round_ste()) == FOREIGN
    monkeypatch.undo()
    for forward in (lambda self, x: x, torch.floor):
        monkeypatch.setattr(type(F.round_ste()), "forward", forward)
        assert reason(_spelled, "f", F.round_ste()) == FOREIGN


def test_functions_of_a_file_of_the_users_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """One is what its kernel was generated with if its code, and what that reads, is the same."""
    made = types.ModuleType("made")
    exec("_digest = '1f'\nclass A:\n def __call__(self, x): return x\na = A()", vars(made))
    for name in ("step", "other"):
        exec(f"def {name}(x, slope=1.0):\n return x * slope", vars(made))
    monkeypatch.setitem(sys.modules, "made", made)
    step = made.step
    assert reason(_spelled, "f", step) == "it was not generated from a spec"
    codes = {"step": step.__code__}
    described = kernels.Declared(Path(), "1f", codes)
    monkeypatch.setattr(choice, "declared", lambda *given: {("made", "1f"): described}[given])
    assert _spelled("f", step) == Firing("step", "made", "1f")
    assert _spelled("f", partial(step, slope=3)) == Firing("step", "made", "1f")
    elsewhere = types.FunctionType(step.__code__, {**vars(made)}, "step", (1.0,))
    another = types.FunctionType((lambda x, slope: x + slope).__code__, vars(made), "step", (1.0,))
    for function in (elsewhere, another, made.other):
        function.__module__ = "made"
        why = "f is not the function that its kernel was generated with"
        assert reason(_spelled, "f", function) == why
    assert reason(_spelled, "f", made.a) == reason(_spelled, "f", made.A) == FOREIGN
    made._digest = 31
    assert reason(_spelled, "f", step) == FOREIGN


# Classes


def with_facts(monkeypatch: pytest.MonkeyPatch, **changed: Any) -> None:
    """Let the descriptions of kernels say something else."""
    found = kernels.facts
    monkeypatch.setattr(choice, "facts", lambda *given: replace(found(*given), **changed))


OTHERS = "the parameters, states or functions of SLIB are not those its kernel was generated with"
DESCRIBED: list[tuple[dict[str, Any], str]] = [
    ({}, ""),
    ({"parameters": ("alpha", "beta")}, OTHERS),
    ({"states": ("mem", "syn")}, OTHERS),
    ({"functions": {"spike_fn": "spike_fn"}}, OTHERS),
    ({"calls": ()}, "quant_fn draws random numbers"),
    ({"shared": ("quant_fn",)}, "quant_fn draws random numbers for parameters alone"),
    ({"shared": ("spike_fn",)}, ""),
    (
        {"step": tt.snn.LIB.step.__code__},
        "the step of SLIB is not the one its kernel was generated with",
    ),
]


@pytest.mark.parametrize("changed, why", DESCRIBED)
def test_a_class_that_is_not_the_described_one(
    changed: dict[str, Any], why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    layer = tt.snn.SLIB(4, quant_fn=F.stochastic_round_ste())
    with_facts(monkeypatch, **changed)
    assert choice.why_not(layer) == why
    assert bool(kernel_of(layer)) == (not why)


def test_a_forward_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tt.snn.LIB, "forward", lambda self, x: x, raising=False)
    assert choice.why_not(tt.snn.LIB(4)) == "LIB has a forward of its own"


def test_layers_that_certainly_change_nothing_but_their_states() -> None:
    class Mine(tt.snn.LI):
        pass

    beside = type("Beside", (tt.snn.LI,), {"__module__": "tracetorch_more.layers"})
    assert is_known(tt.snn.LIB(4)) and is_known(tt.snn.flex.LIB(4)) and is_known(tt.rnn.GRU(4, 4))
    assert not is_known(tt.snn.flex.LIB(4, spike_fn=torch.sigmoid))
    assert not is_known(tt.snn.flex.LIB(4, quant_fn=nn.Tanh()))
    assert not is_known(Mine(4)) and not is_known(beside(4))


def test_the_classes_of_modules() -> None:
    kernel = kernel_of(tt.zoo.RWKV(4, 4))
    assert (class_of(kernel, "norm"), class_of(kernel, "any other")) == ("GroupNorm", "Linear")


# Inputs


def half(layer: tt.Layer) -> None:
    layer.half()


def another_dtype_of_a_parameter(layer: Any) -> None:
    layer.raw_beta.data = layer.raw_beta.data.double()


def another_dtype_of_a_state(layer: Any) -> None:
    layer.mem = torch.zeros(2, 4, dtype=torch.float64)


def another_shape(layer: Any) -> None:
    layer.raw_beta = nn.Parameter(torch.ones(1, 4))


def another_size(layer: Any) -> None:
    layer.raw_beta = nn.Parameter(torch.ones(1))


def one_value(layer: Any) -> None:
    layer.raw_beta = nn.Parameter(torch.tensor(1.0))


def a_parameter_elsewhere(layer: Any) -> None:
    layer.raw_beta = nn.Parameter(torch.ones(4, device="meta"))


def a_state_elsewhere(layer: Any) -> None:
    layer.mem = torch.zeros(2, 4, device="meta")


THROUGHOUT = "only for float32 throughout or float64 throughout"
SHAPES = "there is none for parameters other than scalars and vectors of num_neurons"
DEVICES = "its parameters and states are on another device"
CHANGES: list[tuple[Callable[[Any], None], str]] = [
    (id, ""),
    (half, f"there is none for torch.float16, torch.float32, {THROUGHOUT}"),
    (another_dtype_of_a_parameter, f"there is none for torch.float32, torch.float64, {THROUGHOUT}"),
    (another_dtype_of_a_state, f"there is none for torch.float32, torch.float64, {THROUGHOUT}"),
    (another_shape, SHAPES),
    (another_size, SHAPES),
    (one_value, ""),
    (a_parameter_elsewhere, DEVICES),
    (a_state_elsewhere, DEVICES),
]


@pytest.mark.parametrize("change, why", CHANGES)
def test_what_a_kernel_cannot_read(change: Callable[[Any], None], why: str) -> None:
    layer, x = spiking(), torch.ones(5, 2, 4)
    change(layer)
    assert why_not(layer, kernel_of(layer), x) == why


def test_inputs_that_a_kernel_cannot_read() -> None:
    layer, x = spiking(), torch.ones(5, 2, 4)
    kernel = kernel_of(layer)
    both = f"there is none for torch.float32, torch.float64, {THROUGHOUT}"
    assert why_not(layer, kernel, x.double()) == both
    assert why_not(layer, kernel, x.requires_grad_()) == ""
    assert why_not(layer, kernel, x.int()) == why_not(layer, kernel, x.half()) == ""
    assert why_not(layer, kernel, x.to(torch.complex64)) == ""  # the layer refuses it
    assert why_not(layer, kernel, x.to("meta")) == "there is none for meta"
    assert why_not(layer, kernel, x.as_subclass(OnGpu)) == DEVICES
    transforms = "there is none for transforms of torch.func and forward-mode derivatives"
    with torch.autograd.forward_ad.dual_level():
        assert why_not(layer, kernel, x) == transforms


def gru() -> Any:
    return tt.rnn.GRU(4, 4)


def another_class(layer: Any) -> None:
    layer.candidate_layer = nn.Tanh()


def a_hook(layer: Any) -> None:
    layer.gate_layers.register_forward_hook(lambda module, inputs, output: None)


def another_dtype(layer: Any) -> None:
    layer.candidate_layer.double()


def another_dtype_throughout(layer: Any) -> None:
    layer.double().H = torch.zeros(2, 4)


def another_dtype_of_a_buffer(layer: Any) -> None:
    layer.register_buffer("scale", torch.ones(1, dtype=torch.float64))


def another_device(layer: Any) -> None:
    layer.gate_layers.to("meta")


WEIGHTS = "its weights are not all of torch.float32 on cpu"
OF_RECURRENCES: list[tuple[Callable[[Any], None], str]] = [
    (id, ""),
    (another_class, "candidate_layer is not a plain nn.Linear"),
    (a_hook, "gate_layers is not a plain nn.Linear"),
    (another_dtype, WEIGHTS),
    (another_dtype_throughout, WEIGHTS),
    (another_dtype_of_a_buffer, WEIGHTS),
    (another_device, WEIGHTS),
]


@pytest.mark.parametrize("change, why", OF_RECURRENCES)
def test_what_the_kernel_of_a_recurrence_cannot_read(
    change: Callable[[Any], None], why: str
) -> None:
    layer, x = gru(), torch.ones(5, 2, 4)
    change(layer)
    assert why_not(layer, kernel_of(layer), x) == why


def test_modes_in_which_no_kernel_of_a_recurrence_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    layer, x = gru(), torch.ones(5, 2, 4)
    kernel = kernel_of(layer)
    with torch.autocast("cpu", torch.bfloat16):
        assert why_not(layer, kernel, x) == "there is none under autocast"
        assert why_not(spiking(), kernel_of(spiking()), x) == ""
    monkeypatch.setattr(torch.compiler, "is_compiling", lambda: True)
    programs = "there is none in programs that torch.compile or torch.export makes"
    assert why_not(layer, kernel, x) == programs
    assert why_not(spiking(), kernel_of(spiking()), x) == ""


# Texts and descriptions


def test_a_kernel_as_text() -> None:
    """What the operators are given as text is what it was made of."""
    firings = {"a": Firing("a"), "m.n:1f:b": Firing("b", "m.n", "1f")}
    for text, firing in firings.items():
        assert str(firing) == text and Firing.parse(text) == firing
    ours, own = firings.values()
    assert (ours.in_kernels, own.in_kernels, ours.declared) == ("a", "own_b", None)
    whole = Kernel("p.q", "2e", (("f", ours), ("g", own)))
    assert str(whole) == "p.q:2e f=a g=m.n:1f:b" and Kernel.parse(str(whole)) == whole
    assert whole.choice == "p.q f=a g=m.n.b"
    assert str(Kernel("p", "")) == "p:" and Kernel.parse("p:") == Kernel("p", "")


def test_the_count_of_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["identity", *(function.__name__ for function in SPIKES)]
    names += ["round_ste", "stochastic_round_ste", "probabilistic_ste"]
    assert [Firing(name).count for name in names] == [0, *7 * [1], 1, 1, 0]
    codes = {"step": (lambda x, one, two: x).__code__}
    monkeypatch.setattr(kernels, "declared", lambda *_: kernels.Declared(Path(), "", codes))
    own = Firing("step", "m", "1f")
    assert own.count == 2
    assert Kernel("", "", (("f", Firing("arctan")), ("g", own))).numbers == (1, 2)


DESCRIPTION = """// A comment.
{"digest": "1f", "parameters": ["p"], "states": ["s"], "functions": {"f": "g"},
// Another one.
 "calls": ["f", "f"], "shared": ["f"], "step": ["def step(self, x, s):", "    return x, s"]}
"""
RECURRENCE = '"recurrence": {"counts": {"A": 1}, "states": ["s"], "lanes": {}, "addends": [null]}'
MORE = DESCRIPTION.replace(
    "{", '{"sizes": ["n"], "modules": {"norm": "LayerNorm"}, ' + RECURRENCE + ", ", 1
)


@pytest.fixture
def described(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The description of the kernel of a module."""
    module = types.ModuleType("described")
    module.__file__ = str(tmp_path / "described.py")
    monkeypatch.setitem(sys.modules, "described", module)
    (tmp_path / "kernels" / "c").mkdir(parents=True)
    return tmp_path / "kernels" / "described.jsonc"


def test_the_description_of_a_kernel(described: Path) -> None:
    with pytest.raises(NoKernel, match="^it was not generated from a spec$"):
        kernels.facts("described", "1f")
    described.write_text(DESCRIPTION, encoding="utf-8")
    found = kernels.facts("described", "1f")  # the error is not remembered
    step = found.step
    assert found == Facts(
        described, "1f", ("p",), ("s",), {"f": "g"}, ("f", "f"), (), ("f",), step, {}, None
    )
    assert step.co_name == "step" and step.co_varnames == ("self", "x", "s")
    assert found.given == ("p",)
    kernels._facts.cache_clear()
    described.write_text(MORE, encoding="utf-8")
    more = kernels.facts("described", "1f")
    assert more.given == ("p", "n") and more.modules == {"norm": "LayerNorm"}
    assert more.recurrence == kernels.Recurrence({"A": 1}, ["s"], {}, [None])  # type: ignore[arg-type]
    assert reason(kernels.facts, "no such module", "1f") == "it was not generated from a spec"


ANEW = "generate both, then import the module anew"
GENERATE = "generate it again"


@pytest.mark.parametrize(
    "text, why",
    [
        ('{"why_not": "it is odd", "digest": "1f"}', "it is odd"),
        (
            DESCRIPTION.replace("1f", "1f0"),
            f"its kernel, PATH, was generated from another spec than its Python module: {ANEW}",
        ),
        ("[1]", f"PATH cannot be read: TypeError(...); {GENERATE}"),
        ("{}", f"PATH cannot be read: KeyError(...); {GENERATE}"),
        ("{", f"PATH cannot be read: JSONDecodeError(...); {GENERATE}"),
        (DESCRIPTION.replace("x, s)", "x"), f"PATH cannot be read: SyntaxError(...); {GENERATE}"),
        (DESCRIPTION.replace("step(", "other("), f"PATH cannot be read: KeyError(...); {GENERATE}"),
        ("[" * 100_000, f"PATH cannot be read: RecursionError(...); {GENERATE}"),
        (DESCRIPTION.replace('["p"]', "3"), f"PATH cannot be read: TypeError(...); {GENERATE}"),
    ],
)
def test_a_description_that_is_not_that_of_the_class(text: str, why: str, described: Path) -> None:
    described.write_text(text, encoding="utf-8")
    found = reason(kernels.facts, "described", "1f").replace(str(described), "PATH")
    assert re.sub(r"\(.*\)", "(...)", found) == why


def test_the_source_of_a_kernel(described: Path) -> None:
    described.write_text(DESCRIPTION, encoding="utf-8")
    found = kernels.facts("described", "1f")
    folder = described.parent
    files = {"c": "c/described.c", "triton": "triton/described.py", "python": "python/described.py"}
    assert {language: found.file(language) for language in files} == {
        language: folder / file for language, file in files.items()
    }
    path = found.file("c")
    missing = f"{path} cannot be read: No such file or directory; {GENERATE}"
    assert reason(found.text, "c") == missing
    path.write_bytes(b"\xff")
    assert "cannot be read: 'utf-8' codec" in reason(found.text, "c")
    for text in ("// Digest of the layer: 1f", "Digest of the functions: 1f\n"):
        path.write_text(text, encoding="utf-8")
        assert found.text("c") == text
    other = f"{path} was generated from another spec than its Python module: {ANEW}"
    for text in ("", "Digest of the layer: 1f0", "Digest of the layer: 2f", "Digest of it: 1f"):
        path.write_text(text, encoding="utf-8")
        assert reason(found.text, "c") == other


# Code


SAME = [
    ("return a", "return a", True),
    ("'One.'; return a", "'Two.'; return a", True),
    ("return a", "return b", False),
    ("return a.one", "return a.two", False),
    ("c = a; return c", "d = a; return d", False),
    ("return a * 1.0", "return a * 2.0", False),
    ("return a * 1", "return a * 1.0", False),
    ("return a * 0.0", "return a * -0.0", False),
    ("return a + b", "return a - b", False),
    ("return a < b", "return a > b", False),
    ("return lambda: a", "return lambda: b", False),
    ("if a: return b\n return a", "if a: return b\n\n return a", True),
    ("if a:\n  pass\n  a = b\n return a", "if a: a = b\n return a", True),
    ("while a:\n  pass\n  a = b\n return a", "while a: a = b\n return a", True),
    ("if a: b = a\n return b", "if a: b = a; return b", False),
    ("if a: a = b\n b = a\n return b", "if a: a = b; b = a\n return b", False),
]


@pytest.mark.parametrize("one, other, is_same", SAME)
def test_which_code_is_the_same(one: str, other: str, is_same: bool) -> None:
    made = [kernels._code(f"def step(a, b):\n {text}", "step") for text in (one, other)]
    assert kernels.is_same(*made) == is_same
    assert kernels.is_same(*reversed(made)) == is_same


class Instruction(NamedTuple):
    opname: str
    argval: object
    offset: int = 0
    opcode: int = -1


def test_instructions_for_two_variables_are_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever version of Python has them."""
    jump = dis.hasjrel[0]
    given = [
        Instruction("RESUME", 0),
        Instruction("LOAD_FAST_BORROW_LOAD_FAST_BORROW", ("a", "b"), 2),
        Instruction("JUMP", 14, 4, jump),
        Instruction("NOP", None, 6),
        Instruction("STORE_FAST_LOAD_FAST", ("a", "b"), 8),
        Instruction("STORE_FAST_STORE_FAST", ("a", "b"), 10),
        Instruction("EXTENDED_ARG", 1, 12),
        Instruction("LOAD_FAST_BORROW", "c", 14),
        Instruction("LOAD_CONST", ("d", "e"), 16),
        Instruction("JUMP_NOWHERE", None, 18, jump),
        Instruction("BINARY_OP", 14, 20),
    ]
    monkeypatch.setattr(dis, "get_instructions", lambda code: given)
    assert kernels._instructions.__wrapped__((lambda: 0).__code__) == [
        *(("RESUME", 0), ("LOAD_FAST", "a"), ("LOAD_FAST", "b"), ("JUMP", 8)),
        *(("STORE_FAST", "a"), ("LOAD_FAST", "b"), ("STORE_FAST", "a"), ("STORE_FAST", "b")),
        *(("LOAD_FAST", "c"), ("LOAD_CONST", ("d", "e")), ("JUMP_NOWHERE", None)),
        ("BINARY_OP", 14),
    ]


def test_what_was_read_once_is_not_read_again() -> None:
    text = kernel_of(gru())
    kernel = Kernel.parse(text)
    assert Kernel.parse(text) is kernel and kernel.facts is Kernel.parse(text).facts
    assert kernel.facts.sequence is kernel.facts.sequence
    code = tt.snn.LIB.step.__code__
    assert kernels._instructions(code) is kernels._instructions(code)


def test_steps_are_compiled_with_the_imports_of_their_modules() -> None:
    """Later versions of Python compile a call of an imported module differently."""
    names: dict[str, Any] = {}
    exec(kernels._ABOVE, names)
    modules = {"math": math, "torch": torch, "nn": nn}
    assert {name: names[name] for name in modules} == modules
    assert "annotations" in names and kernels._ABOVE.startswith("from __future__")
