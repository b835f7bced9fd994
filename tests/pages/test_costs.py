"""The tables of costs and of sequences list every layer, with the right counts."""

from __future__ import annotations

import csv
import importlib
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import matplotlib
import pytest
import torch
from matplotlib.axes import Axes

import tracetorch as tt
from tests.benchmarks import recurrences, sequences, streaming
from tests.benchmarks.measuring import Contestant, kept, page
from tests.support import zoo
from tests.support.peers import peer

TABLE = Path(__file__).parents[2] / "docs" / "guides" / "costs.csv"


def counted(name: str) -> tuple[str, str, str]:
    """The page of a layer, the number of its parameters, and its state size."""
    layer = zoo.build(name, 256)
    with torch.no_grad():
        layer(torch.zeros(256))
    parameters = sum(parameter.numel() for parameter in layer.parameters())
    state_size = sum(getattr(layer, state).numel() for state in zoo.states(name))
    return f"[{name}](../layers/{name.lower()}.md)", str(parameters), str(state_size)


def test_the_table_of_costs_counts_parameters_and_states() -> None:
    with TABLE.open(newline="", encoding="utf-8") as file:
        head, *rows = csv.reader(file)
    assert head == ["layer", "parameters", "state size", "inference", "training"]
    assert [tuple(row[:3]) for row in rows] == [counted(name) for name in zoo.ALL]
    times = {row[0]: row[3:] for row in rows}
    assert times["[LI](../layers/li.md)"] == ["1.0", "1.0"]  # the unit of the others
    assert all(float(time) > 0 for ratios in times.values() for time in ratios)


def test_the_table_of_timesteps_lists_each_way() -> None:
    with streaming.TABLE.open(newline="", encoding="utf-8") as file:
        head, *rows = csv.reader(file)
    assert tuple(head) == streaming.HEAD
    assert [row[0] for row in rows] == [
        f"[{n}](../layers/{n.lower()}.md)" for n in streaming.LAYERS
    ]
    assert all(float(ratio) > 0 for row in rows for ratio in row[1:])
    calls = {row[0]: [*map(float, row[1:])] for row in rows}
    assert all(compiled < plain for plain, compiled, _ in calls.values())


def test_the_table_of_sequences_counts_what_autograd_keeps() -> None:
    with sequences.TABLE.open(newline="", encoding="utf-8") as file:
        head, *rows = csv.reader(file)
    assert head == sequences.HEAD
    found = {(row[0], row[1]): row[2:] for row in rows}
    layers = [*sequences.LAYERS, sequences.NETWORK]
    for name in map(page, layers):
        assert found[name, sequences.LOOP][:2] == ["1.0", "1.0"]  # the unit of the others
        assert (name, sequences.UNROLL) in found
    numbers = [number for numbers in found.values() for number in numbers]
    assert all(float(number) > 0 for number in numbers if number)  # some peaks are not measured
    xs = torch.zeros(sequences.TIMESTEPS, sequences.BATCH, sequences.NEURONS)
    for name in sequences.LAYERS:
        layer, by = sequences.build(name), sequences.UNROLL
        who = Contestant(name, by, layer, partial(tt.unroll, layer))
        memory = found[page(name), by][2]
        assert f"{kept(who, xs) / 1e6:.1f}" == memory


def test_the_table_of_recurrences_lists_each_comparison() -> None:
    (head, *rows), (long_head, *long_rows) = (
        [*csv.reader(path.read_text(encoding="utf-8").splitlines())]
        for path in (recurrences.TABLE, recurrences.LONG_TABLE)
    )
    assert (tuple(head), tuple(long_head)) == (recurrences.HEAD, recurrences.LONG_HEAD)
    expected = [[page(r.setting.layer), str(r.setting), r.by] for r in recurrences.ROWS]
    assert [row[:3] for row in rows] == expected
    numbers = [number for row in rows for number in row[3:]]
    assert all(float(number) > 0 for number in numbers if number)  # times may be left out
    assert [row[:2] for row in long_rows] == [[page(s.layer), str(s)] for s in recurrences.LONG]


@pytest.mark.parametrize("name", ["S6", "Mamba"])
def test_the_table_of_recurrences_counts_what_autograd_keeps(name: str) -> None:
    setting = recurrences.Setting(name, *recurrences.STATE_SPACE)
    (row,) = (
        row
        for row in table(recurrences.TABLE)
        if row[:3] == [page(name), str(setting), recurrences.LOOP]
    )
    contestant = recurrences.contestant(setting, recurrences.UNROLL)
    assert f"{kept(contestant, setting.input()) / 1e6:.1f}" == row[4]
    assert float(row[4]) < float(row[5]) / 8


@pytest.mark.skipif(sys.platform != "linux", reason="the memory of a process is read from /proc")
def test_the_benchmark_of_recurrences_at_small_sizes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sizes = {"timesteps": 4, "batch": 2, "neurons": 16}
    small = [row._replace(setting=replace(row.setting, **sizes)) for row in recurrences.ROWS]
    compared = {(row.setting.layer, row.by): row for row in small}
    monkeypatch.setattr(recurrences, "ROWS", [*compared.values()])
    monkeypatch.setattr(recurrences, "LONG", [small[0].setting])
    monkeypatch.setattr(recurrences, "ROUNDS", 1)
    monkeypatch.setattr(recurrences, "THREADS", torch.get_num_threads())
    for name in ("TABLE", "LONG_TABLE", "MACHINE"):
        monkeypatch.setattr(recurrences, name, tmp_path / name)
    monkeypatch.setattr(recurrences, "apart", lambda run, *arguments: run(*arguments))
    recurrences.main()
    assert len(table(tmp_path / "TABLE")) == len(compared) and table(tmp_path / "LONG_TABLE")
    printed = capsys.readouterr().out
    assert "wanted" in printed and "1/8 kept" in printed
    measured = [row for row in table(tmp_path / "TABLE") if row[3] != "not installed"]
    assert all(float(number) >= 0 for row in measured for number in row[3:])
    for name in ("mambapy", "snntorch"):
        peer(name)
    assert len(measured) == len(compared)


def test_the_charts_show_what_the_tables_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(TABLE.parents[1])
    with matplotlib.rc_context():
        figures = importlib.import_module("figures")
        speed, ways, memory = figures.draw_sequences(sequences.TABLE).axes
        (costs,) = figures.draw_costs(TABLE).axes
    rows = {
        (row[0], row[1]): [*map(float, filter(None, row[2:]))] for row in table(sequences.TABLE)
    }
    pages = [*map(page, [*sequences.LAYERS, sequences.NETWORK])]
    unrolled = [rows[name, sequences.UNROLL] for name in pages]
    loops = [rows[name, sequences.LOOP] for name in pages]
    assert shown(speed) == [row[1] for row in unrolled] + [row[0] for row in unrolled]
    assert shown(memory) == [row[-1] for row in (*unrolled, *loops)]
    lib = [row[1] for (name, _), row in rows.items() if name == page("LIB")]
    assert shown(ways) == sorted(lib, reverse=True)
    times = [[*map(float, row[3:])] for row in table(TABLE)]
    assert shown(costs) == [row[1] for row in times] + [row[0] for row in times]


def shown(axes: Axes) -> list[float]:
    """The lengths of the bars."""
    return [bar.get_width() for bar in axes.patches]


def table(path: Path) -> list[list[str]]:
    """The rows of a table, without its head."""
    with path.open(newline="", encoding="utf-8") as file:
        return [*csv.reader(file)][1:]
