"""Draw the figures of the site by running layers and functions, and the tables of `make bench`."""

from __future__ import annotations

import csv
import re
import textwrap
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import matplotlib
import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from responses import draw_zoo

import tracetorch as tt

matplotlib.rcParams |= {
    "svg.hashsalt": "tracetorch",
    "svg.fonttype": "none",
    "font.size": 9,
    "axes.titlesize": "medium",
    "axes.titley": 1.0,
}

EXAMPLE_VALUES = {
    "neg_alpha": 0.9,
    "neg_beta": 0.6,
    "rec_weight": -1.0,
    "pos_rec_weight": -1.0,
    "neg_rec_weight": -1.0,
    "neg_scale": 0.5,
}
"""Values that make mechanisms visible; at the defaults branches are equal, and R has no effect."""

MARGINS = {"left": 0.2, "right": 0.97, "bottom": 0.11, "top": 0.93, "hspace": 0.4}
"""Fixed, since the time to draw a figure doubles where matplotlib searches for its margins."""


def draw_all(folder: Path) -> None:
    axes = response_axes()
    for package in (tt.snn, tt.rnn, tt.ssm):
        for name in package.__all__:
            if name not in ("Layer", "flex"):
                draw_layer(package, name, axes, folder / "layers")
    draw_zoo(folder / "zoo")
    save(draw_page(folder / "reference" / "plot.md"), folder / "reference" / "plot.svg")
    save(draw_firing(), folder / "guides" / "firing.svg")
    save(draw_halflives(), folder / "guides" / "halflives.svg")
    for name, draw in (("sequences", draw_sequences), ("costs", draw_costs)):
        table = folder / "guides" / f"{name}.csv"
        save(draw(table), table.with_suffix(".svg"))


def save(figure: Figure, path: Path) -> None:
    figure.savefig(path, metadata={"Date": None})


def response_axes() -> NDArray[Any]:
    """Axes for `tt.plot.response`: a narrow figure for each column, so that they stack on a phone."""
    figures = [Figure(figsize=(3, 4.2)) for _ in range(3)]
    axes = np.column_stack([f.subplots(3, sharex=True, gridspec_kw=MARGINS) for f in figures])
    for part in axes.flat:
        part.yaxis.set_label_coords(-0.2, 0.5)
    return axes


def draw_layer(package: ModuleType, name: str, axes: NDArray[Any], folder: Path) -> None:
    """Save the responses of a layer, a figure for each input, and its source."""
    source, layer = example_layer(package, name)
    (folder / f"{name.lower()}.txt").write_text(f"{source}\n", encoding="utf-8")
    for part in axes.flat:
        erase(part)
    for column in tt.plot.response(layer, axes).T:
        for part, label in zip(column, ("input", "states", "output")):
            part.set_ylabel(label)
            part.locator_params(axis="y", nbins=4)
        save(column[0].figure, folder / f"{name.lower()}_{column[0].get_title()}.svg")


def erase(axes: Axes) -> None:
    """Remove what is drawn, but keep the axes, which take longer to make than to draw."""
    for artist in (*axes.lines, *axes.collections, *filter(None, [axes.get_legend()])):
        artist.remove()
    axes.relim()


