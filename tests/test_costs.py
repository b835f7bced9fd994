"""The tables of costs and of sequences list what they should, and count what layers hold."""

from __future__ import annotations

import csv
from functools import partial
from pathlib import Path

import bench_sequences
import torch
import zoo

import tracetorch as tt

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


def test_the_table_of_sequences_counts_what_autograd_keeps() -> None:
    with bench_sequences.TABLE.open(newline="", encoding="utf-8") as file:
        head, *rows = csv.reader(file)
    assert head == bench_sequences.HEAD
    found = {(row[0], row[1]): row[2:] for row in rows}
    layers = [*bench_sequences.LAYERS, bench_sequences.NETWORK]
    for page in map(bench_sequences.page, layers):
        assert found[page, bench_sequences.LOOP][:2] == ["1.0", "1.0"]  # the unit of the others
        assert (page, bench_sequences.UNROLL) in found
    numbers = [number for numbers in found.values() for number in numbers]
    assert all(float(number) > 0 for number in numbers if number)  # some peaks are not measured
    xs = torch.zeros(bench_sequences.TIMESTEPS, bench_sequences.BATCH, bench_sequences.NEURONS)
    for name in bench_sequences.LAYERS:
        layer, by = bench_sequences.build(name), bench_sequences.UNROLL
        who = bench_sequences.Contestant(name, by, layer, partial(tt.unroll, layer))
        memory = found[bench_sequences.page(name), by][2]
        assert f"{bench_sequences.kept(who, xs) / 1e6:.1f}" == memory
