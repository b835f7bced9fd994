"""From flat layers to source, before `write` formats it."""

from __future__ import annotations

import ast
import functools
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from .classes import docstrings, source, trial
from .grammar import layers
from .kernels import blocks, c, rows, sequence, triton
from .kernels.kernel import (
    Kernel,
    digest,
    digest_of,
    digest_of_all,
    kernel,
    own,
    why_not,
)
from .kernels.nests import Recurrence, recurrence
from .kernels.parts import NoParts, parts
from .language.expressions import Call, differentiated, to_python
from .language.functions import FUNCTIONS, NIR_FUNCTIONS
from .model import (
    SPIKES,
    Firing,
    Functional,
    FunctionKind,
    Layer,
    Library,
    Nir,
    Package,
    TorchModule,
    Zoo,
)
from .provenance import stamp
from .reading.load import PEERS, ZOO


def render(library: Library) -> dict[PurePosixPath, str]:
    """Return the text of every generated file of the library, by its path in the library."""
    files = {
        PurePosixPath(package.name, name): text
        for package in library.packages
        for name, text in _files(package, f"spec/{package.name}.yaml").items()
    }
    functions = _functions(library.functional) if library.functional else {}
    return files | functions | _zoo(library.zoo)


def _functions(functional: Functional) -> dict[PurePosixPath, str]:
    """Return the files with the spike functions and quantizers, for PyTorch and for kernels."""
    origin = "spec/functional.yaml"
    spikes = _spikes(functional.doc, functional.spikes)
    discrete = fill("discrete.py.j2", functional=functional, torch=source.spelling(FUNCTIONS))
    in_c, in_triton = _functions_in_kernels((*functional.spikes, *functional.quantizers))
    in_python = {
        "functional/spikes": spikes,
        "functional/discrete": discrete,
        "sequence/triton/functions": in_triton,
    }
    files = _finish(in_python, origin)
    files["sequence/c/functions.h"] = stamp(origin, in_c, comment="//")
    in_c = fill("library.h.j2", library=c.library())
    files["sequence/c/library.h"] = stamp("codegen/language/functions.py", in_c, comment="//")
    return {PurePosixPath(name): text for name, text in files.items()}


def _spikes(doc: str, spikes: Iterable[Firing], digest: str = "") -> str:
    """Return the module of spike functions, with the digest of those outside the library."""
    return fill(
        "spikes.py.j2",
        doc=doc,
        spikes=spikes,
        digest=digest,
        imports=source.function_imports(spikes) if digest else [],
        equation=docstrings.value_of,
        torch=source.spelling(FUNCTIONS),
    )


def _functions_in_kernels(firing: Sequence[Firing]) -> tuple[str, str]:
    """Return the sources of spike functions and quantizers in C and in Triton."""
    in_c = fill("functions.h.j2", functions=map(c.function_parts, firing))
    return in_c, fill("functions.py.j2", **triton.function_parts(firing))


def _own_functions(package: Package, origin: str) -> dict[str, str]:
    """Return the files with the spike functions of a package outside the library, by name."""
    digest = digest_of(package.spikes)
    note = f"Digest of the functions: {digest}\n"
    in_c, in_triton = _functions_in_kernels([*map(own, package.spikes)])
    in_python = _spikes(f"The spike functions of {package.name}", package.spikes, digest)
    facts = json.dumps({"digest": digest, "functions": _lines(in_python)}, indent=2) + "\n"
    modules = {SPIKES: in_python, f"kernels/triton/{SPIKES}": f"# {note}{in_triton}"}
    return {
        f"kernels/{SPIKES}.jsonc": stamp(origin, facts, comment="//"),
        f"kernels/c/{SPIKES}.c": stamp(origin, f"// {note}{in_c}", comment="//"),
        **_finish(modules, origin),
    }


def _lines(module: str) -> dict[str, list[str]]:
    """Return the lines of each function of a module, by name."""
    lines = module.splitlines()
    made = (node for node in ast.parse(module).body if isinstance(node, ast.FunctionDef))
    return {node.name: lines[node.lineno - 1 : node.end_lineno] for node in made}


def render_extension(package: Package, reference: str = "") -> dict[PurePosixPath, str]:
    """Return the text of every file of a package outside the library, by name.

    Args:
        package: The package.
        reference: The path from its folder to its reference.
    """
    origin = f"{package.name}.yaml"
    files = _files(package, origin) | _tests(package, origin, ".", reference)
    return {PurePosixPath(name): text for name, text in files.items()}


