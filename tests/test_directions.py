"""Which way imports run, and names that stay in step with what they stand for."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
import torch
import yaml

import tracetorch as tt
from codegen.documentation import picture
from codegen.language.expressions import to_python
from codegen.language.functions import FUNCTIONS
from codegen.provenance import Provenance, provenance
from codegen.reading.load import load, load_functional
from codegen.reading.names import RESERVED
from tracetorch.functional.quantizers import BUILT_IN

ROOT = Path(__file__).parent.parent
LIBRARY = ROOT / "src" / "tracetorch"
FOLDERS = {"codegen": ROOT / "codegen", "tracetorch": LIBRARY}

LOW_TO_HIGH = {
    "codegen": (
        *("__init__ provenance root", "language", "model", "previous", "grammar", "reading"),
        *("classes", "kernels", "render", "documentation", "write", "deploy", "__main__"),
    ),
    "tracetorch": ("functional", "core", "sequence", "rnn snn ssm", "zoo", "nir plot", "__init__"),
}
"""Folders and modules on their levels: each imports from levels below its own, and from itself."""


def imports(path: Path) -> Iterator[str]:
    """The absolute names of the modules that a file imports."""
    base = ROOT / "src" if path.is_relative_to(ROOT / "src") else ROOT
    package = path.relative_to(base).parent.parts
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parts = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*parts, *([node.module] if node.module else [])])
            if node.module:  # else the names are modules of a package
                yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def roots(paths: Iterable[Path]) -> set[str]:
    """What files import beside the standard library."""
    names = {name.partition(".")[0] for path in paths for name in imports(path)}
    return names - set(sys.stdlib_module_names)


def arrows(package: str) -> dict[str, set[str]]:
    """What each module or folder in a package imports from the others, in functions too."""
    root, *inner = package.split(".")
    folder = FOLDERS[root].joinpath(*inner)
    found = defaultdict(set)
    for path in folder.rglob("*.py"):
        unit = path.relative_to(folder).parts[0].removesuffix(".py")
        names = (f"{name}.__init__" if name == package else name for name in imports(path))
        ours = (name for name in names if name.startswith(f"{package}."))
        found[unit] |= {name.removeprefix(f"{package}.").partition(".")[0] for name in ours} - {
            unit
        }
    return found


@pytest.mark.parametrize("package", LOW_TO_HIGH)
def test_no_import_runs_upward(package: str) -> None:
    levels = {unit: i for i, units in enumerate(LOW_TO_HIGH[package]) for unit in units.split()}
    found = arrows(package)
    assert found.keys() == levels.keys()
    for unit, others in found.items():
        assert not {
            other for other in others if levels.get(other, len(levels)) >= levels[unit]
        }, unit


def test_no_imports_run_in_a_circle() -> None:
    """Neither between the folders of a package nor between its modules."""
    for root, folder in FOLDERS.items():
        for path in folder.rglob("__init__.py"):
            package = ".".join([root, *path.parent.relative_to(folder).parts])
            TopologicalSorter(arrows(package)).prepare()


def test_no_test_is_imported() -> None:
    """What tests share is in `tests/support`."""
    for path in (ROOT / "tests").rglob("*.py"):
        assert not [name for name in imports(path) if ".test_" in f".{name}"], path


def test_the_spec_is_data_only() -> None:
    """Except for the references in NumPy, which only tests use."""
    files = {path for path in (ROOT / "spec").rglob("*") if path.is_file()}
    references = set((ROOT / "spec" / "zoo").glob("*_reference.py"))
    assert {path.suffix for path in files - references} == {".yaml"}


def test_the_zoo_can_be_read_in_one_sitting() -> None:
    lines = (ROOT / "spec" / "snn.yaml").read_text().splitlines()
    assert len(lines) < 155 and max(map(len, lines)) < 105


def test_codegen_does_not_know_the_library() -> None:
    deploy = [*(ROOT / "codegen" / "deploy").rglob("*.py")]  # reads networks of PyTorch
    others = {*(ROOT / "codegen").rglob("*.py")} - {*deploy}
    assert "codegen" in roots(others)
    assert not roots(others) & {"tracetorch", "torch"}
    assert roots(deploy) == {"codegen", "torch"}


def test_the_library_does_not_know_the_generator_or_the_spec() -> None:
    plot = LIBRARY / "plot.py"  # needs an optional group
    triton = [path for path in LIBRARY.rglob("*.py") if "import triton\n" in path.read_text()]
    exchange = [*(LIBRARY / "nir").rglob("*.py")]  # likewise
    others = [path for path in LIBRARY.rglob("*.py") if path not in (plot, *triton, *exchange)]
    assert roots(others) == {"torch", "tracetorch"}
    assert roots(triton) == {"torch", "tracetorch", "triton"}
    assert {path.parent.name for path in triton} == {"triton"}
    assert roots(exchange) == {"torch", "tracetorch", "h5py", "nir", "numpy"}
    assert roots([plot]) == {"torch", "tracetorch", "matplotlib", "numpy"}
    for path in LIBRARY.rglob("*.py"):
        code = path.read_text().partition("\n")[2].partition("\n")[2]
        assert ".yaml" not in code, path


def test_the_reference_imports_nothing_generated() -> None:
    found = set(imports(LIBRARY / "snn" / "flex.py"))
    ours = {name for name in found if name.startswith("tracetorch")}
    generated = {
        f"tracetorch.snn.{path.stem}"
        for path in (LIBRARY / "snn").glob("*.py")
        if provenance(path.read_text()) is Provenance.GENERATED
    }
    assert len(generated) == 33
    assert not ours & generated and "tracetorch.snn.layer.Layer" in ours
    assert not ours & {"tracetorch.functional.positive", "tracetorch.functional.negative"}


def test_importing_the_library_loads_torch_and_nothing_of_the_tools() -> None:
    code = (
        "import sys, tracetorch;"
        "print({'codegen', 'yaml', 'jinja2', 'black', 'matplotlib', 'triton'} & {n.partition('.')[0] for n in sys.modules})"
    )
    command = [sys.executable, "-c", code]
    run = subprocess.run(command, capture_output=True, text=True, check=True, cwd="/")
    assert run.stdout == "set()\n"


def test_a_timestep_needs_no_plan() -> None:
    """What `tt.unroll` reads forwards with is imported by its first call: half of the library."""
    code = (
        "import sys, torch, tracetorch as tt; layer = tt.snn.LIB(2); layer(torch.ones(2)); layer.TTcompile();"
        "print(any('sequence.plan' in name for name in sys.modules)); tt.unroll.plan(layer);"
        "print(any('sequence.plan' in name for name in sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "False\nTrue\n"


def test_reserved_names_cover_what_every_layer_has() -> None:
    attributes = {name for name in dir(tt.rnn.Layer(1)) if not name.startswith("_")}
    assert attributes | {"self", "x", "states", "Tensor", "nn"} <= RESERVED


def test_pictures_of_both_have_the_same_colours() -> None:
    assert picture._COLORS == tt.plot.COLORS[:6]


def test_the_language_calls_functions_that_exist() -> None:
    imported = {name for name, function in FUNCTIONS.items() if function.imported}
    assert "positive" in imported
    functional = load_functional(ROOT / "spec")
    fire = {function.name for function in (*functional.spikes, *functional.quantizers)}
    for name in (imported | fire) - {"identity"}:
        assert name in tt.functional.__all__


def test_quantizers_are_made_as_the_spec_says() -> None:
    functional = load_functional(ROOT / "spec")
    declared = {
        quantizer.name: (tuple(n.name for n in quantizer.numbers), quantizer.is_random)
        for quantizer in functional.quantizers
        if quantizer.numbers or quantizer.is_random
    }
    assert declared == {made.name: (made.number_names, made.is_random) for made in BUILT_IN}


def test_constraints_say_what_the_base_class_does() -> None:
    """The domain and the activation of `constraints.yaml` against `snn/layer.py`."""
    parameters = [p for package in load(ROOT / "spec") for p in package.parameters]
    constraints = {p.constraint.name: p.constraint for p in parameters}
    assert constraints.keys() == yaml.safe_load((ROOT / "spec/constraints.yaml").read_text()).keys()
    activations = {
        "sigmoid(raw)": torch.sigmoid,
        "softplus(raw)": torch.nn.functional.softplus,
        "arcsinh(raw)": torch.arcsinh,
        "raw": lambda raw: raw,
    }
    for constraint in constraints.values():
        layer = tt.snn.Layer(3)
        inside = max(constraint.domain.low, -2.0) + 0.5
        getattr(layer, constraint.register)("value", inside, 1, True)
        usable = activations[to_python(constraint.activation)](layer.raw_value)
        torch.testing.assert_close(layer.value, usable)
        torch.testing.assert_close(layer.value, torch.full((3,), inside))
        for edge in (constraint.domain.low, constraint.domain.high):
            with pytest.raises(ValueError, match="must be"):
                getattr(tt.snn.Layer(3), constraint.register)("value", edge, 1, True)
