"""The table of costs lists every layer, and counts what a layer of 256 neurons holds."""

from __future__ import annotations

import csv
from pathlib import Path

import torch
import zoo

TABLE = Path(__file__).parent.parent / "docs" / "understand" / "costs.csv"


def counted(name: str) -> tuple[str, str, str]:
    """The page of a layer, and how many numbers of its own it trains and remembers."""
    layer = zoo.build(name, 256)
    with torch.no_grad():
        layer(torch.zeros(256))
    trained = sum(parameter.numel() for parameter in layer.parameters())
    remembered = sum(getattr(layer, state).numel() for state in zoo.states(name))
    return f"[{name}](../layers/{name.lower()}.md)", str(trained), str(remembered)


def test_the_table_of_costs_counts_what_layers_hold() -> None:
    with TABLE.open(newline="", encoding="utf-8") as file:
        head, *rows = csv.reader(file)
    assert head == ["layer", "trained numbers", "remembered numbers", "inference", "training"]
    assert [tuple(row[:3]) for row in rows] == [counted(name) for name in zoo.ALL]
    times = {row[0]: row[3:] for row in rows}
    assert times["[LI](../layers/li.md)"] == ["1.0", "1.0"]  # the unit of the others
    assert all(float(time) > 0 for ratios in times.values() for time in ratios)
