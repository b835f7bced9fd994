"""The command line: generate | check | list | explain NAME | new NAME | schema | deploy WEIGHTS."""

from __future__ import annotations

import argparse
import gc
import io
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path, PurePosixPath

if not all(map(find_spec, ("black", "jinja2", "yaml"))):
    sys.exit('the generator needs more packages: pip install ".[codegen]" in a checkout')

from .documentation.explain import explain, summaries
from .documentation.start import KINDS, start
from .grammar import layers
from .model import Layer, Library, Package
from .provenance import Provenance
from .reading.format import schema_of_extension
from .reading.load import ZOO, extend, load_functional, load_library
from .reading.names import problem_of_name
from .reading.problems import SpecError, one_of
from .render import render, render_extension, render_tests_of_zoo
from .root import IS_INSTALLED, ROOT
from .write import Plan, apply, diff, plan

_COMMAND = f"python -m {__package__}" if __name__ == "__main__" else "tracetorch-codegen"
"""The command that the user runs."""


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Run one command on the spec and the library below `root`; return the exit status."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # if the terminal lacks a letter
    options = _parser().parse_args(arguments)
    try:
        with _no_collection():
            return _run(options, root)
    except (SpecError, OSError) as error:
        print(error, file=sys.stderr)
        return 1


@contextmanager
def _no_collection() -> Iterator[None]:
    """Search for no garbage meanwhile, which among so many syntax trees takes a fifth of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _run(options: argparse.Namespace, root: Path) -> int:
    if options.command == "schema":
        functional = load_functional(root / "spec")
        defaults = functional.defaults if functional else ()
        print(json.dumps(schema_of_extension(defaults), indent=2))
        return 0
    if options.command == "deploy":
        return _deploy(options, root)
    if options.command == "new":
        return _new(options.name, options.kind)
    spec: Package | Library
    spec = extend(root / "spec", options.spec) if options.spec else load_library(root / "spec")
    if options.command in ("list", "explain"):
        packages = (spec,) if isinstance(spec, Package) else (*spec.packages, *spec.zoo.packages)
        named = {_name(layer): layer for package in packages for layer in layers(package)}
        return _list(named) if options.command == "list" else _explain(options, named)
    if bool(options.spec) != bool(options.out) or (IS_INSTALLED and not options.spec):
        needed = "are needed outside a checkout" if IS_INSTALLED else "belong together"
        hint = f"{_COMMAND} {options.command} --spec mine.yaml --out neurons"
        print(f"--spec FILE and --out FOLDER {needed}, as in\n  {hint}", file=sys.stderr)
        return 1
    if isinstance(spec, Package):
        todo = _plan_extension(spec, options.spec, options.out)
    else:
        todo = _plan_library(spec, root)
    if options.command == "generate":
        return _generate(todo, options.force)
    own = f" --spec {options.spec} --out {options.out}" if options.spec else ""
    return _check(todo, f"{_COMMAND} generate{own}")


def _name(layer: Layer) -> str:
    """Return the name of a layer, with that of the library that it comes from."""
    peer = layer.package.partition(f"{ZOO}.")[2]
    return f"{peer}.{layer.name}" if peer else layer.name


def _list(layers: Mapping[str, Layer]) -> int:
    print("\n".join(summaries(layers.values())))
    return 0


def _explain(options: argparse.Namespace, layers: Mapping[str, Layer]) -> int:
    if options.name not in layers:
        hint = one_of(layers, options.name)
        if not options.spec:
            hint += "; for a layer of a file of your own add --spec FILE"
        print(f"no layer {options.name}; {hint}", file=sys.stderr)
        return 1
    print(explain(layers[options.name]))
    return 0


def _plan_library(library: Library, root: Path) -> Plan:
    """Compare all that the spec makes with the library and its tests."""
    files = {PurePosixPath("src/tracetorch", path): text for path, text in render(library).items()}
    tests = render_tests_of_zoo(library.zoo)
    files |= {PurePosixPath("tests/zoo/generated", path): text for path, text in tests.items()}
    return plan(files, root, LIBRARY)


LIBRARY = (
    "src/tracetorch/*/*.py",
    "src/tracetorch/*/kernels/**/*",
    "src/tracetorch/sequence/*/*",
    "src/tracetorch/zoo/*/*.py",
    "src/tracetorch/zoo/*/kernels/**/*",
    "tests/zoo/generated/*.py",
)
"""The generated files of the library."""


def _new(name: str, kind: str) -> int:
    path = Path(f"{name}.yaml")
    problem = problem_of_name(name)
    if problem or path.exists():
        message, hint = problem or (f"{path} exists already", "choose another name")
        print(f"{message}; {hint}", file=sys.stderr)
        return 1
    path.write_bytes(start(name, kind).encode())
    print(f"{path}: edit it, then {_COMMAND} generate --spec {path} --out FOLDER")
    return 0


def _deploy(options: argparse.Namespace, root: Path) -> int:
    if not find_spec("torch"):
        print(
            "to deploy a network, install PyTorch and the packages that it needs", file=sys.stderr
        )
        return 1
    from .deploy import DeployError
    from .deploy.command import inputs_of, model_of
    from .deploy.network import planned

    try:
        model = model_of(options.model, options.weights)
        inputs = inputs_of(options.inputs) if options.inputs else None
        todo = planned(model, options.out, inputs, options.spec, root)
    except DeployError as error:
        print(error, file=sys.stderr)
        return 1
    status = _generate(todo, options.force)
    if not status:
        print(f"compare it with PyTorch: cc -std=c99 -O2 {options.out}/*.c -lm -o check && ./check")
    return status


def _plan_extension(package: Package, spec: Path, out: Path) -> Plan:
    reference = ""
    if package.reference:
        path = os.path.relpath(spec.resolve().parent / package.reference, out.resolve())
        reference = os.fsencode(Path(path).as_posix()).decode(errors="surrogateescape")
    return plan(render_extension(package, reference), out, _OWN, f"{package.name}.yaml")


_OWN = ("*.py", "kernels/**/*")
"""The generated files in a folder of one's own."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=_COMMAND,
        description="Layers from the spec, and trained networks of them as C.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    generate = commands.add_parser("generate", help="write the layers that a spec declares")
    generate.add_argument("--force", action="store_true", help="overwrite edits made by hand")
    check = commands.add_parser("check", help="show how the layers on disk differ from a spec")
    listing = commands.add_parser("list", help="list all layers")
    explain = commands.add_parser("explain", help="show what a layer computes, and why")
    explain.add_argument("name", metavar="NAME", help="the name of the layer")
    commands.add_parser("schema", help="print the JSON Schema of a file of your own, for editors")
    deploy = commands.add_parser(
        "deploy", help="write a trained network as C that needs no library"
    )
    deploy.add_argument("weights", type=Path, metavar="WEIGHTS", help="its saved state_dict")
    deploy.add_argument(
        "--model",
        required=True,
        metavar="MODULE:NAME",
        help="the function that makes the network",
    )
    deploy.add_argument(
        "--inputs",
        type=Path,
        metavar="FILE",
        help="a saved tensor of timesteps by which to compare; by default random numbers",
    )
    deploy.add_argument("--force", action="store_true", help="overwrite edits made by hand")
    new = commands.add_parser("new", help="write a file to start a neuron of your own from")
    new.add_argument("name", metavar="NAME", help="the name of the neuron and of the file")
    kind = new.add_mutually_exclusive_group(required=True)
    for name, help in KINDS.items():
        kind.add_argument(f"--{name}", dest="kind", action="store_const", const=name, help=help)
    for command in (generate, check, listing, explain, deploy):
        command.add_argument(
            "--spec", type=Path, metavar="FILE", help="a file of your own that extends the spec"
        )
    for command in (generate, check):
        command.add_argument(
            "--out", type=Path, metavar="FOLDER", help="the folder for the layers of that file"
        )
    deploy.add_argument(
        "--out", type=Path, metavar="FOLDER", required=True, help="the folder for its files"
    )
    return parser