def _zoo(zoo: Zoo) -> dict[PurePosixPath, str]:
    """Return the files of `tt.zoo`."""
    if not zoo.packages:
        return {}
    files = {
        PurePosixPath(ZOO, package.name, name): text
        for package in zoo.packages
        for name, text in _files(package, path_of_spec(package)).items()
    }
    doc = "Neurons of the literature, and of other libraries under their names"
    classes = {package.name: [l.name for l in layers(package)] for package in zoo.literature}
    peers = tuple(package.name for package in zoo.peers)
    index = fill("lazy.py.j2", doc=doc, modules=peers, classes=classes)
    init = _finish({"__init__": index}, f"spec/{ZOO}/")
    return {PurePosixPath(ZOO, name): text for name, text in init.items()} | files


def render_tests_of_zoo(zoo: Zoo) -> dict[PurePosixPath, str]:
    """Return the text of the tests of `tt.zoo`, by name."""
    files: dict[str, str] = {}
    for package in zoo.packages:
        origin = path_of_spec(package)
        reference = f"../../../{Path(origin).parent.as_posix()}/{package.reference}"
        module = f"tracetorch.{ZOO}.{package.name}"
        files |= _tests(package, origin, module, reference * bool(package.reference))
    return {PurePosixPath(name): text for name, text in files.items()}


def path_of_spec(package: Package) -> str:
    """Return the path of the file that a package of the zoo is made from."""
    folder = ZOO if package.place == ZOO else f"{ZOO}/{PEERS}"
    return f"spec/{folder}/{package.name}.yaml"


def _tests(package: Package, origin: str, module: str, reference: str) -> dict[str, str]:
    """Return the tests of a package, which import it as a module, by file name."""
    tests: dict[str, str] = {}
    if layers(package):
        tests[f"test_{package.name}"] = fill(
            "tests.py.j2",
            origin=origin,
            module=module,
            layers=layers(package),
            rough=[l for l in layers(package) if _is_rough(l, package.spikes)],
            hard={l.name: _quantizers(l) for l in layers(package) if _quantizers(l)},
            random=[layer for layer in layers(package) if layer.is_random],
            fused=[l for l in layers(package) if kernel(l) or recurrence_of(l)],
            reference=reference,
            sizes=trial.sizes,
            features=trial.features,
        )
    if package.spikes:
        tests[f"test_{package.name}_{SPIKES}"] = fill(
            "tests_of_spikes.py.j2", origin=origin, module=module, spikes=package.spikes
        )
    return _finish(tests, origin)


def _files(package: Package, origin: str) -> dict[str, str]:
    """Return the classes of a package, their kernels and its functions, by file name."""
    sources = {layer.module: _class(layer, package) for layer in layers(package)}
    sources["__init__"] = _package(package)
    files = _finish(sources, origin) | _kernels(package, origin)
    return files | (_own_functions(package, origin) if package.spikes else {})


def _package(package: Package) -> str:
    """Return the module of a package; those of the library import their classes lazily."""
    if package.extends:
        return fill("package.py.j2", package=package, layers=layers(package))
    classes = {"layer": ["Layer"], **{layer.module: [layer.name] for layer in layers(package)}}
    return fill("lazy.py.j2", doc=package.doc, modules=package.beside, classes=classes)


def _finish(sources: Mapping[str, str], origin: str) -> dict[str, str]:
    """Return source with headers, by file name."""
    return {f"{stem}.py": stamp(origin, text) for stem, text in sources.items()}


def _kernels(package: Package, origin: str) -> dict[str, str]:
    """Return the kernels of the layers, and their descriptions, by file name."""
    others, in_python = {}, {}
    for layer in layers(package):
        made, recurrence = kernel(layer), recurrence_of(layer)
        facts: dict[str, object] = {"layer": layer.name}
        in_c = ""
        if made:
            facts = _facts(layer, made)
            in_c = fill("kernel.c.j2", **c.parts(made))
            in_python[f"kernels/triton/{layer.module}"] = fill("kernel.py.j2", **triton.parts(made))
        elif recurrence:
            facts = _facts_of_recurrence(layer, recurrence)
            in_c = _recurrence_in_c(layer, recurrence) if recurrence.forward else ""
            in_python[f"kernels/python/{layer.module}"] = _sequence(layer, recurrence)
            if recurrence.forward and not recurrence.parts.pieces:
                in_triton = fill("blocks.py.j2", digest=facts["digest"], **blocks.parts(recurrence))
                in_python[f"kernels/triton/{layer.module}"] = in_triton
        else:
            facts["why_not"] = _recurrence_or_why_not(layer)
        facts |= {"nir": _nir(layer.nir)} if layer.nir else {}
        text = json.dumps(facts, indent=2) + "\n"
        others[f"kernels/{layer.module}.jsonc"] = stamp(origin, text, comment="//")
        if in_c:
            others[f"kernels/c/{layer.module}.c"] = stamp(origin, in_c, comment="//")
    return others | _finish(in_python, origin)


