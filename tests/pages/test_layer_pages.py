"""The pages that the spec prints say what the classes are, and the map leads to all of them."""

from __future__ import annotations

import inspect
import re
from dataclasses import replace
from functools import cache
from itertools import permutations
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree

import pytest
import torch
import yaml
from torch import nn

import tracetorch as tt
from codegen.classes.docstrings import note_on_parameters
from codegen.documentation.examples import EXAMPLES
from codegen.documentation.latex import equations
from codegen.documentation.pages import pages
from codegen.documentation.picture import color
from codegen.grammar import layers
from codegen.language.functions import INITIAL_FUNCTIONS, TIMESTEP
from codegen.model import Layer, Package
from codegen.reading import format as spec_format
from codegen.reading.format import SECTIONS, BranchRecord, Section
from codegen.reading.load import extend, load_library
from codegen.reading.record import Record
from tests.support import zoo
from tests.support.reviewed import assert_as_reviewed

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
LIBRARY = load_library(ROOT / "spec")
PACKAGES, ZOO = LIBRARY.packages, LIBRARY.zoo
LAYERS = {layer.name: layer for package in PACKAGES for layer in layers(package)}
SNN = (ROOT / "spec" / "snn.yaml").read_text(encoding="utf-8")
Places = dict[tuple[str | None, str | None], str]
BUILT_IN = {"FileRecord": "ExtensionRecord", "PackageRecord": "ExtensionPackageRecord"}
"""The records of built-in specs, which nobody else writes, by those of a file of one's own."""


@cache
def printed() -> dict[str, str]:
    """The pages, by their path."""
    return {str(path): text for path, text in pages(LIBRARY).items()}


def page(name: str) -> str:
    """That of a layer."""
    return printed()[f"layers/{name.lower()}.md"]


def the_map() -> str:
    return printed()["layers/index.md"]


def format_page() -> str:
    return printed()["extend/format.md"]


def table(text: str, heading: str) -> list[list[str]]:
    """The rows of the table below a heading, cell by cell, without the marks of code."""
    _, _, below = text.partition(f"\n## {heading}\n")
    rows = re.findall(r"^\| (.*) \|$", below.partition("\n## ")[0], re.MULTILINE)
    return [[cell.strip() for cell in row.replace("`", "").split(" | ")] for row in rows[1:]]


def default(argument: inspect.Parameter) -> str:
    value = argument.default
    if value is argument.empty:
        return ""
    if isinstance(value, nn.Module):
        return {"Identity": "nn.Identity()", "_RoundSTE": "round_ste()"}[type(value).__name__]
    return value.__name__ if callable(value) else str(value)


def test_there_is_a_page_for_each_layer_and_no_other() -> None:
    expected = {f"layers/{name.lower()}.md" for name in zoo.ALL}
    expected |= {f"zoo/{package.name}.md" for package in ZOO.packages}
    lists = {"layers/index.md", "zoo/index.md", "extend/format.md"}
    assert printed().keys() == expected | lists


def test_no_two_layers_share_a_page() -> None:
    package = PACKAGES[0]
    twice = replace(package, layers=(*package.layers, layers(package)[0]))
    with pytest.raises(ValueError, match=r"another would share the page layers/\w+\.md"):
        pages(replace(LIBRARY, packages=(twice,)))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "SLIB",
            {
                "One letter more": ["SRLIB", "DSLIB"],
                "One letter fewer": ["LIB"],
                "Another family": ["SLI", "SLIEMA", "SLIT", "SLITS"],
            },
        ),
        (
            "LI",
            {"One letter more": ["SLI", "DLI"], "Another family": ["LIEMA", "LIB", "LIT", "LITS"]},
        ),
        (
            "DSRLITS",
            {
                "One letter fewer": ["SRLITS", "DRLITS", "DSLITS"],
                "Another family": ["DSRLIB", "DSRLIT"],
            },
        ),
        ("Mamba", {"Related layers": ["S4", "S5", "S6"]}),
    ],
)
def test_neighbours(name: str, expected: dict[str, list[str]]) -> None:
    lines = re.findall(r"^- ([\w ]+): (\[.*)$", page(name), re.MULTILINE)
    links = {how: re.findall(r"\[(\w+)\]\((\w+)\.md\)", line) for how, line in lines}
    assert {how: [name for name, _ in pairs] for how, pairs in links.items()} == expected
    assert all(name.lower() == file for pairs in links.values() for name, file in pairs)


