"""The generated pages of the documentation: layers, their map, the zoo, and the spec's format."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import PurePosixPath

from ..classes import docstrings
from ..classes.docstrings import function_in_python
from ..grammar import Member, layer_names, layers, new_members
from ..kernels.kernel import kernel
from ..language.expressions import functions, to_python
from ..language.functions import CONSTRUCTION, INITIAL_FUNCTIONS, TIMESTEP
from ..model import Layer, Library, Package, Zoo
from ..reading.format import SECTIONS
from ..reading.load import ZOO
from ..reading.record import Record, Schema
from ..render import fill, path_of_spec, recurrence_of
from .examples import EXAMPLES
from .latex import construction, equations
from .picture import color, lattice


def pages(library: Library) -> dict[PurePosixPath, str]:
    """Return the text of every page, by its path in the documentation folder."""
    packages = sorted(library.packages, key=lambda package: not package.families)
    made = [(layer, package) for package in packages for layer in layers(package)]
    texts = {
        "layers/index.md": _map(packages, [layer for layer, _ in made]),
        "extend/format.md": _format(),
        "zoo/index.md": _zoo(library.zoo),
        **{f"zoo/{package.name}.md": _page_of_zoo(package) for package in library.zoo.packages},
    }
    for layer, package in made:
        path = f"layers/{layer.name.lower()}.md"
        if path in texts:
            raise ValueError(
                f"{layer.package}.{layer.name} and another would share the page {path}"
            )
        texts[path] = _page(layer, package)
    return {PurePosixPath(path): text for path, text in texts.items()}


def _map(packages: Iterable[Package], made: Iterable[Layer]) -> str:
    families = {package.name: _families(package) for package in packages}
    colors = {p.letter: color(p.letter, package) for package in packages for p in package.prefixes}
    return fill("map.md.j2", packages=packages, families=families, colors=colors, layers=made)


def _zoo(zoo: Zoo) -> str:
    """Return the page that lists the neurons of the zoo."""
    return fill(
        "zoo.md.j2",
        number=sum(len(layers(package)) for package in zoo.packages),
        literature=[(package, _links_within(package)) for package in zoo.literature],
        peers=[(package, _links_within(package)) for package in zoo.peers],
    )


def _links_within(package: Package) -> list[str]:
    return [_link(layer.name, package) for layer in layers(package)]


def _page_of_zoo(package: Package) -> str:
    """Return the page about the neurons of one file of the zoo."""
    first, *_ = layers(package)
    return fill(
        "zoo_page.md.j2",
        package=package,
        layers=[_facts_in_zoo(layer, package) for layer in layers(package)],
        first=first,
        spec=path_of_spec(package),
        parameters=next(filter(None, map(docstrings.note_on_parameters, layers(package))), ""),
        is_peer=package.place != ZOO,
        **docstrings.example(first),
    )


def _facts_in_zoo(layer: Layer, package: Package) -> dict[str, object]:
    neighbours = {
        how: [_link(name, package) for name in names]
        for how, names in _neighbours(layer, package).items()
        if how != "Related layers"
    }
    # Names of another library's classes would hide those of the layers that they are common for.
    names = (*([layer.name] if package.place == ZOO else []), *layer.also_called)
    target = _target(layer.name, package)
    return _facts(layer) | {"neighbours": neighbours, "target": target, "names": names}


def _link(name: str, package: Package) -> str:
    """Return a link to a layer of the zoo, or to a built-in layer that it differs from."""
    if name in layer_names(package):
        return f"[{name}](#{_target(name, package)})"
    return f"[{name}](../layers/{name.lower()}.md)"


def _target(name: str, package: Package) -> str:
    """Return the name of the section about a layer."""
    return f"{package.place}.{name}".replace(".", "-").lower()


def _page(layer: Layer, package: Package) -> str:
    return fill(
        "page.md.j2",
        **_facts(layer),
        parameters=docstrings.note_on_parameters(layer),
        has_branches=any(state.name.startswith("pos_") for state in layer.states),
        has_thresholds=any(p.name.endswith("threshold") for p in layer.parameters),
        neighbours=_neighbours(layer, package),
        has_kernel=kernel(layer) is not None,
        has_recurrence=recurrence_of(layer) is not None,
        **docstrings.example(layer),
    )


def _facts(layer: Layer) -> dict[str, object]:
    """Return what is shown of a layer, built in or of the zoo."""
    return {
        "layer": layer,
        "equations": equations(layer),
        "construction": construction(layer),
        "notes": list(_notes(layer)),
        "arguments": list(_arguments(layer)),
        "states": [(state.name, docstrings.tensor(state, layer)) for state in layer.states],
        "held": [
            *((module.name, docstrings.module(module)) for module in layer.modules),
            *((weight.name, docstrings.tensor(weight, layer)) for weight in layer.weights),
        ],
        "shapes": docstrings.shapes(layer),
        "nodes": list(_nodes(layer)),
    }


def _nodes(layer: Layer) -> Iterator[tuple[str, str, str]]:
    """Yield the nodes that a layer is in NIR: the name and the kind, the inputs, and the fields."""
    for node in layer.nir.nodes if layer.nir else ():
        inputs = ("input" if name == "x" else f"`{name}`" for name in node.sources)
        fields = (f"`{name} = {to_python(value)}`" for name, value in node.fields)
        yield f"`{node.name}`: {node.kind}", " + ".join(inputs), ", ".join(fields)


def _format() -> str:
    """Return the page about the format of a spec."""
    records = [
        {
            "title": section.title,
            "doc": section.doc,
            "rows": list(_keys(section.record)),
            "example": EXAMPLES[section.title].strip(),
        }
        for section in SECTIONS
    ]
    return fill(
        "format.md.j2",
        records=records,
        functions=[f"`{name}`" for name in sorted(TIMESTEP)],
        notes=docstrings.notes_on_functions(TIMESTEP),
        initial=[f"`{name}`" for name in sorted(CONSTRUCTION.keys() - INITIAL_FUNCTIONS.keys())],
        notes_on_initial=docstrings.notes_on_functions(INITIAL_FUNCTIONS),
    )


def _keys(record: type[Record]) -> Iterator[tuple[str, str, str]]:
    for name, key in record.keys().items():
        yield name, "required" if key.is_required else "", _what(key.schema)


def _what(schema: Schema) -> str:
    """Describe a schema in words."""
    kind = _kind(schema)
    return f"{kind}: {schema['description']}" if "description" in schema else kind


def _kind(schema: Schema) -> str:
    match schema:
        case {"enum": words}:
            return " or ".join(f"`{word}`" for word in words)
        case {"anyOf": options}:
            return ", or ".join(dict.fromkeys(map(_kind, options)))
        case {"type": "array", "items": item}:
            return f"list, each {_kind(item)}"
        case {"type": "object", "additionalProperties": dict() as item}:
            return f"mapping from names, each {_kind(item)}"
        case {"type": "object"}:
            return "mapping"
        case {"$ref": str(definition)} if definition != "#/$defs/function":
            return definition.rpartition("/")[2]
        case {"type": "string", "pattern": _} | {"$ref": _}:
            return "name"
        case {"type": list() as types}:
            return " or ".join(_TYPES[kind] for kind in types)
    return _TYPES[schema["type"]]


_TYPES = {
    "string": "text",
    "number": "number",
    "integer": "whole number",
    "boolean": "true or false",
}


def _families(package: Package) -> list[tuple[str, str, str]]:
    """Return the name, the description and the picture of each family."""
    return [(family.name, family.doc, lattice(family, package)) for family in package.families]


def _neighbours(layer: Layer, package: Package) -> dict[str, list[str]]:
    """Return the layers that differ by one letter, or only in the family."""
    every = [*(new_members(package.extends) if package.extends else ()), *new_members(package)]
    zoo = {member.name: member for member in every}
    if layer.name not in zoo:
        others = [other.name for other in package.layers if other.name != layer.name]
        return {"Related layers": others}
    own = zoo[layer.name]

    def near(is_kin: Callable[[Member], bool]) -> list[str]:
        return [name for name, member in zoo.items() if is_kin(member)]

    kin = {
        "One letter more": near(lambda member: own in _one_letter_fewer(member, zoo.values())),
        "One letter fewer": [member.name for member in _one_letter_fewer(own, zoo.values())],
        "Another family": near(lambda m: m.prefixes == own.prefixes and m.family != own.family),
    }
    return {how: names for how, names in kin.items() if names}


def _one_letter_fewer(member: Member, zoo: Iterable[Member]) -> list[Member]:
    own = member.prefixes
    fewer = [tuple(one for one in own if one != dropped) for dropped in own]
    return [other for other in zoo if other.family == member.family and other.prefixes in fewer]


def _notes(layer: Layer) -> Iterator[str]:
    """Yield explanations of the equations."""
    called = set().union(*map(functions, (*layer.timestep, *layer.construction)))
    yield from docstrings.notes_on_functions(called)
    if "cat" in called:
        yield "Square brackets join vectors end to end."
    if called & {"sum", "unsqueeze"}:
        yield (
            "Products are elementwise with broadcasting: a vector over the features times one over "
            "the state's additional dimension is a matrix, and the sum is over that dimension."
        )


def _arguments(layer: Layer) -> Iterator[tuple[str, str, str]]:
    """Yield rows of name, default and meaning."""
    for argument in layer.arguments:
        yield f"`{argument.name}`", docstrings.default(argument), docstrings.meaning(argument)
    for parameter in layer.parameters[:1]:
        yield "*p*`_rank`", docstrings.rank_of_all(layer), (
            f"For each of these parameters, as in `{parameter.name}_rank`: 0 for one value that all "
            "neurons share, 1 for a value each."
        )
        yield "`learn_`*p*", docstrings.learning_of_all(
            layer
        ), "Whether training may change the parameter."
    for function in layer.functions:
        default = function_in_python(function)
        yield f"`{function.name}`", f"`{default}`", docstrings.sentence(function.doc)