def _generate(todo: Plan, force: bool) -> int:
    refused = {
        path: whose
        for path, whose in todo.refused.items()
        if not (force and whose is Provenance.EDITED)
    }
    if refused:
        lines = [f"{path}: {whose.value}" for path, whose in refused.items()]
        hints = [hint for whose, hint in _WAYS_OUT.items() if whose in refused.values()]
        print("\n".join([*lines, "nothing was written", *hints]), file=sys.stderr)
        return 1
    apply(todo)
    for path in todo.left_over:
        print(f"removed: {path}")
    print(f"{len(todo.missing)} new, {len(todo.changed)} changed, {len(todo.left_over)} removed")
    return 0


_WAYS_OUT = {
    Provenance.EDITED: "edited by hand: move your edits into the spec, or discard them with --force",
    Provenance.FOREIGN: "not generated from this: move them away, or give each spec a folder of its own",
}
"""Hints for files that would be overwritten."""


def _check(todo: Plan, command: str) -> int:
    if not todo:
        print("the generated files agree with the spec")
        return 0
    print("\n".join(diff(todo)))
    for what, paths in (
        ("changed", todo.changed),
        ("missing", todo.missing),
        ("left over", todo.left_over),
    ):
        for path in paths:
            print(f"{what}: {path}", file=sys.stderr)
    for path, whose in todo.refused.items():
        print(f"{path}: {whose.value}", file=sys.stderr)
    print(f"{command} makes them agree again", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