@pytest.mark.parametrize("name", zoo.ALL)
def test_each_argument_has_its_row_and_its_default(name: str) -> None:
    of_each = {
        form.format(parameter): form.format("*p*")
        for parameter in zoo.parameters(name)
        for form in ("{}_rank", "learn_{}")
    }
    signature = inspect.signature(zoo.layer_class(name)).parameters
    expected = {of_each.get(a, a): default(argument) for a, argument in signature.items()}
    rows = table(page(name), "Arguments")
    said = [(argument, value.partition(", for ")[0]) for argument, value, _ in rows]
    assert said == list(expected.items())
    assert all(meaning for *_, meaning in rows)


@pytest.mark.parametrize("name", zoo.ALL)
def test_each_state_module_and_weight_has_its_row(name: str) -> None:
    layer = zoo.build(name, 16)
    rows = table(page(name), "States and shapes")
    assert [state for state, _ in rows] == list(layer._state_sizes)
    assert {state for state, _ in rows} == zoo.states(name)
    parameters = {path.partition(".")[0] for path, _ in layer.named_parameters()}
    held = table(page(name), "Modules and weights")
    expected = parameters - {f"raw_{parameter}" for parameter in zoo.parameters(name)}
    assert sorted(entry for entry, _ in held) == sorted(expected)
    assert all(meaning for _, meaning in [*rows, *held])


def test_nodes_of_nir() -> None:
    (neuron,) = nodes("SLIB")
    assert neuron[:2] == ("neuron", "input") and "tau_mem = time_constant(beta)" in neuron[2]
    names, inputs, _ = zip(*nodes("RLIT"))
    assert names[:3] == ("rec", "weighted", "mem") and inputs[2].startswith("input + `weighted`")
    assert "As NIR" not in page("LSTM") and "As NIR" not in page("DLIB")


def nodes(name: str) -> list[tuple[str, ...]]:
    """The rows of the table: the name of a node, its inputs and its fields."""
    rows = re.findall(r"^\| `(\w+)`: \w+ \| (.+?) \| (.+) \|$", page(name), re.MULTILINE)
    assert rows and "## As NIR" in page(name)
    return rows


@pytest.mark.parametrize("name", zoo.ALL)
def test_equations_picture_and_source(name: str) -> None:
    text = page(name)
    rows = " \\\\\n".join(equations(LAYERS[name]))
    displays = re.findall(r"^\$\$\n(.*?)\n\$\$$", text, re.DOTALL | re.MULTILINE)
    assert displays == [f"\\begin{{aligned}}\n{rows}\n\\end{{aligned}}"]
    pictures = [f"{name.lower()}_{stimulus}" for stimulus in ("impulses", "steps", "noise")]
    assert re.findall(r"^!\[.*\]\((.*)\.svg\)$", text, re.MULTILINE) == pictures
    source = Path(inspect.getfile(zoo.layer_class(name))).resolve()
    kernels = (f"python/{source.stem}.py", f"c/{source.stem}.c")
    kernels = [path for file in kernels if (path := source.parent / "kernels" / file).exists()]
    included = re.findall(r"^:::\{literalinclude\} /(.*)$", text, re.MULTILINE)
    assert [(DOCS / path).resolve() for path in included] == [source, *kernels]
    assert ("a prime distinguishes" in text) == ("prime" in rows)


@pytest.mark.parametrize("name", zoo.ALL)
def test_other_names_are_said_and_found(name: str) -> None:
    names = LAYERS[name].also_called
    directives = re.findall(r"^:::\{index\} ! (.*)$", page(name), re.MULTILINE)
    assert directives == [", ! ".join(names)] * bool(names)
    for text in (page(name), inspect.getdoc(zoo.layer_class(name))):
        said = re.findall(r"Also called ([^.]*)\.", " ".join(text.split()))
        assert said == [", ".join(names)] * bool(names)


def test_the_spec_names_the_common_neurons() -> None:
    assert "LIF" in LAYERS["LIB"].also_called and "CUBA LIF" in LAYERS["SLIB"].also_called
    assert "EMA" in LAYERS["LIEMA"].also_called


