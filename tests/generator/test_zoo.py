"""What a file takes over from a small zoo: the parts that it names, and what these need."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from codegen.reading.load import extend
from codegen.reading.problems import SpecError

FIRST = """package: Neurons
parameters:
  rho: {constraint: decay, default: 0.5, doc: read by T}
  tau: {constraint: decay, default: 0.5, doc: the decay of LIZ}
  mu: {constraint: decay, default: 0.5, doc: a factor in U}
  nu: {constraint: decay, default: 0.5, doc: read by a layer}
functions:
  fire_fn: {default: arctan, doc: called by LIZ}
  map_fn: {default: identity, doc: called by T}
prefixes:
  T:
    name: t
    doc: T.
    families: [LIB, LIZ]
    trace: {state: slow, decay: rho, input: map_fn(x), split: false, doc: slow trace}
    replaces: {x: slow}
  U: {name: u, doc: U., families: [LIY], drive: mu * x}
  V: {name: v, doc: V., drive: 0.5 * x}
families:
  LIZ:
    extends: LIB
    name: z
    doc: Z.
    prefixes: [S, V]
    trace: {state: mem, decay: tau, input: x, doc: membrane}
    fire: [spikes = fire_fn(mem - theta)]
  LIY: {extends: LIB, name: y, doc: Y., prefixes: [S]}
only: [TLIB, TLIZ, LIZ, VLIZ, LIY, ULIY]
layers:
  Mine: {name: m, doc: M., states: {mem: m}, update: [mem = nu * mem + x], output: mem}
"""
SECOND = """package: More neurons
parameters:
  rho: {constraint: threshold, default: 0.5, doc: read by W}
  mu: {constraint: decay, default: 0.5, doc: a factor in U}
prefixes:
  W: {name: w, doc: W., families: [LIB], drive: rho * x}
  Y: {name: y, doc: Y., families: [LIB], drive: mu * x}
only: [WLIB, YLIB]
"""

PREFIX = "prefixes: {Q: {name: q, doc: Q., families: [LIQ], drive: x}}\n"


def family(letters: str, extends: str = "LIB") -> str:
    own = f"{{extends: {extends}, name: mine, doc: M., prefixes: [{letters}]}}"
    return f"families: {{LIX: {own}}}\n"


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    """A folder with the spec and its zoo."""
    shutil.copytree(Path(__file__).parent / "good_spec", tmp_path / "spec")
    (tmp_path / "spec" / "zoo").mkdir()
    for name, text in (("first", FIRST), ("second", SECOND)):
        (tmp_path / "spec" / "zoo" / f"{name}.yaml").write_text(text)
    return tmp_path / "spec"


def written(spec: Path, text: str) -> Path:
    path = spec.parent / "own.yaml"
    path.write_text(f"package: Mine\n{text}")
    return path


@pytest.mark.parametrize(
    ("text", "families", "prefixes", "parameters", "functions"),
    [
        (family("S"), [], [], [], []),
        (PREFIX.replace("LIQ", "LIB"), [], [], [], []),
        (family("T"), [], ["T "], ["rho"], ["map_fn"]),
        (family("U, S"), [], ["U "], ["mu"], []),
        (family("V, T"), [], ["T ", "V "], ["rho"], ["map_fn"]),
        (family("S", "LIY"), ["LIY"], ["U LIY"], ["mu"], []),
        (family("S", "LIZ"), ["LIZ"], ["T LIZ", "V "], ["rho", "tau"], ["fire_fn", "map_fn"]),
        (family("U", "LIY"), ["LIY"], ["U LIY"], ["mu"], []),
        (family("Y"), [], ["Y "], ["mu"], []),
        (family("Y, U"), [], ["U ", "Y "], ["mu"], []),
        (PREFIX.replace("LIQ", "LIB, LIY"), ["LIY"], ["U LIY"], ["mu"], []),
        (family("").replace(", prefixes: []", ""), [], [], [], []),
    ],
)
def test_what_is_taken_over(
    text: str,
    families: list[str],
    prefixes: list[str],
    parameters: list[str],
    functions: list[str],
    spec: Path,
) -> None:
    """No other prefixes, parameters and functions, and prefixes for these families alone."""
    base = extend(spec, written(spec, text)).extends
    assert base and [one.name for one in base.families] == ["LIB", *families]
    found = [f"{one.letter} {' '.join(one.families)}" for one in base.prefixes]
    assert found == ["D ", "S ", *prefixes]
    assert [one.name for one in base.parameters] == ["alpha", "beta", "theta", *parameters]
    assert [one.name for one in base.functions] == ["spike_fn", *functions]
    assert not base.layers and (base.name == "zoo") == bool(families or prefixes)


REFUSED = {
    "another parameter of one name": (
        family("T, W"),
        "2:67 W has another rho than what is taken over before = take over one of them",
    ),
    "an unknown letter": (family("S, K"), "2:67 unknown prefix K = allowed: D, S, T, U, V, W, Y"),
    "an unknown letter beside one of the zoo": (
        family("W, K"),
        "2:67 unknown prefix K = allowed: D, S, W, T, U, V, Y",
    ),
    "an unknown family": (family("S", "KLM"), "2:27 unknown family KLM = allowed: LIB, LIZ, LIY"),
    "an unknown family of a prefix": (
        PREFIX,
        "2:45 unknown family LIQ = did you mean LIZ? Allowed: LIB, LIZ, LIY",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_not_even_the_zoo_has(what: str, spec: Path) -> None:
    text, expected = REFUSED[what]
    with pytest.raises(SpecError) as caught:
        extend(spec, written(spec, text))
    found = [
        f"{one.location.line}:{one.location.column} {one.message} = {one.hint}"
        for one in caught.value.problems
    ]
    assert found == [expected]


def test_the_zoo_is_read_only_if_a_file_names_a_part_of_it(spec: Path) -> None:
    """It may be wrong otherwise."""
    (spec / "zoo" / "first.yaml").write_text("package: Neurons\nlayers: {}\n")
    extend(spec, written(spec, family("S")))
    with pytest.raises(SpecError, match="first.yaml(.*\n)*.*the file declares no layers"):
        extend(spec, written(spec, family("S, T")))
