"""Each text and each key of a file that declares all that a file can is replaced in turn.

The messages in `golden/varied_*.txt` are read by a person before they are committed.
"""

from __future__ import annotations

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


def test_a_name_of_a_file_that_cannot_be_a_package(tmp_path: Path) -> None:
    path = tmp_path / "two words.yaml"
    path.write_text(TEXT, encoding="utf-8")
    with pytest.raises(SpecError) as caught:
        extend(HERE / "good_spec", path)
    (problem,) = caught.value.problems
    assert (problem.location.line, problem.location.column) == (1, 1)