REVIEWED = [
    *("layers/index", "layers/slib", "layers/drlits", "layers/mamba", "layers/lstm"),
    *("zoo/index", "zoo/windows", "zoo/memory", "extend/format"),
]


@pytest.mark.parametrize("name", REVIEWED)
def test_pages_are_as_reviewed(name: str) -> None:
    """To accept a change, set UPDATE_GOLDEN=1."""
    golden = Path(__file__).with_name("golden") / f"{name.replace('/', '_')}.md"
    text = printed()[f"{name}.md"]
    assert_as_reviewed(text, golden)


def lattices() -> dict[str | None, ElementTree.Element]:
    """The pictures of the map, by what stands first in them, their family."""
    texts = re.findall(r'<svg class="lattice".*?</svg>', the_map(), re.DOTALL)
    return {picture.findtext("a/title"): picture for picture in map(ElementTree.fromstring, texts)}


def test_the_map_links_each_layer_once() -> None:
    in_pictures = [
        (link.get("href"), link.findtext("text"))
        for picture in lattices().values()
        for link in picture.iter("a")
    ]
    beside = re.findall(r'<a class="layer" href="([\w.]+)">(\w+)</a>', the_map())
    links = sorted([*in_pictures, *beside])
    assert links == sorted((f"{name.lower()}.html", name) for name in zoo.ALL)
    assert [name for _, name in beside] == zoo.OTHERS
    tree = the_map().partition(":::{toctree}\n")[2]
    assert sorted(re.findall(r"^(\w+)$", tree, re.MULTILINE)) == sorted(map(str.lower, zoo.ALL))


@pytest.mark.parametrize("family", zoo.FAMILIES)
def test_a_line_of_the_map_adds_the_letter_of_its_colour(family: str) -> None:
    picture = lattices()[family]
    letters = dict(re.findall(r'<b style="color: (#[0-9A-F]{6})">━ (\w)</b>', the_map()))
    assert sorted(letters.values()) == ["D", "R", "S"]
    tops, bottoms = places(picture)
    drawn = [
        (bottoms[at("x1"), at("y1")], tops[at("x2"), at("y2")], letters[at("stroke")])
        for at in (line.get for line in picture.iter("line"))
    ]
    names = [name for name in zoo.NAMES if zoo.family(name) == family]
    assert sorted(drawn) == sorted(
        (fewer, more, letter)
        for fewer, more in permutations(names, 2)
        for letter in zoo.prefixes(more)
        if set(zoo.prefixes(fewer)) == set(zoo.prefixes(more)) - {letter}
    )


def test_a_seventh_letter_has_the_colour_of_the_first() -> None:
    package, letters = next(package for package in PACKAGES if package.prefixes), "ABCDEFGH"
    prefixes = tuple(replace(package.prefixes[0], letter=letter) for letter in letters)
    colors = [color(letter, replace(package, prefixes=prefixes)) for letter in letters]
    assert len(set(colors[:6])) == 6 and colors[6:] == colors[:2]
    assert all(re.fullmatch("#[0-9A-F]{6}", color) for color in colors)


@pytest.mark.parametrize("family", zoo.FAMILIES)
def test_the_map_fits_around_its_boxes_and_they_around_their_names(family: str) -> None:
    picture = lattices()[family]
    x, y, width, height = map(float, str(picture.get("viewBox")).split())
    margins = []
    for link in picture.iter("a"):
        box, name = numbers(next(link.iter("rect"))), numbers(next(link.iter("text")))
        assert name["x"] == box["x"] + box["width"] / 2
        assert name["y"] == box["y"] + box["height"] / 2
        end, below = box["x"] + box["width"], box["y"] + box["height"]
        margins.append((box["x"] - x, x + width - end, box["y"] - y, y + height - below))
    left, right, top, bottom = map(min, zip(*margins))
    assert left == right and top == bottom and 0 < left < 8 and 0 < top < 8


def numbers(element: ElementTree.Element) -> dict[str, float]:
    return {key: float(value) for key, value in element.items()}


