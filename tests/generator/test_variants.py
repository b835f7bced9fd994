"""Each text and each key of a file that declares all that a file can is replaced in turn.

The messages in `golden/varied_*.txt` are read by a person before they are committed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from codegen.reading.load import extend
from codegen.reading.problems import SpecError
from tests.support.reviewed import assert_as_reviewed

HERE = Path(__file__).parent
SPEC = HERE / "varied.yaml"
TEXT = SPEC.read_text(encoding="utf-8")
VALUES = ('""', "7", "-0.5", "missing", "[]")


def values(node: yaml.Node, path: str = "") -> Iterator[tuple[str, yaml.ScalarNode]]:
    """Yield each text that is no key, and the keys and indices that lead to it."""
    if isinstance(node, yaml.ScalarNode):
        yield path, node
    for place, part in enumerate(node.value if isinstance(node, yaml.SequenceNode) else ()):
        yield from values(part, f"{path}[{place}]")
    for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
        yield from values(value, f"{path}.{key.value}".lstrip("."))


def keys(node: yaml.Node, path: str = "") -> Iterator[tuple[str, yaml.ScalarNode]]:
    """Yield each key, likewise."""
    for place, part in enumerate(node.value if isinstance(node, yaml.SequenceNode) else ()):
        yield from keys(part, f"{path}[{place}]")
    for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
        name = f"{path}.{key.value}".lstrip(".")
        yield name, key
        yield from keys(value, name)


def with_text(node: yaml.Node, text: str) -> str:
    return TEXT[: node.start_mark.index] + text + TEXT[node.end_mark.index :]


def first_problem(text: str, folder: Path) -> str:
    """Return the first problem of a spec, the beginning of its hint, and how many problems follow."""
    path = folder / "varied.yaml"
    path.write_text(text, encoding="utf-8")
    try:
        extend(HERE / "good_spec", path)
    except SpecError as error:
        first, *others = error.problems
        where = f"{first.location.line}:{first.location.column}"
        more = f" and {len(others)} more" * bool(others)
        return f"{where} {first.message} = {first.hint[:60]}{more}"
    return "nothing is wrong"


def test_nothing_is_wrong(tmp_path: Path) -> None:
    assert first_problem(TEXT, tmp_path) == "nothing is wrong"


@pytest.mark.parametrize("what", ["values", "keys"])
def test_messages_are_as_reviewed(what: str, tmp_path: Path) -> None:
    whole = yaml.compose(TEXT, yaml.SafeLoader)
    lines = []
    if what == "values":
        for path, node in values(whole):
            lines += [f"{path}: {node.value}"]
            lines += [
                f"    {new}: {first_problem(with_text(node, new), tmp_path)}" for new in VALUES
            ]
    else:
        for path, node in keys(whole):
            lines += [f"{path}: {first_problem(with_text(node, 'other'), tmp_path)}"]
    assert_as_reviewed("\n".join(lines) + "\n", HERE / "golden" / f"varied_{what}.txt")


EDITS = {
    "a difference for a number": (
        "num_channels: num_neurons}",
        "num_channels: num_neurons, eps: 1 - 0.5}",
        "nothing is wrong",
    ),
    "a word that an argument does not take": (
        "{GroupNorm: {num_groups: 1, num_channels: num_neurons}}",
        "{GELU: {approximate: wrong}}",
        "unknown approximate wrong = allowed: none, tanh",
    ),
    "neurons are at least one": (
        "levels: {default: 4, least: 2,",
        "levels: {default: -1, auto: 12 // num_neurons,",
        "nothing is wrong",
    ),
    "a division by 0 for some size": (
        "num_neurons // 2",
        "8 // (num_neurons - 4)",
        "this divides by num_neurons - 4, which is 0 for num_neurons = 4",
    ),
    "an initial value that does not fit": (
        "count: {initial: rho,",
        'count: {initial: "unsqueeze(theta, -1)",',
        "the state is [..., num_neurons], but this is [num_neurons, 1]",
    ),
    "a name that resets have": (
        "  gain: {",
        "  reset: {constraint: decay, default: 0.5, doc: none}\n  gain: {",
        "reset has a meaning already: it is the reset of a trace = choose another name",
    ),
    "a share that is no number": (
        "  M:\n",
        "  T:\n    name: parted\n    doc: Parts.\n    split:\n"
        "      up: {function: positive, reset_share: much}\n"
        "      low: {function: negative, reset_share: 0.4}\n  M:\n",
        "a second prefix splits the traces = only one prefix may, and D does in the snn spec "
        "and 1 more",
    ),
    "a constraint and a default outside of it": (
        "beta: {default: 0.5, rank: 0}",
        "beta: {default: 0.5, constraint: above}",
        "38:34 the default 0.5 is outside the domain of above = it must be above 1",
    ),
    "a name that a split of the spec makes": (
        "  gain: {",
        "  pos_beta: {constraint: decay, default: 0.5, doc: none}\n  gain: {",
        "1:1 splitting beta makes a second pos_beta = pos_beta is declared in line 13",
    ),
    "an initial value that divides by 0 for some size": (
        'initial: "unsqueeze(gain, -1)"',
        'initial: "unsqueeze(gain, -1) / (kernel - 3)"',
        "this divides by kernel - 3, which is 0 for kernel = 3",
    ),
    "operators of what is computed once": (
        "order = unsqueeze(count(rank), 1)",
        "order = unsqueeze(eye(rank) @ count(rank) * 2 ** (rank // 1 - 1) / 2 + 1, 1)",
        "nothing is wrong",
    ),
    "operators of numbers of modules": (
        "num_channels: num_neurons}",
        "num_channels: num_neurons, eps: (num_neurons // 2 + 2 - 1) * 2 / 3}",
        "nothing is wrong",
    ),
    "other operators of numbers of modules": (
        "num_channels: num_neurons}",
        "num_channels: num_neurons, eps: 2 ** num_neurons}",
        "** is not allowed here = use + - * / //",
    ),
    "operators of a timestep": (
        "- u = x\n",
        "- u = (x + 1 - x) * x / (2 // 1)\n",
        "nothing is wrong",
    ),
    "other operators of a timestep": ("- u = x\n", "- u = x ** 2\n", "** is not allowed here"),
    "equal parts": ("split(down(u), rank, rank)", "chunk(down(u), 2)", "nothing is wrong"),
    "a map of a number": (
        "split(down(u), rank, rank)",
        "split(down(sum(u, -1)), rank, rank)",
        "down maps num_neurons inputs, but sum(u, -1) is [...] = write linear: [1, ...]",
    ),
}


@pytest.mark.parametrize("edit", EDITS)
def test_edits(edit: str, tmp_path: Path) -> None:
    old, new, message = EDITS[edit]
    assert TEXT.count(old) == 1
    found = first_problem(TEXT.replace(old, new), tmp_path)
    assert message in found and ("more" in found) == ("more" in message)


NEW = "{extends: LIB, name: mine, doc: Mine."
PREFIX = "  T: {name: t, doc: T., families: [LIB],"
SPLIT = "so only a trace can read it = leave D out: prefixes: [S, A, M]"
BETA = f"D splits beta into pos_beta and neg_beta, {SPLIT}"
UPDATED = f"  LIU: {NEW}, prefixes: [], update: [mem = 0.5 * mem + x]}}\n  LIX: {{extends: LIU, "
VOLT = "trace: {state: volt, decay: beta, input: x, doc: v}, fire: [spikes = spike_fn(volt)]}"
LOW = (
    "prefixes: [], states: {mem: m, low: l}, update: [low = x], "
    "fire: [spikes = spike_fn(mem + low)]"
)
DRIVE = (
    "states: {mem: m, drive: d}, update: [mem = mem + x, drive = x], "
    "fire: [spikes = spike_fn(mem - drive)]"
)
TAKEN = "rename one of them"
MAP = "modules: {map: {linear: [in_features, num_neurons]}}"
WIDE = (
    "arguments: {in_features: {}, num_neurons: {}, dim: {}}, "
    f"features: [in_features, num_neurons], {MAP}"
)

ADDED = {
    # A family of its own reads a parameter that D splits
    "in fire": (
        "families",
        f"  LIX: {NEW}, fire: [spikes = spike_fn(mem - beta)]}}",
        f"31:78 {BETA}",
    ),
    "in update": (
        "families",
        f"  LIX: {NEW}, update: [mem = mem + alpha * x]}}",
        f"31:68 D splits alpha into pos_alpha and neg_alpha, {SPLIT}",
    ),
    "in reset": ("families", f"  LIX: {NEW}, reset: spikes * beta}}", f"31:63 {BETA}"),
    "in output": ("families", f"  LIX: {NEW}, output: spikes * beta}}", f"31:64 {BETA}"),
    # What a family has
    "a reset of another size": (
        "families",
        f"  LIX: {NEW}, reset: {{by: 'sum(spikes, -1)', at: start}}}}",
        "31:60 the trace is [..., num_neurons], but this is [...] = make it [..., num_neurons], by "
        "unsqueeze(sum(spikes, -1), -1",
    ),
    "a trace in the place of an update": (
        "families",
        f"{UPDATED}name: mine, doc: Mine., {VOLT}",
        "32:3 nothing sets mem = set mem in fire, or leave it out: without: [states]",
    ),
    "a trace in the place of an update and its states": (
        "families",
        f"{UPDATED}without: [states], name: mine, doc: Mine., {VOLT}",
        "nothing is wrong",
    ),
    "a state that the reset alone sets": ("families", f"  LIX: {NEW}, {LOW}}}", "nothing is wrong"),
    "a state that nothing sets": (
        "families",
        f"  LIX: {NEW}, without: [reset], {LOW}}}",
        "31:88 nothing sets mem = write mem = ..., or leave the state out",
    ),
    "a value that what it takes over reads": (
        "families",
        f"  LIX: {NEW}, fire: [fired = spike_fn(mem - theta)], output: fired}}",
        "31:3 in LIX, spikes is read, but never set = set it in fire, or declare it under states",
    ),
    # Names of files
    "layer": (
        "families",
        f"  LAYER: {NEW}}}",
        f"31:3 family LAYER and a hand-written module would share the file layer.py = {TAKEN}",
    ),
    "tests": (
        "families",
        f"  Test_varied: {NEW}}}",
        f"31:3 family Test_varied and the tests would share the file test_varied.py = {TAKEN}",
    ),
    "tests of spikes": (
        "families",
        f"  Test_varied_spikes: {NEW}}}",
        "31:3 family Test_varied_spikes and the tests would share the file test_varied_spikes.py"
        f" = {TAKEN}",
    ),
    "spikes": (
        "families",
        f"  Spikes: {NEW}}}",
        f"31:3 family Spikes and the spike functions would share the file spikes.py = {TAKEN}",
    ),
    "a module of the base": ("families", f"  FLEX: {NEW}, prefixes: []}}", "nothing is wrong"),
    # A state with the name of the input of an update with drives
    "drive beside a trace": (
        "families",
        f"  LIX: {NEW}, prefixes: [M], states: {{drive: d}}, fire: "
        "[drive = x, spikes = spike_fn(mem - drive)]}",
        "nothing is wrong",
    ),
    "drive in an update": (
        "families",
        f"  LIX: {NEW}, prefixes: [S], {DRIVE}}}",
        "nothing is wrong",
    ),
    "drive in an update with drives": (
        "families",
        f"  LIX: {NEW}, prefixes: [M], {DRIVE}}}",
        "31:3 in MLIX, drive would mean two things = it is the input of update with the drives of "
        "prefixes; renam",
    ),
    # What a prefix may do alone
    "replaces": ("prefixes", f"{PREFIX} replaces: {{theta: 2 * theta}}}}", "nothing is wrong"),
    "replaces the input": ("prefixes", f"{PREFIX} replaces: {{x: 2 * x}}}}", "nothing is wrong"),
    "replaces a decay": (
        "prefixes",
        f"{PREFIX} replaces: {{beta: 0.5 * beta}}}}",
        "17:3 T replaces beta, the decay of LIB = leave it out: a decay cannot be replaced",
    ),
    "replaces what the family does not have": (
        "prefixes",
        f"{PREFIX} replaces: {{alpha: 0.5 * alpha}}}}",
        "nothing is wrong",
    ),
    "drives": ("prefixes", f"{PREFIX} drive: x}}", "nothing is wrong"),
    "traces": (
        "prefixes",
        f"{PREFIX} trace: {{state: late, decay: rho, input: x, split: false, observed: true, "
        "doc: t}}",
        "nothing is wrong",
    ),
    "updates": (
        "prefixes",
        f"{PREFIX} update: [y = x]}}",
        "17:51 nothing reads y = read it, or leave it out",
    ),
    "nothing": (
        "prefixes",
        f"{PREFIX} source: none}}",
        "17:3 prefix T does nothing = add trace: or split:",
    ),
    "splits": (
        "prefixes",
        f"{PREFIX} split: {{up: {{function: positive, reset_share: 1}}}}}}",
        "17:49 a second prefix splits the traces = only one prefix may, and D does in the snn spec",
    ),
    "reads what a trace splits": (
        "prefixes",
        f"{PREFIX} drive: theta * x}}",
        "17:3 in DTLIB, theta is read, but never set = a trace that is split reads it too; use "
        "another parameter, o",
    ),
    "a map of one size": (
        "prefixes",
        f"{PREFIX} modules: {{map: {{linear: [3]}}}}, drive: map(x)}}",
        "17:66 linear needs two sizes = write [inputs, outputs] and 1 more",
    ),
    "as many as may be": (
        "prefixes",
        "".join(f"  {c}: {{name: 7, doc: T., families: [LIB], drive: x}}\n" for c in "TUVW"),
        "17:13 this must be a text = YAML reads 7 as a number; put it in quotes and 3 more",
    ),
    "one too many": (
        "prefixes",
        "".join(f"  {c}: {{name: 7, doc: T., families: [LIB], drive: x}}\n" for c in "TUVWX"),
        "17:3 LIB takes 9 prefixes, which make too many layers = at most 8 may apply to it "
        "and 5 more",
    ),
    # A layer with other features than its input
    "as many parameters as outputs": (
        "layers",
        f"  Two: {{name: two, doc: Two., {WIDE}, states: {{mem: {{initial: beta, doc: m}}}}, "
        "update: [mem = beta * mem + map(x)], output: mem}",
        "nothing is wrong",
    ),
    "as many parameters as inputs": (
        "layers",
        f"  Two: {{name: two, doc: Two., {WIDE}, states: {{mem: m}}, "
        "update: [mem = map(beta * x) + mem], output: mem}",
        "50:216 [num_neurons] does not fit [..., in_features]: num_neurons is not in_features = "
        "sizes must be equal, or 1, which unsqueeze adds",
    ),
}


@pytest.mark.parametrize("what", ADDED)
def test_added(what: str, tmp_path: Path) -> None:
    """A family, a prefix or a layer is added; a family is one that is made."""
    section, text, expected = ADDED[what]
    changed = TEXT.replace(f"\n{section}:\n", f"\n{section}:\n{text}\n")
    if section == "families":
        letters = "".join(re.findall(r"LIX.*prefixes: \[([SM])\]", text))
        last = text.rsplit("\n  ", 1)[-1].partition(":")[0].strip()
        changed = changed.replace("only: [", f"only: [{letters}{last}, ")
    if section == "prefixes":
        changed = changed.replace("only: [", "only: [DTLIB, ")
    assert first_problem(changed, tmp_path) == expected


def test_a_name_of_a_file_that_cannot_be_a_package(tmp_path: Path) -> None:
    path = tmp_path / "two words.yaml"
    path.write_text(TEXT, encoding="utf-8")
    with pytest.raises(SpecError) as caught:
        extend(HERE / "good_spec", path)
    (problem,) = caught.value.problems
    assert (problem.location.line, problem.location.column) == (1, 1)
