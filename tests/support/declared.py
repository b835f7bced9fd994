"""A layer that a test declares in a few lines."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from codegen.model import Package
from codegen.reading.load import extend

_HEAD = """
package: {doc: A layer}
layers:
  Mine:
    name: mine
    doc: For a test.
    arguments: {num_neurons: {}, taps: {default: 3, doc: a size}, dim: {}}
"""

LIN = "modules: {lin: {linear: [num_neurons, num_neurons]}}"
"""A line for a linear map of the neurons."""


def declared(lines: Iterable[str], folder: Path) -> Package:
    """The package of a layer with neurons, `taps` and these lines of a spec."""
    spec = folder / "mine.yaml"
    spec.write_text(_HEAD + "".join(f"    {line}\n" for line in lines), encoding="utf-8")
    return extend(Path(__file__).parents[2] / "spec", spec)