def places(picture: ElementTree.Element) -> tuple[Places, Places]:
    """The names in a picture by the middle of the upper and of the lower edge of their boxes."""
    tops, bottoms = Places(), Places()
    for link in picture.iter("a"):
        name = str(link.findtext("title"))
        box = numbers(next(link.iter("rect")))
        middle = f"{box['x'] + box['width'] / 2:g}"
        tops[middle, f"{box['y']:g}"] = bottoms[middle, f"{box['y'] + box['height']:g}"] = name
    return tops, bottoms


def section(package: Package, name: str) -> str:
    """What the page of a file of the zoo says of one of its neurons."""
    text = printed()[f"zoo/{package.name}.md"]
    (found,) = re.findall(rf"^## {name}\n(.*?)^## ", f"{text}\n## ", re.DOTALL | re.MULTILINE)
    return found


IN_ZOO = [(package, layer) for package in ZOO.packages for layer in layers(package)]


def in_zoo(package: Package, name: str) -> type[nn.Module]:
    found = tt.zoo if package in ZOO.literature else getattr(tt.zoo, package.name)
    return getattr(found, name)


@pytest.mark.parametrize(
    ("package", "layer"), IN_ZOO, ids=[f"{package.name}.{layer.name}" for package, layer in IN_ZOO]
)
def test_a_neuron_of_the_zoo_has_its_section(package: Package, layer: Layer) -> None:
    text = section(package, layer.name)
    rows = " \\\\\n".join(equations(layer))
    assert f"\\begin{{aligned}}\n{rows}\n\\end{{aligned}}" in text
    signature = inspect.signature(in_zoo(package, layer.name)).parameters
    said = re.findall(r"^\| (\S+) \| *(.*?) *\| .+ \|$", text, re.MULTILINE)
    named = {name.strip("`"): value.replace("`", "") for name, value in said}
    options = {form.format(p.name) for p in layer.parameters for form in ("{}_rank", "learn_{}")}
    for name in signature.keys() - options:
        assert named[name].partition(", for ")[0] == default(signature[name])
    shown = re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)
    parts = (*layer.states, *layer.modules, *layer.weights)
    assert {part.name for part in parts} <= {*shown}
    names = ([layer.name] if package in ZOO.literature else []) + [*layer.also_called]
    found = re.findall(r"^:::\{index\} ! (.*)$", text, re.MULTILINE)
    assert found == [", ! ".join(names)] * bool(names)
    assert all(source.rstrip(".") in text for source in layer.sources)


def test_the_zoo_links_each_neuron() -> None:
    links = re.findall(r"\[(\w+)\]\(#([\w-]+)\)", printed()["zoo/index.md"])
    assert [name for name, _ in links] == [layer.name for _, layer in IN_ZOO]
    targets = {f"({target})=" for _, target in links}
    texts = [printed()[f"zoo/{package.name}.md"] for package in ZOO.packages]
    found = [line for text in texts for line in re.findall(r"^\(.*\)=$", text, re.MULTILINE)]
    assert sorted(found) == sorted(targets)


@pytest.mark.parametrize("package", ZOO.packages, ids=lambda package: package.name)
def test_a_page_of_the_zoo_explains_parameters_if_there_are_any(package: Package) -> None:
    notes = filter(None, map(note_on_parameters, layers(package)))
    said = re.findall(r"^(.*) \[Why\]", printed()[f"zoo/{package.name}.md"], re.MULTILINE)
    assert said == [*notes][:1]


def test_neighbours_in_the_zoo() -> None:
    package = next(package for package in ZOO.literature if package.name == "adaptive")
    text = section(package, "SALIB")
    assert "- One letter more: [SAMLIB](#zoo-samlib)\n" in text
    assert "- One letter fewer: [SLIB](../layers/slib.md), [ALIB](#zoo-alib)\n" in text
    assert "- Another family: [SALIT](#zoo-salit), [SALITS](#zoo-salits)\n" in text


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.title)
def test_the_format_names_every_key(section: Section) -> None:
    rows = [(key, needed) for key, needed, _ in table(format_page(), section.title)]
    keys = section.record.keys().items()
    assert rows == [(name, "required" if key.is_required else "") for name, key in keys]
    assert rows == sorted(rows, key=lambda row: not row[1])
    for (_, _, what), key in zip(
        table(format_page(), section.title), section.record.keys().values()
    ):
        kind, _, doc = what.partition(": ")
        assert kind and doc == key.schema.get("description", "").replace("`", "")