def draw_page(page: Path) -> Figure:
    """The figure that the first code of a page makes."""
    code, *_ = re.findall(
        r"^```python\n(.*?)^```$", page.read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    made: dict[str, Any] = {}
    exec(compile(code, str(page), "exec"), made)
    return made["figure"]


def example_layer(package: ModuleType, name: str) -> tuple[str, tt.Layer]:
    """The source of a constructor call, in short lines, and the small layer that it makes."""
    torch.manual_seed(0)
    kind = getattr(package, name)
    sizes = [1, 4] if package is tt.rnn else [2] if name == "Mamba" else [1]
    layer = kind(*sizes)
    options = {key: value for key, value in EXAMPLE_VALUES.items() if hasattr(layer, key)}
    if hasattr(layer, "d_state"):
        options["d_state"] = 8
    arguments = [*map(str, sizes), *(f"{key}={value}" for key, value in options.items())]
    if hasattr(layer, "quant_fn"):
        options["quant_fn"] = tt.functional.round_ste()
        arguments.append("quant_fn=tt.functional.round_ste()")
    path = f"tt.{package.__name__.removeprefix('tracetorch.')}.{name}"
    lines = textwrap.wrap(f"{path}({', '.join(arguments)})", 80, subsequent_indent=" " * 4)
    return "\n".join(lines), kind(*sizes, **options)


def draw_firing() -> Figure:
    """The outputs of `spike_fn` and of each `quant_fn`, and their gradients."""
    distance = torch.linspace(-1.5, 1.5, 601)
    quantizers = {
        "Identity()": torch.nn.Identity(),
        "round_ste()": tt.functional.round_ste(),
        "round_ste(0.25)": tt.functional.round_ste(0.25),
        "stochastic_round_ste()": tt.functional.stochastic_round_ste(),
        "probabilistic_ste()": tt.functional.probabilistic_ste(),
    }
    torch.manual_seed(0)
    figure = Figure(figsize=(9, 4), layout="constrained")
    axes = figure.subplots(2, len(quantizers), sharex=True, sharey="row")
    for column, (name, quant_fn) in zip(axes.T, quantizers.items()):
        x = distance.clone().requires_grad_()
        smooth = tt.functional.sigmoid4x(x)
        spikes = quant_fn(smooth)
        (gradient,) = torch.autograd.grad(spikes.sum(), x)
        style = {"linewidth": 0, "marker": ".", "markersize": 2} if is_random(quant_fn) else {}
        column[0].plot(distance, smooth.detach(), color=tt.plot.COLORS[-1], linewidth=0.8)
        column[0].plot(distance, spikes.detach(), color=tt.plot.COLORS[0], **style)
        column[1].plot(distance, gradient, color=tt.plot.COLORS[1])
        column[0].set_title(name, family="monospace", fontsize=8)
        column[1].set_xlabel("mem - threshold")
        for part in column:
            part.spines[["top", "right"]].set_visible(False)
    axes[0, 0].set_ylabel("spike")
    axes[1, 0].set_ylabel("gradient")
    return figure


def is_random(quant_fn: torch.nn.Module) -> bool:
    x = torch.full((100,), 0.5)
    return not torch.equal(quant_fn(x), quant_fn(x))


def draw_halflives() -> Figure:
    """The decay of an impulse, for several half-lives."""
    timesteps = torch.arange(0, 41)
    figure = Figure(figsize=(6, 2.8), layout="constrained")
    axes = figure.subplots()
    for halflife, color in zip((1, 3, 10, 30), tt.plot.COLORS):
        decay = tt.functional.halflife_to_decay(torch.tensor(float(halflife)))
        axes.plot(timesteps, decay**timesteps, color=color, label=f"{halflife} (decay {decay:.3f})")
        axes.plot([halflife], [0.5], "o", color=color, markersize=4)
    axes.axhline(0.5, color="0.8", linewidth=0.8, zorder=0)
    axes.set(xlabel="timestep after an impulse", ylabel="remaining fraction", xlim=(0, 40))
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(title="half-life in timesteps", frameon=False)
    return figure


def draw_sequences(table: Path) -> Figure:
    """The speed and the memory of whole sequences, compared with the loop and other libraries."""
    rows = read(table)
    loops, unrolled = ([row for row in rows if row["run by"] == by] for by in ("loop", "tt.unroll"))
    names = [row["layer"] for row in unrolled]
    others = sorted(
        (row for row in rows if row["layer"] == "LIB"), key=lambda row: -float(row["training"])
    )
    figure = Figure(figsize=(4.8, 9.6), layout="constrained")
    heights = len(names), len(others), len(names)
    speed, ways, memory = figure.subplots(3, height_ratios=heights)
    draw_bars(speed, names, {part: numbers(unrolled, part) for part in ("training", "inference")})
    speed.set_title("Speed (loop = 1)", loc="left")
    in_two_lines = ["\n".join(row["run by"].rsplit(" ", 1)) for row in others]
    draw_bars(ways, in_two_lines, {"training": numbers(others, "training")})
    ways.set_title("Speed of LIB in training (loop = 1)", loc="left")
    megabytes = {"tt.unroll": numbers(unrolled, "peak (MB)"), "loop": numbers(loops, "peak (MB)")}
    draw_bars(memory, names, megabytes, "{:.0f}")
    memory.set_title("Peak memory (MB)", loc="left")
    return figure


def draw_costs(table: Path) -> Figure:
    """The time of a timestep of each layer, in multiples of `LI`."""
    rows = read(table)
    figure = Figure(figsize=(4.8, 9.6), layout="constrained")
    axes = figure.subplots()
    costs = {part: numbers(rows, part) for part in ("training", "inference")}
    draw_bars(axes, [row["layer"] for row in rows], costs)
    axes.set_title("Time of a timestep (LI = 1)", loc="left")
    return figure


def read(table: Path) -> list[dict[str, str]]:
    """The rows of a table, without the links and backticks of its cells."""
    with table.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [{k: re.sub(r"`|^\[|\]\(.*", "", cell) for k, cell in row.items()} for row in rows]


def numbers(rows: list[dict[str, str]], column: str) -> list[float]:
    return [float(row[column]) for row in rows]


def draw_bars(
    axes: Axes, names: list[str], series: Mapping[str, list[float]], form: str = "{:.1f}"
) -> None:
    """Horizontal bars from the top, a group for each name."""
    height = 0.8 / len(series)
    for place, (label, values) in enumerate(series.items()):
        above = (place - (len(series) - 1) / 2) * height
        heights = [row + above for row in range(len(names))]
        bars = axes.barh(heights, values, height, color=tt.plot.COLORS[place], label=label)
        axes.bar_label(bars, map(form.format, values), padding=2, fontsize=7)
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.margins(x=0.08, y=0.01)
    axes.invert_yaxis()
    axes.set_xticks([])
    axes.tick_params(left=False)
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    if len(series) > 1:
        axes.legend(
            loc="lower right",
            bbox_to_anchor=(1, 1),
            ncols=2,
            frameon=False,
            borderaxespad=0,
            fontsize=8,
            handlelength=1,
            columnspacing=1,
        )
