"""The JSON Schema for editors and the loader agree on what a file may look like."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from codegen.__main__ import main
from codegen.language.functions import TIMESTEP
from codegen.reading.load import extend, load_library
from codegen.reading.problems import SpecError
from tests.support.reviewed import assert_as_reviewed

ROOT = Path(__file__).parents[2]
SPECS = sorted(
    (*(ROOT / "docs" / "neurons").glob("*.yaml"), *(ROOT / "spec" / "zoo").rglob("*.yaml"))
)


@pytest.fixture
def schema(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    assert main(["schema"]) == 0
    schema = json.loads(capsys.readouterr().out)
    jsonschema.Draft202012Validator.check_schema(schema)
    return schema


def fits(content: Any, schema: dict[str, Any]) -> bool:
    return jsonschema.Draft202012Validator(schema).is_valid(content)


def is_loaded(content: Any, folder: Path, name: str) -> bool:
    path = folder / f"{name}.yaml"
    (folder / f"{name}_reference.py").touch()
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
    try:
        extend(ROOT / "spec", path)
    except SpecError:
        return False
    return True


def mappings(content: Any) -> Iterator[dict[str, Any]]:
    """All mappings within, the outermost first."""
    if isinstance(content, dict):
        yield content
    for part in content.values() if isinstance(content, dict) else content:
        if isinstance(part, (dict, list)):
            yield from mappings(part)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.stem)
def test_specs_fit(spec: Path, schema: dict[str, Any], tmp_path: Path) -> None:
    content = yaml.safe_load(spec.read_text(encoding="utf-8"))
    assert fits(content, schema) and is_loaded(content, tmp_path, spec.stem)


@pytest.mark.parametrize("name", ["adaptive", "gated", "izhikevich"])
def test_a_key_less_or_more(name: str, schema: dict[str, Any], tmp_path: Path) -> None:
    """Whatever the schema refuses, the loader refuses; and an unknown key is refused by both."""
    content = yaml.safe_load((ROOT / "docs" / "neurons" / f"{name}.yaml").read_text("utf-8"))
    refused = 0
    for place, mapping in enumerate(mappings(content)):
        for key in mapping:
            less = copy.deepcopy(content)
            del list(mappings(less))[place][key]
            if not fits(less, schema):
                refused += 1
                assert not is_loaded(less, tmp_path, name), key
        more = copy.deepcopy(content)
        list(mappings(more))[place]["un known"] = {"doc": "x"}
        assert not is_loaded(more, tmp_path, name)
    assert refused > 5


def test_it_is_as_reviewed(schema: dict[str, Any]) -> None:
    """To accept a change, set UPDATE_GOLDEN=1."""
    golden = Path(__file__).with_name("golden") / "schema.json"
    assert_as_reviewed(json.dumps(schema, indent=2) + "\n", golden)


def test_it_lists_the_functions_of_the_language(schema: dict[str, Any]) -> None:
    for definition in ("expression", "statement"):
        _, _, listed = schema["$defs"][definition]["description"].partition("the functions ")
        assert listed.split(", ") == sorted(TIMESTEP)


def test_it_lists_the_functions_that_may_be_defaults(schema: dict[str, Any]) -> None:
    listed, _ = schema["$defs"]["function"]["anyOf"]
    assert sorted(listed["enum"]) == sorted(load_library(ROOT / "spec").functional.defaults)
    assert {"round_ste", "sigmoid4x", "identity"} < {*listed["enum"]}


@pytest.mark.parametrize("key", ["package", "parameters", "prefixes"])
def test_an_unknown_key(key: str, schema: dict[str, Any]) -> None:
    content = yaml.safe_load((ROOT / "docs" / "neurons" / "adaptive.yaml").read_text("utf-8"))
    record = content[key] if key == "package" else next(iter(content[key].values()))
    record["colour"] = "red"
    assert not fits(content, schema)


def test_a_text_in_the_place_of_a_description(schema: dict[str, Any], tmp_path: Path) -> None:
    """Where `doc` is all that is needed, and nowhere else."""
    content = yaml.safe_load((ROOT / "docs" / "neurons" / "izhikevich.yaml").read_text("utf-8"))
    tried = set[bool]()
    for place, mapping in enumerate(mappings(content)):
        for key, record in mapping.items():
            if isinstance(record, dict) and "doc" in record:
                short = copy.deepcopy(content)
                list(mappings(short))[place][key] = record["doc"]
                assert fits(short, schema) == is_loaded(short, tmp_path, "izhikevich")
                tried.add(fits(short, schema))
    assert tried == {False, True}


@pytest.mark.usefixtures("read_once")
@pytest.mark.parametrize(
    ("least", "expected"), [(3, True), (-1, True), ("any", True), ("all", False), (2.5, False)]
)
def test_the_minimum_of_an_argument(
    least: object, expected: bool, schema: dict[str, Any], tmp_path: Path
) -> None:
    layer = {"name": "mine", "doc": "Remembers.", "states": {"mem": "membrane"}, "output": "mem"}
    layer |= {"arguments": {"delay": {"doc": "d", "default": 4, "least": least}, "dim": {}}}
    layer |= {"update": ["mem = 0.5 * mem + delay * x"]}
    content = {"package": "Layers for a test", "layers": {"Mine": layer}}
    assert fits(content, schema) == is_loaded(content, tmp_path, "mine") == expected
