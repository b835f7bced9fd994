"""Draw the figures of the site by running layers and functions, and the tables of `make bench`."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from pathlib import Path

import matplotlib
import torch
from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import tracetorch as tt

matplotlib.use("agg")
matplotlib.rcParams |= {"svg.hashsalt": "tracetorch", "font.size": 9, "axes.titlesize": "medium"}

EXAMPLE_VALUES = {
    "neg_alpha": 0.9,
    "neg_beta": 0.6,
    "rec_weight": -1.0,
    "pos_rec_weight": -1.0,
    "neg_rec_weight": -1.0,
    "neg_scale": 0.5,
}
"""Values that make mechanisms visible; at the defaults branches are equal, and R has no effect."""


def draw_all(folder: Path) -> None:
    for package in (tt.snn, tt.rnn, tt.ssm):
        for name in package.__all__:
            if name not in ("Layer", "flex"):
                save(draw_response(package, name), folder / "layers" / f"{name.lower()}.svg")
    save(draw_firing(), folder / "understand" / "firing.svg")
    save(draw_halflives(), folder / "understand" / "halflives.svg")
    for name, draw in (("sequences", draw_sequences), ("costs", draw_costs)):
        table = folder / "understand" / f"{name}.csv"
        save(draw(table), table.with_suffix(".svg"))


def save(figure: Figure, path: Path) -> None:
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)


def draw_response(package: object, name: str) -> Figure:
    call, layer = example_layer(package, name)
    axes = tt.plot.response(layer)
    figure = axes[0, 0].figure
    figure.suptitle(call, family="monospace", fontsize=9)
    return figure


def example_layer(package: object, name: str) -> tuple[str, tt.Layer]:
    """The source of a constructor call, and the small layer that it makes."""
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
        arguments.append("quant_fn=round_ste()")
    return f"{name}({', '.join(arguments)})", kind(*sizes, **options)


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
    figure, axes = pyplot.subplots(
        2, len(quantizers), sharex=True, sharey="row", figsize=(9, 4), layout="constrained"
    )
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
    figure, axes = pyplot.subplots(figsize=(6, 2.8), layout="constrained")
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
    figure, (speed, ways, memory) = pyplot.subplots(
        3,
        figsize=(4.8, 9.6),
        layout="constrained",
        height_ratios=(len(names), len(others), len(names)),
    )
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
    figure, axes = pyplot.subplots(figsize=(4.8, 9.6), layout="constrained")
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