@pytest.mark.parametrize(
    ("title", "key", "kind"),
    [
        ("The file", "package", "mapping, or text"),
        ("The file", "only", "list, each name"),
        ("The file", "spikes", "mapping from names, each mapping"),
        ("The file", "also_called", "mapping from names, each list, each text"),
        ("`parameters`", "default", "number"),
        ("`parameters`", "rank", "0 or 1"),
        ("`parameters`", "learn", "true or false"),
        ("`functions`", "default", "name"),
        ("`prefixes`", "trace", "mapping, or list, each mapping"),
        ("`prefixes`", "nir", "mapping"),
        ("`trace`", "state", "name"),
        ("`families`", "reset", "expression, or mapping"),
        ("`layers`", "update", "list, each statement, or mapping"),
        ("`layers`", "states", "mapping from names, each mapping, or text"),
        ("`arguments`", "default", "whole number"),
        ("`arguments`", "least", "whole number, or any"),
        ("`modules`", "bias", "true or false or number"),
        ("`modules` of PyTorch", "GroupNorm", "arguments"),
    ],
)
def test_the_kind_of_a_value_in_the_format(title: str, key: str, kind: str) -> None:
    said = {name: what for name, _, what in table(format_page(), title)}
    assert said[key].partition(":")[0] == kind


@pytest.mark.parametrize("title", EXAMPLES)
def test_an_example_of_the_format_is_a_file(title: str, tmp_path: Path) -> None:
    (form,) = (section.record for section in SECTIONS if section.title == title)
    shown = table_and_code(title)
    assert shown == EXAMPLES[title].strip()
    if form is BranchRecord:  # no prefix beside D may have it
        own, built_in = (yaml.safe_load(text)["prefixes"]["D"] for text in (shown, SNN))
        assert own["split"] == built_in["split"]
        return
    (tmp_path / "mine_reference.py").touch()
    header = "" if shown.startswith("package:") else "package: {doc: An example}\n"
    (tmp_path / "mine.yaml").write_text(header + shown, encoding="utf-8")
    assert layers(extend(ROOT / "spec", tmp_path / "mine.yaml"))


def table_and_code(title: str) -> str:
    """The example below the table of a section."""
    _, _, below = format_page().partition(f"\n## {title}\n")
    (code,) = re.findall(
        r"^:::\{code-block\} yaml\n(.*?)\n:::$", below.partition("\n## ")[0], re.S | re.M
    )
    return code


def test_each_section_of_the_format_has_an_example() -> None:
    assert EXAMPLES.keys() == {section.title for section in SECTIONS}


def test_the_format_explains_every_record() -> None:
    records = {
        name: record
        for name, record in vars(spec_format).items()
        if isinstance(record, type) and issubclass(record, Record) and name[0] != "_"
    }
    del records["Record"]
    explained = {section.record.__name__ for section in SECTIONS}
    # Nobody extends the quantizers of spec/functional.yaml.
    functional = {"FunctionalRecord", "QuantizerRecord"}
    assert records.keys() - explained == {"KnownSizeRecord", *BUILT_IN, *functional}
    assert not records["KnownSizeRecord"].keys()
    for name, own in BUILT_IN.items():
        assert records[name].keys().keys() - records[own].keys().keys() <= {"beside"}


AS_IN_PYTORCH = {"cat", "chunk", "mean", "softmax", "split", "sum", "unsqueeze"}
"""The functions that mix elements, and do so as those of PyTorch with the same name."""


@pytest.mark.parametrize("name", sorted(TIMESTEP | INITIAL_FUNCTIONS))
def test_each_function_of_the_language_is_explained(name: str) -> None:
    """By PyTorch, by `tt.functional`, or in a note."""
    functions = (vars(tt.functional), vars(nn.functional), vars(torch), vars(torch.Tensor))
    is_elementwise = (TIMESTEP | INITIAL_FUNCTIONS)[name].elementwise
    is_known = is_elementwise and any(name in known for known in functions)
    doc = (TIMESTEP | INITIAL_FUNCTIONS)[name].doc
    noted = re.search(rf"^- `{name}` (\w+ \w.*)\.$", format_page(), re.MULTILINE)
    assert doc == (noted[1] if noted else "")
    assert doc or is_known or name in AS_IN_PYTORCH
