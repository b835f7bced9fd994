"""Every text of a file that declares all that a file can is replaced in turn, and every key is left
out: what its author is told is as reviewed, in `varied.txt`."""

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


def said(text: str, folder: Path) -> str:
    """Return the first problem of a spec, with the beginning of its hint, and how many there are."""
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
    assert said(TEXT, tmp_path) == "nothing is wrong"


@pytest.mark.parametrize("what", ["values", "keys"])
def test_messages_are_as_reviewed(what: str, tmp_path: Path) -> None:
    whole = yaml.compose(TEXT, yaml.SafeLoader)
    lines = []
    if what == "values":
        for path, node in values(whole):
            lines += [f"{path}: {node.value}"]
            lines += [f"    {new}: {said(with_text(node, new), tmp_path)}" for new in VALUES]
    else:
        for path, node in keys(whole):
            lines += [f"{path}: {said(with_text(node, 'other'), tmp_path)}"]
    assert_as_reviewed("\n".join(lines) + "\n", HERE / "golden" / f"varied_{what}.txt")