def recurrence_of(layer: Layer) -> Recurrence | None:
    """Return the recurrence of a layer that is not elementwise, or None if it has no kernel."""
    made = _recurrence_or_why_not(layer) if why_not(layer) else None
    return made if isinstance(made, Recurrence) else None


@functools.lru_cache(maxsize=256)
def _recurrence_or_why_not(layer: Layer) -> Recurrence | str:
    try:
        return recurrence(parts(layer))
    except NoParts as error:
        return str(error)


def _recurrence_in_c(layer: Layer, made: Recurrence) -> str:
    return fill("rows.c.j2", digest=digest_of_all(layer), **rows.parts(made))


def _sequence(layer: Layer, made: Recurrence) -> str:
    values = sequence.parts(made.source)
    body = fill("sequence_body.py.j2", **values)
    return fill("sequence.py.j2", digest=digest_of_all(layer), body=body, **values)


def _facts_of_recurrence(layer: Layer, made: Recurrence) -> dict[str, object]:
    """Return the description of a recurrence and of its class, which is needed to run it."""
    modules = {m.name: m.kind for m in layer.modules if isinstance(m, TorchModule)}
    return {
        "layer": layer.name,
        "digest": digest_of_all(layer),
        "parameters": [parameter.name for parameter in layer.parameters],
        "states": [state.name for state in layer.states],
        "functions": {function.name: function.name for function in layer.functions},
        "calls": [],
        "shared": [],
        **({"modules": modules} if modules else {}),
        "recurrence": rows.facts(made),
        "step": _step(layer).splitlines(),
    }


def _facts(layer: Layer, made: Kernel) -> dict[str, object]:
    """Return the description of a kernel and of its class, which is needed to run it."""
    return {
        "layer": layer.name,
        "digest": made.digest,
        "parameters": [parameter.name for parameter in layer.parameters],
        "states": [state.name for state in layer.states],
        "functions": dict(zip((function.name for function in layer.functions), made.functions)),
        **({"sizes": made.sizes} if made.sizes else {}),
        "calls": made.calls,
        "shared": sorted(made.shared),
        "step": _step(layer).splitlines(),
    }


def _nir(nir: Nir) -> dict[str, object]:
    """Return the description of a layer as nodes."""
    torch = source.spelling(FUNCTIONS | NIR_FUNCTIONS)
    nodes = {
        node.name: {
            "node": node.kind,
            "from": node.sources,
            "fields": {name: to_python(formula, torch) for name, formula in node.fields},
        }
        for node in nir.nodes
    }
    inverse = {name: to_python(formula, torch) for name, formula in nir.inverse}
    return {"nodes": nodes, "output": nir.output, "reset": nir.reset, "inverse": inverse}


def _quantizers(layer: Layer) -> list[str]:
    """Return the functions whose default makes the output discrete."""
    quantizers = (f for f in layer.functions if f.kind is FunctionKind.QUANTIZER)
    return [function.name for function in quantizers if function.default != docstrings.IDENTITY]


def _is_rough(layer: Layer, spikes: Sequence[Firing]) -> bool:
    """Whether the gradient is not the derivative of the output, with `spikes` of the same file."""
    defaults = {function.default for function in layer.functions}
    own = (s.expression for spike in spikes if spike.name in defaults for s in spike.statements)
    parts = (part for e in (*layer.timestep, *own) for part in differentiated(e))
    return any(isinstance(part, Call) and part.function in _ROUGH for part in parts)


_ROUGH = {name for name, function in FUNCTIONS.items() if function.blocks_gradient}


def _step(layer: Layer) -> str:
    """Return the source of the `step` method."""
    return fill("step.py.j2", **source.step_parts(layer))


def _class(layer: Layer, package: Package) -> str:
    """Return the module with the class of a layer."""
    body = fill(
        "layer.py.j2",
        **source.class_parts(layer, is_ours=bool(package.place) or not package.extends),
        step=_step(layer),
        digest=_digest(layer),
    )
    imports = source.imports(body, layer, is_base=not package.extends)
    return fill("module.py.j2", body=body, imports=imports)


def _digest(layer: Layer) -> str:
    """Return the digest of the timestep of a layer with a kernel, or ""."""
    if not why_not(layer):
        return digest(layer)
    return digest_of_all(layer) if recurrence_of(layer) else ""


def fill(template: str, **values: object) -> str:
    """Fill a template."""
    return _TEMPLATES.get_template(template).render(values)


_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_TEMPLATES.filters |= {
    "array": rows.name_in_c,
    "c": c.name_in_c,
    "expression": to_python,
    "literal": repr,
    "size": rows.size_in_c,
    "sentence": docstrings.sentence,
    "wrap": docstrings.wrap,
}
