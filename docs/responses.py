"""Pictures of responses of the zoo, as SVG written directly: matplotlib takes a second for each."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType

import torch
from torch import Tensor

import tracetorch as tt

TIMESTEPS, ON, OFF = 60, 5, 45
CURRENTS = [0.3 * 2.0**power for power in range(8)]
SPIKES = 3
"""How often a neuron must fire in a picture."""

LINES = 4
"""How many values of a state, or outputs, are drawn at most."""

LEFT, RIGHT, WIDTH, GAP = 44, 90, 480, 14
HEIGHTS = {"input": 26, "states": 78, "output": 30}


def draw_zoo(folder: Path) -> None:
    """Save the response of each neuron of the zoo."""
    for name in tt.zoo.__all__:
        thing = getattr(tt.zoo, name)
        for kind in layers_of(thing) if isinstance(thing, ModuleType) else [thing]:
            path = f"{name}-{kind.__name__}" if isinstance(thing, ModuleType) else name
            (folder / f"zoo-{path.lower()}.svg").write_text(picture(kind), encoding="utf-8")


def layers_of(module: ModuleType) -> list[type[tt.Layer]]:
    things = [getattr(module, name) for name in module.__all__]
    return [thing for thing in things if isinstance(thing, type)]


def picture(kind: type[tt.Layer]) -> str:
    """The SVG of the response of a layer with its defaults."""
    torch.manual_seed(0)
    parameters = inspect.signature(kind).parameters
    first, *others = (n for n, p in parameters.items() if p.default is p.empty)
    sizes = {first: 1, **dict.fromkeys(others, LINES)}
    hard = {"quant_fn": tt.functional.round_ste()} if is_smooth(parameters) else {}
    panels = response(kind(**sizes, **hard))
    rows, top = [], GAP
    for name, values in panels.items():
        rows += panel(name, values, top, HEIGHTS[name])
        top += HEIGHTS[name] + GAP
    style = "font: 10px sans-serif; fill: #444"
    size = f'viewBox="0 0 {WIDTH} {top}" width="{WIDTH}" height="{top}"'
    return "\n".join(
        [f'<svg xmlns="http://www.w3.org/2000/svg" {size} style="{style}">', *rows, "</svg>", ""]
    )


def is_smooth(parameters: Mapping[str, inspect.Parameter]) -> bool:
    return "quant_fn" in parameters and isinstance(
        parameters["quant_fn"].default, torch.nn.Identity
    )


@torch.no_grad()
def response(layer: tt.Layer) -> dict[str, dict[str, Tensor]]:
    """The input, states and output for the first current that makes the layer fire, `[T, lines]`."""
    pure, states = tt.Stateless(layer), dict[str, Tensor]()
    features = layer.in_features or layer.num_neurons
    signals = torch.zeros(TIMESTEPS, len(CURRENTS))
    signals[ON:OFF] = torch.tensor(CURRENTS)
    outputs, history = [], []
    for currents in signals:
        output, states = pure(currents[:, None].expand(-1, features), states)
        outputs.append(output)
        history.append(states)
    ys = torch.stack(outputs)
    fires = (ys != 0).flatten(2).any(2).sum(0) >= SPIKES
    chosen = int(fires.int().argmax())

    def lines(values: Tensor) -> Tensor:
        return values[:, chosen].flatten(1)[:, :LINES]

    # States that copy a value of the timestep before would be drawn twice.
    names = [name for name in states if not name.startswith("prev_")]
    over_time = {name: lines(torch.stack([s[name] for s in history])) for name in names}
    drawn = {"input": {"input": signals[:, chosen, None]}, "states": over_time}
    return {name: values for name, values in drawn.items() if values} | {
        "output": {"output": lines(ys)}
    }


def panel(name: str, series: Mapping[str, Tensor], top: int, height: int) -> Iterator[str]:
    """The lines of values over time, with the smallest and the largest, and a legend."""
    every = torch.cat([values.flatten() for values in series.values()])
    low, high = min(every.min().item(), 0.0), max(every.max().item(), 1e-3)
    width = WIDTH - LEFT - RIGHT
    for level, y in ((high, top), (low, top + height)):
        yield f'<text x="{LEFT - 6}" y="{y + 3}" text-anchor="end">{level:.3g}</text>'
        yield f'<path d="M{LEFT} {y}h{width}" stroke="#ddd"/>'
    colors = dict(zip(series, tt.plot.COLORS[1:])) if name == "states" else {}
    for index, (label, values) in enumerate(series.items()):
        color = colors.get(label, "#666666" if name == "input" else tt.plot.COLORS[0])
        yield f'<text x="{WIDTH - RIGHT + 8}" y="{top + 9 + 12 * index}" fill="{color}">{label}</text>'
        for line in values.T.tolist():
            points = " ".join(
                f"{LEFT + width * (t + 0.5) / TIMESTEPS:.1f},"
                f"{top + height * (high - value) / (high - low):.1f}"
                for t, value in enumerate(line)
            )
            yield f'<polyline points="{points}" fill="none" stroke="{color}"/>'
