"""Plots of spikes, states and responses over timesteps.

These functions need matplotlib: `pip install ".[plot]"` in a checkout. They draw into given axes,
or into the current ones of `matplotlib.pyplot`, and return the axes for further changes.
Colour-blind readers can distinguish their colours (Okabe and Ito 2008, "Color universal design").
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain, cycle
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from .core import Layer, Stateless

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

__all__ = ["COLORS", "raster", "response", "traces"]

COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#666666")
"""The cycle of colours: the first is that of upward spikes, the second of downward ones."""

_TIMESTEPS = 60


def raster(spikes: Tensor, axes: Axes | None = None, batch: int = 0) -> Axes:
    """Draw a raster plot of spikes: a mark for each spike, fainter the smaller its value.

    Args:
        spikes: The outputs of a layer that fires, timesteps first, as `tt.record` collects them:
            `[T, N]`, or `[T, B, ...]` of a batch, whose dimensions after the batch are all neurons.
            Downward (negative) spikes get a colour of their own.
        axes: Where to draw. Default: the current axes.
        batch: Which sample of a batch to draw. Default 0.

    Returns:
        The axes, timesteps along x, counted from 1, and neurons along y.

    Raises:
        ImportError: Matplotlib is not installed.
        TypeError: `spikes` is no tensor.
        ValueError: `spikes` has fewer than two dimensions, or is not finite, or the batch has no
            such sample.

    Example:
        >>> import torch, tracetorch as tt
        >>> layer = tt.snn.LIT(3, quant_fn=tt.functional.round_ste())
        >>> axes = tt.plot.raster(tt.unroll(layer, torch.randn(20, 3)))
        >>> axes.get_xlabel(), axes.get_ylabel()
        ('timestep', 'neuron')
    """
    if not isinstance(spikes, Tensor):
        raise TypeError(
            f"raster: spikes must be a tensor, got {type(spikes).__name__}; torch.stack makes one of "
            "a list of outputs"
        )
    if spikes.ndim < 2:
        raise ValueError(
            "raster: spikes must be [timesteps, neurons] or [timesteps, batch, ...], got shape "
            f"{tuple(spikes.shape)}"
        )
    if not spikes.isfinite().all():
        raise ValueError("raster: spikes must be finite, got NaN or infinity")
    values = _plain(_sample("raster", spikes, batch))
    axes = axes or _current_axes()
    if values.any():
        sizes = values / values.abs().max()
        _draw_marks(sizes.clamp(min=0), COLORS[0], "upward", axes)
        _draw_marks(-sizes.clamp(max=0), COLORS[1], "downward", axes)
    if (values < 0).any():
        _legend(axes)
    axes.set(ylabel="neuron", ylim=(-1, values.shape[1]))
    axes.locator_params(axis="y", integer=True)
    return _over_timesteps(axes, len(values))


def traces(states: Mapping[str, Tensor], axes: Axes | None = None, batch: int = 0) -> Axes:
    """Draw states, or other values, over timesteps.

    Args:
        states: Each state over time by its label, as `tt.record` collects them: `[T]`; `[T, N]` for
            a thin line per neuron; or `[T, B, ...]` of a batch, whose dimensions after the batch
            are all neurons. All have the same number of timesteps.
        axes: Where to draw. Default: the current axes.
        batch: Which sample of a batch to draw. Default 0.

    Returns:
        The axes, timesteps along x, counted from 1, with a legend above.

    Raises:
        ImportError: Matplotlib is not installed.
        TypeError: `states` is no mapping of tensors.
        ValueError: There is no state, one has no dimension, their numbers of timesteps differ, or
            the batch has no such sample.

    Example:
        >>> import torch, tracetorch as tt
        >>> layer = tt.snn.LI(1)
        >>> with tt.record(layer, "mem") as seen:
        ...     ys = tt.unroll(layer, torch.ones(20, 1))
        >>> axes = tt.plot.traces(seen)
        >>> axes.get_xlabel(), axes.get_legend().get_texts()[0].get_text()
        ('timestep', 'mem')
    """
    if not isinstance(states, Mapping) or not all(isinstance(s, Tensor) for s in states.values()):
        raise TypeError("traces: states must be a mapping of labels to tensors")
    shapes = {label: tuple(state.shape) for label, state in states.items()}
    lengths = {shape[:1] for shape in shapes.values()}
    if len(lengths) != 1 or () in lengths:
        raise ValueError(
            "traces: each state must be [timesteps], [timesteps, neurons] or [timesteps, batch, "
            f"...], all with the same number of timesteps, got {shapes or 'none'}"
        )
    shown = {label: _sample("traces", state, batch) for label, state in states.items()}
    axes = axes or _current_axes()
    _draw_lines(shown, axes)
    _legend(axes)
    return axes


def response(layer: Layer, axes: NDArray[Any] | None = None) -> NDArray[Any]:
    """Draw the response of a layer to impulses, steps and noise, the first two of either sign.

    The states of the layer do not change; the sequences start from new ones. Every neuron gets the
    same input, so use a layer of one neuron. States are drawn as they are after each timestep, that
    is after a reset. Of a pair such as `pos_mem` and `neg_mem` the sum is drawn, which the
    equations use, and the two branches as thin lines. Thresholds, shifted by the bias, are dotted
    in grey.

    Args:
        layer: Any layer with memory.
        axes: A 3 x 3 array of axes: rows for input, states and output, and a column for each input.
            Default: those of a new figure of `matplotlib.pyplot`.

    Returns:
        The array of axes.

    Raises:
        ImportError: Matplotlib is not installed.
        TypeError: `layer` is no layer with memory.
        ValueError: `axes` has the wrong shape.

    Example:
        >>> import tracetorch as tt
        >>> axes = tt.plot.response(tt.snn.SLIB(1, quant_fn=tt.functional.round_ste()))
        >>> [row[0].get_ylabel() for row in axes]
        ['input', 'states', 'output']
    """
    if not isinstance(layer, Layer):
        raise TypeError(f"response: layer must be a tt.Layer, got {type(layer).__name__}")
    if axes is None:
        axes = _new_axes()
    shape = getattr(axes, "shape", None)
    if shape != (3, 3):
        raise ValueError(f"response: axes must be an array of 3 x 3, got shape {shape}")
    for column, (title, signal) in zip(axes.T, _stimuli().items()):
        output, states = _run(layer, signal)
        column[0].set_title(title)
        column[0].plot(range(1, len(signal) + 1), signal, color=COLORS[-1])
        if states:
            _draw_states(states, column[1])
        _draw_thresholds(layer, column[1])
        _draw_output(output, hasattr(layer, "spike_fn"), column[2])
        for part in column[:2]:
            _over_timesteps(part, len(signal)).set_xlabel("")
    for row, label in zip(axes, ("input", "states", "output")):
        row[0].set_ylabel(label)
    return axes


def _stimuli() -> dict[str, Tensor]:
    impulses, steps = torch.zeros(2, _TIMESTEPS, device="cpu")
    impulses[4], impulses[34] = 2.0, -2.0
    steps[4:24], steps[34:54] = 0.4, -0.4
    generator = torch.Generator().manual_seed(0)
    noise = 0.6 * torch.randn(_TIMESTEPS, generator=generator, device="cpu")
    return {"impulses": impulses, "steps": steps, "noise": noise}


@torch.no_grad()
def _run(layer: Layer, signal: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
    """Outputs, and states after each timestep, `[T, …]`, for the same signal in all features."""
    pure, states = Stateless(layer), dict[str, Tensor]()
    like = next(chain(layer.parameters(), layer.buffers()), signal)
    shape = [1] * (-layer.dim if layer.dim < 0 else layer.dim + 1)
    shape[layer.dim] = layer.in_features or layer.num_neurons
    outputs, history = [], []
    for value in signal.to(like):
        output, states = pure(value.expand(shape), states)
        outputs.append(output.flatten())
        history.append(states)
    # States that copy a value of the timestep before would be drawn twice.
    repeated = {f"prev_{name}" for name in ("output", *states)}
    names = [name for name in states if name not in repeated]
    over_time = {name: torch.stack([s[name].flatten() for s in history]) for name in names}
    return torch.stack(outputs), over_time


def _draw_states(states: Mapping[str, Tensor], axes: Axes) -> None:
    """Draw each state as a line, and of a pair the sum, with a thin line for each branch."""
    whole: dict[str, Tensor] = {}
    branches: dict[str, list[Tensor]] = {}
    for name, state in states.items():
        base = name.removeprefix("pos_").removeprefix("neg_")
        if {f"pos_{base}", f"neg_{base}"} <= states.keys() and base not in states:
            branches.setdefault(base, []).append(state)
            whole[base] = torch.stack(branches[base]).sum(dim=0)
        else:
            whole[name] = state
    traces(whole, axes)
    for base, pair in branches.items():
        color = COLORS[list(whole).index(base) % len(COLORS)]
        for branch in pair:
            axes.plot(range(1, len(branch) + 1), _plain(branch), color=color, linewidth=0.6)


def _draw_thresholds(layer: Layer, axes: Axes) -> None:
    names = {"threshold": 1, "pos_threshold": 1, "neg_threshold": -1}
    for name, sign in names.items():
        if hasattr(layer, name):
            levels = sign * getattr(layer, name) - getattr(layer, "bias", 0.0)
            for level in set(_plain(torch.as_tensor(levels, device="cpu")).flatten().tolist()):
                axes.axhline(level, color="0.5", linestyle=":")


def _draw_output(output: Tensor, fires: bool, axes: Axes) -> None:
    if not fires:
        _draw_lines({"output": output}, axes)
        return
    timesteps = range(1, len(output) + 1)
    for spikes in _plain(output).T:
        up, down = spikes.clamp(min=0), spikes.clamp(max=0)
        axes.vlines(timesteps, 0, up, color=COLORS[0], linewidth=1.5)
        axes.vlines(timesteps, 0, down, color=COLORS[1], linewidth=1.5)
    axes.axhline(0, color="0.8", linewidth=0.8, zorder=0)
    _over_timesteps(axes, len(output))


def _draw_marks(sizes: Tensor, color: str, label: str, axes: Axes) -> None:
    timesteps, neurons = sizes.nonzero(as_tuple=True)
    if not len(timesteps):
        return
    points_per_neuron = axes.bbox.height * 72 / axes.figure.dpi / sizes.shape[1]
    marks = axes.hlines(
        neurons.numpy(),
        timesteps.numpy() + 0.6,
        timesteps.numpy() + 1.4,
        colors=[(color, size) for size in sizes[timesteps, neurons].tolist()],
        linewidth=max(1.0, 0.8 * points_per_neuron),
        label=label,
    )
    # A projecting end keeps marks visible where timesteps are narrower than a point.
    marks.set_capstyle("butt" if points_per_neuron > 2 else "projecting")


def _draw_lines(states: Mapping[str, Tensor], axes: Axes) -> None:
    for (label, state), color in zip(states.items(), cycle(COLORS)):
        lines = _plain(state if state.ndim == 2 else state[:, None])
        width = 1.5 if lines.shape[1] == 1 else 0.8
        for index, line in enumerate(lines.T):
            shown = label if index == 0 else None
            axes.plot(range(1, len(line) + 1), line, color=color, linewidth=width, label=shown)
        _over_timesteps(axes, len(state))


def _over_timesteps(axes: Axes, num_timesteps: int) -> Axes:
    axes.set(xlabel="timestep", xlim=(0.5, max(num_timesteps, 1) + 0.5))
    axes.locator_params(axis="x", integer=True)
    axes.spines[["top", "right"]].set_visible(False)
    return axes


def _legend(axes: Axes) -> None:
    """Draw the legend above the axes, or beside them if it is long."""
    is_long = len(axes.get_legend_handles_labels()[1]) > 4
    axes.legend(
        loc="upper left" if is_long else "lower right",
        bbox_to_anchor=(1, 1),
        ncols=1 if is_long else 4,
        frameon=False,
        borderaxespad=0,
        fontsize="small",
    )


def _sample(function: str, values: Tensor, batch: int) -> Tensor:
    """The values of one sample, `[T, N]`; those without a batch as they are."""
    if values.ndim < 3:
        return values
    if not -values.shape[1] <= batch < values.shape[1]:
        raise ValueError(
            f"{function}: there is no sample batch = {batch} in shape {tuple(values.shape)}"
        )
    return values[:, batch].flatten(1)


def _plain(tensor: Tensor) -> Tensor:
    """The tensor as matplotlib can read it: detached, in float32 on the CPU."""
    return tensor.detach().cpu().float()


def _current_axes() -> Axes:
    axes: Axes = _pyplot().gca()
    return axes


def _new_axes() -> NDArray[Any]:
    axes: NDArray[Any]
    _, axes = _pyplot().subplots(3, 3, sharex=True, figsize=(9, 5), layout="constrained")
    return axes


def _pyplot() -> Any:
    try:
        from matplotlib import pyplot
    except ImportError as error:
        raise ImportError(
            'tt.plot needs matplotlib: pip install ".[plot]" in a checkout'
        ) from error
    return pyplot
