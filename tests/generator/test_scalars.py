"""How a single value of a spec is read, and what is said about one of another type."""

from __future__ import annotations

from pathlib import Path

import pytest

from codegen.reading.problems import Notes
from codegen.reading.yaml_file import YamlFile

TEXT = "this must be a text = "
NUMBER = "this must be a number = "
NO_DOCSTRING = (
    'the text does not fit a docstring = write one line, without backslashes and without """'
)
BOOLEAN = "this must be true or false = write true or false"
EITHER = "this must be true, false or a number = write one of them, without quotes"
PLAIN = "as another number; write a plain decimal"
COMMA = "; a comma ends a text inside { } that has no quotes"
QUOTES = "put it in quotes"

CASES = [
    ("text", "a b", "a b"),
    ("text", '"7"', "7"),
    ("text", "7", f"{TEXT}YAML reads 7 as a number; {QUOTES}"),
    ("text", "0.5", f"{TEXT}YAML reads 0.5 as a number; {QUOTES}"),
    ("text", "no", f"{TEXT}YAML reads no as true or false; {QUOTES}"),
    ("text", "2026-01-02", f"{TEXT}YAML reads 2026-01-02 as a date; {QUOTES}"),
    ("text", "<<", f"{TEXT}YAML reads << as a merge of mappings; {QUOTES}"),
    ("text", "!own 7", f"{TEXT}YAML reads 7 as !own; {QUOTES}"),
    ("text", "!!binary abcd", f"{TEXT}YAML reads abcd as binary; {QUOTES}"),
    ("text", "", f"{TEXT}write a text{COMMA}"),
    ("text", "null", f"{TEXT}write a text{COMMA}"),
    ("text", "[a]", f"{TEXT}write a text"),
    ("text", "{a: b}", f"{TEXT}write a text"),
    ("text", '""', "the text is empty = write a text"),
    ("text", '" "', "the text is empty = write a text"),
    ("text", '"a\\nb"', NO_DOCSTRING),
    ("text", "'a\\b'", NO_DOCSTRING),
    ("text", '\'a"""b\'', NO_DOCSTRING),
    ("text", "'a\"\"b'", 'a""b'),
    ("number", "7", 7.0),
    ("number", "-0.5", -0.5),
    ("number", "+5.", 5.0),
    ("number", "1.5e+3", 1500.0),
    ("number", "-2.5e-3", -0.0025),
    ("number", "0", 0.0),
    ("number", "010", f"{NUMBER}YAML may read 010 {PLAIN}"),
    ("number", "190:20:30", f"{NUMBER}YAML may read 190:20:30 {PLAIN}"),
    ("number", ".inf", f"{NUMBER}YAML may read .inf {PLAIN}"),
    ("number", "1_000", f"{NUMBER}YAML may read 1_000 {PLAIN}"),
    ("number", "1e5", f"{NUMBER}YAML reads 1e5 as text; write 1.0e+5"),
    ("number", "-1.25E5", f"{NUMBER}YAML reads -1.25E5 as text; write -1.25e+5"),
    ("number", "9e-1", f"{NUMBER}YAML reads 9e-1 as text; write 9.0e-1"),
    ("number", "1.5E5", f"{NUMBER}YAML reads 1.5E5 as text; write 1.5e+5"),
    ("number", '"+3e+5"', f"{NUMBER}YAML reads +3e+5 as text; write +3.0e+5"),
    ("number", '"7"', f"{NUMBER}remove the quotes"),
    ("number", "'-0.5'", f"{NUMBER}remove the quotes"),
    ("number", '"010"', f"{NUMBER}write a number"),
    ("number", "!!str 7", f"{NUMBER}write a number"),
    ("number", "seven", f"{NUMBER}write a number"),
    ("number", "", f"{NUMBER}write a number{COMMA}"),
    ("number", "yes", f"{NUMBER}YAML reads yes as true or false; {QUOTES}"),
    ("number", "[7]", f"{NUMBER}write a number"),
    ("integer", "7", 7),
    ("integer", "-7.0", -7),
    ("integer", "0.5", "this must be a whole number = write a whole number"),
    ("integer", "a", f"{NUMBER}write a number"),
    ("boolean", "true", True),
    ("boolean", "false", False),
    ("boolean", '"true"', True),
    ("boolean", "True", BOOLEAN),
    ("boolean", "on", BOOLEAN),
    ("boolean", "1", BOOLEAN),
    ("boolean", "[true]", BOOLEAN),
    ("boolean", "{true: false}", BOOLEAN),
    ("boolean_or_number", "true", True),
    ("boolean_or_number", "false", False),
    ("boolean_or_number", "off", BOOLEAN),
    ("boolean_or_number", "0.5", 0.5),
    ("boolean_or_number", "2", 2.0),
    ("boolean_or_number", "0", 0.0),
    ("boolean_or_number", "010", f"{NUMBER}YAML may read 010 {PLAIN}"),
    ("boolean_or_number", '"true"', EITHER),
    ("boolean_or_number", '"2"', EITHER),
    ("boolean_or_number", "[2]", EITHER),
    ("method", "_register_decay", "_register_decay"),
    ("method", "_register_", "_register_ registers no parameter = write _register_..."),
    ("method", "register_decay", "register_decay registers no parameter = write _register_..."),
    ("method", "_register_2", "_register_2 registers no parameter = write _register_..."),
    ("method", "7", f"{TEXT}YAML reads 7 as a number; {QUOTES}"),
]


@pytest.mark.parametrize(("kind", "written", "expected"), CASES)
def test_a_value(kind: str, written: str, expected: object, tmp_path: Path) -> None:
    path, notes = tmp_path / "own.yaml", Notes()
    path.write_text(f"key: {written}\n", encoding="utf-8")
    file = YamlFile(path, notes)
    assert file.root
    ((_, node),) = file.mapping(file.root, "the file").items()
    found = getattr(file, kind)(node)
    problems = [f"{problem.message} = {problem.hint}" for problem in notes.problems]
    assert (problems or [found]) == [expected] and (problems or type(found) is type(expected))
    assert all(problem.location.column == 5 + bool(written) for problem in notes.problems)


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("a: b: c\n", (1, 5), 'mapping values are not allowed here; a text with ": " needs quotes'),
        ("a: 'b': c\n", (1, 7), "mapping values are not allowed here"),
        ("a: b\n  c: d\n", (2, 4), "mapping values are not allowed here"),
        ("a: [b\n", (2, 1), "expected ',' or ']', but got '<stream end>'"),
        ("a: *b\n", (1, 4), "found undefined alias 'b'"),
        ("a: &b c\nd: &b e\n", (2, 4), "second occurrence"),
    ],
)
def test_what_is_not_yaml(text: str, place: tuple[int, int], message: str, tmp_path: Path) -> None:
    path, notes = tmp_path / "own.yaml", Notes()
    path.write_text(text, encoding="utf-8")
    assert YamlFile(path, notes).root is None
    (problem,) = notes.problems
    said, _, more = message.partition("; ")
    assert (problem.location.line, problem.location.column) == place
    assert problem.message == f"not YAML: {said}"
    assert problem.hint == "check indentation and quotes here" + f"; {more}" * bool(more)
