"""Pictures show the numbers they were given, and leave layers as they were."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from torch import Tensor, nn

import tracetorch as tt
from tests.support import zoo
from tests.support.reviewed import assert_as_reviewed


@pytest.fixture
def axes() -> Iterator[Axes]:
    figure, axes = pyplot.subplots()
    yield axes
    pyplot.close(figure)


def marks(axes: Axes, direction: int) -> set[tuple[float, float, float]]:
    """Timestep, neuron and opacity of each mark."""
    lines = axes.collections[direction]
    places = [segment.mean(axis=0) for segment in lines.get_segments()]
    opacities = lines.get_colors()[:, 3].tolist()
    return {(x, y, a) for (x, y), a in zip(places, opacities)}


def labels(axes: Axes) -> list[str]:
    return axes.get_legend_handles_labels()[1]


def test_raster_marks_each_spike(axes: Axes) -> None:
    spikes = torch.tensor([[0.0, 1.0], [0.5, 0.0], [0.0, -1.0]], requires_grad=True)
    assert tt.plot.raster(spikes, axes) is axes
    assert marks(axes, 0) == {(1, 1, 1.0), (2, 0, 0.5)}
    assert marks(axes, 1) == {(3, 1, 1.0)}
    colors = [tuple(lines.get_colors()[0, :3]) for lines in axes.collections]
    assert colors == [to_rgb(color) for color in tt.plot.COLORS[:2]]
    assert axes.get_xlim() == (0.5, 3.5)
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["upward", "downward"]


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64, torch.bool])
def test_any_dtype_is_drawn(dtype: torch.dtype, axes: Axes) -> None:
    spikes = torch.tensor([[1, 0], [0, 1]]).to(dtype)
    tt.plot.raster(spikes, axes)
    tt.plot.traces({"mem": spikes}, axes)
    assert [list(line.get_ydata()) for line in axes.lines] == [[1, 0], [0, 1]]


def test_raster_is_fainter_where_less_than_the_largest_of_either_direction(axes: Axes) -> None:
    tt.plot.raster(torch.tensor([[0.5], [-2.0]]), axes)
    assert marks(axes, 0) == {(1, 0, 0.25)} and marks(axes, 1) == {(2, 0, 1.0)}


@pytest.mark.parametrize("neurons", [1, 2, 3, 100])
def test_raster_numbers_whole_neurons_alone(neurons: int, axes: Axes) -> None:
    tt.plot.raster(torch.zeros(5, neurons), axes)
    assert all(tick == round(tick) for tick in axes.get_yticks())


def test_raster_has_a_row_for_each_neuron(axes: Axes) -> None:
    spikes = torch.eye(6)
    tt.plot.raster(spikes, axes)
    assert axes.get_ylim() == (-1, 6)
    height = axes.bbox.height * 72 / axes.figure.dpi / 6
    assert axes.collections[0].get_linewidths() == pytest.approx([0.8 * height])
    axes.clear()
    tt.plot.raster(torch.eye(2000), axes)
    assert axes.collections[0].get_linewidths() == [1.0]


@pytest.mark.parametrize("count, rows", [(1, 1), (4, 1), (5, 5), (9, 9)])
def test_a_legend_is_a_row_above_or_a_column_beside(count: int, rows: int, axes: Axes) -> None:
    tt.plot.traces({str(index): torch.zeros(3) for index in range(count)}, axes)
    axes.figure.canvas.draw()
    texts = [text.get_window_extent() for text in axes.get_legend().get_texts()]
    assert len({round(text.y0) for text in texts}) == rows
    assert all(text.x0 > axes.bbox.x1 if rows > 1 else text.y0 > axes.bbox.y1 for text in texts)


def test_raster_of_silence(axes: Axes) -> None:
    tt.plot.raster(torch.zeros(5, 3), axes)
    assert not axes.collections and axes.get_legend() is None and axes.get_xlim() == (0.5, 5.5)


def test_traces_draw_a_line_for_each_neuron(axes: Axes) -> None:
    mem, syn = torch.rand(4), torch.rand(4, 2, dtype=torch.float16)
    assert tt.plot.traces({"mem": mem, "syn": syn}, axes) is axes
    assert [line.get_ydata().tolist() for line in axes.lines] == [
        mem.tolist(),
        *syn.float().T.tolist(),
    ]
    assert [line.get_xdata()[0] for line in axes.lines] == [1, 1, 1]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["mem", "syn"]


def test_the_current_axes_are_the_default(axes: Axes) -> None:
    assert tt.plot.raster(torch.ones(2, 2)) is axes
    assert tt.plot.traces({"mem": torch.ones(2)}) is axes


def test_given_axes_are_drawn_in_while_others_are_current(axes: Axes) -> None:
    figure, current = pyplot.subplots()
    assert tt.plot.raster(torch.ones(2, 2), axes) is axes and axes.collections
    assert tt.plot.traces({"mem": torch.ones(2)}, axes) is axes and axes.lines
    assert not current.has_data()
    pyplot.close(figure)


@pytest.mark.parametrize("shape", [(3,), ()])
def test_raster_refuses_other_shapes(shape: tuple[int, ...], axes: Axes) -> None:
    with pytest.raises(ValueError, match="spikes must be .timesteps, neurons. or .*, got shape"):
        tt.plot.raster(torch.zeros(shape), axes)


@pytest.mark.parametrize("shapes", [[], [(3,), (4,)], [()], [(3,), ()], [(2, 2, 2), (3, 2, 2)]])
def test_traces_refuse_other_shapes(shapes: list[tuple[int, ...]], axes: Axes) -> None:
    with pytest.raises(ValueError, match="same number of timesteps, got"):
        tt.plot.traces({str(i): torch.zeros(shape) for i, shape in enumerate(shapes)}, axes)


def test_one_sample_of_a_batch_is_drawn(axes: Axes) -> None:
    spikes = torch.zeros(3, 2, 2, 2)  # the last two dimensions are neurons
    spikes[1, 0, 1, 0] = spikes[2, 1, 1, 1] = 1.0
    tt.plot.raster(spikes, axes)
    assert marks(axes, 0) == {(2, 2, 1.0)} and axes.get_ylim() == (-1, 4)
    for batch in (1, -1):
        axes.clear()
        tt.plot.raster(spikes, axes, batch=batch)
        assert marks(axes, 0) == {(3, 3, 1.0)}
    axes.clear()
    states = torch.rand(3, 2, 4)
    tt.plot.traces({"mem": states, "mean": states.mean((1, 2))}, axes, batch=1)
    drawn = [line.get_ydata().tolist() for line in axes.lines]
    assert drawn == [*states[:, 1].T.tolist(), states.mean((1, 2)).tolist()]
    for draw in (tt.plot.raster, lambda xs, *given: tt.plot.traces({"mem": xs}, *given)):
        for batch in (2, -3):
            with pytest.raises(ValueError, match=f"no sample batch = {batch} in shape .3, 2, 4"):
                draw(states, axes, batch)


@pytest.mark.parametrize("states", [torch.zeros(3), {"mem": [0.0, 0.0]}])
def test_traces_need_labels_and_tensors(states: object, axes: Axes) -> None:
    with pytest.raises(TypeError, match="mapping of labels to tensors"):
        tt.plot.traces(states, axes)


def test_raster_needs_finite_tensors(axes: Axes) -> None:
    with pytest.raises(TypeError, match="must be a tensor, got list"):
        tt.plot.raster([torch.zeros(2)], axes)
    with pytest.raises(ValueError, match="must be finite"):
        tt.plot.raster(torch.tensor([[0.0, float("nan")]]), axes)


def test_no_timestep_yet(axes: Axes) -> None:
    tt.plot.traces({"mem": torch.zeros(0, 2)}, axes)
    tt.plot.raster(torch.zeros(0, 2), axes)
    assert axes.get_xlim() == (0.5, 1.5)


@pytest.mark.parametrize("name", zoo.ALL)
def test_response_of_every_layer(name: str) -> None:
    layer = zoo.build(name, 2)
    with torch.no_grad():
        layer(torch.ones(1, 2))
    before = {state: getattr(layer, state).clone() for state in zoo.states(name)}
    panels = tt.plot.response(layer)
    for state, value in before.items():
        torch.testing.assert_close(getattr(layer, state), value, rtol=0, atol=0)
    assert all(row[0].get_ylabel() for row in panels) and panels[2, 0].get_xlabel() == "timestep"
    assert [column.get_title() for column in panels[0]] == ["impulses", "steps", "noise"]
    up_and_down = [panel.lines[0].get_ydata().sum() for panel in panels[0, :2]]
    assert up_and_down == pytest.approx([0, 0], abs=1e-5)
    pyplot.close(panels[0, 0].figure)


@pytest.mark.parametrize("dim", [-3, -1, 0, 1, 2])
def test_response_shows_what_the_layer_does(dim: int) -> None:
    panels = tt.plot.response(tt.snn.DLIB(1, beta := 0.9, 0.5, threshold=2.0, bias=0.5, dim=dim))
    step = torch.tensor(panels[0, 1].lines[0].get_ydata())
    layer = tt.snn.DLIB(1, beta, 0.5, threshold=2.0, bias=0.5)
    with torch.no_grad():
        spikes = torch.cat([layer(x) for x in step.float()[:, None]])
        layer.zero_states()
        mems = torch.cat([(layer(x), layer.pos_mem + layer.neg_mem)[1] for x in step[:, None]])
    assert [line.get_label() for line in panels[1, 1].lines][0] == "mem"
    drawn = torch.tensor(panels[1, 1].lines[0].get_ydata())
    torch.testing.assert_close(drawn, mems)
    tops = [segment[1, 1] for segment in panels[2, 1].collections[0].get_segments()]
    torch.testing.assert_close(torch.tensor(tops, dtype=torch.float32), spikes)
    (threshold,) = [line for line in panels[1, 1].lines if line.get_linestyle() == ":"]
    assert threshold.get_ydata() == pytest.approx([1.5, 1.5])
    pyplot.close(panels[0, 0].figure)


def test_response_shows_both_directions_and_both_branches() -> None:
    def build() -> tt.snn.DLITS:
        values = {"pos_beta": 0.9, "neg_beta": 0.5, "pos_threshold": 1.5, "neg_threshold": 0.75}
        return tt.snn.DLITS(1, **values, bias=0.25, pos_scale=2.0, neg_scale=0.5)

    panels, layer = tt.plot.response(build()), build()
    outputs, branches = [], []
    for value in panels[0, 2].lines[0].get_ydata().tolist():
        outputs.append(layer(torch.tensor([value])))
        branches.append(torch.cat((layer.pos_mem, layer.neg_mem)))
    output, (pos, neg) = torch.cat(outputs).detach(), torch.stack(branches).detach().T
    assert output.max() > 0.1 and output.min() < -0.1
    states = [line for line in panels[1, 2].lines if line.get_linestyle() == "-"]
    assert labels(panels[1, 2]) == [states[0].get_label()] == ["mem"]
    drawn = torch.tensor([line.get_ydata().tolist() for line in states])
    torch.testing.assert_close(drawn, torch.stack((pos + neg, pos, neg)))
    assert len({line.get_color() for line in states}) == 1
    assert max(line.get_linewidth() for line in states[1:]) < states[0].get_linewidth()
    dotted = [line for line in panels[1, 2].lines if line.get_linestyle() == ":"]
    levels = sorted(level for line in dotted for level in set(line.get_ydata()))
    assert levels == pytest.approx([-1.0, 1.25])
    halves = (output.clamp(min=0), output.clamp(max=0))
    for bars, half, color in zip(panels[2, 2].collections, halves, tt.plot.COLORS):
        ends = [segment[1, 1] for segment in bars.get_segments()]
        torch.testing.assert_close(torch.tensor(ends, dtype=torch.float32), half)
        assert tuple(bars.get_colors()[0, :3]) == to_rgb(color)
    assert len(panels[2, 2].collections) == 2
    pyplot.close(panels[0, 0].figure)


def test_response_with_as_many_inputs_as_the_layer_takes() -> None:
    layer = tt.rnn.LSTM(2, 3)
    panels = tt.plot.response(layer)
    values = panels[0, 0].lines[0].get_ydata().tolist()
    with torch.no_grad():
        outputs = torch.stack([layer(torch.full((2,), value)) for value in values])
    drawn = torch.tensor([line.get_ydata().tolist() for line in panels[2, 0].lines])
    torch.testing.assert_close(drawn, outputs.T)
    assert labels(panels[2, 0]) == ["output"]
    pyplot.close(panels[0, 0].figure)


class Idle(tt.Layer):
    """Returns its input, and keeps its states at 0."""

    def __init__(self, *states: str) -> None:
        super().__init__(1)
        for state in states:
            self._initialize_state(state)

    def forward(self, x: Tensor) -> Tensor:
        self._ensure_states(x)
        return x


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (tt.snn.DSRLIB(1), ["syn", "rec", "mem"]),
        (Idle("mem", "prev_mem", "prev_x"), ["mem", "prev_x"]),
        (Idle("pos_mem", "neg_mem", "mem"), ["pos_mem", "neg_mem", "mem"]),
        (Idle(), []),
    ],
    ids=["a layer", "previous values", "a sum of its own", "no state"],
)
def test_response_leaves_out_only_what_is_drawn_already(
    layer: tt.Layer, expected: list[str]
) -> None:
    panels = tt.plot.response(layer)
    assert labels(panels[1, 0]) == expected
    pyplot.close(panels[0, 0].figure)


def test_response_of_more_states_than_colours() -> None:
    layer = Idle(*"abcdefg", "pos_mem", "neg_mem")
    panels = tt.plot.response(layer)
    assert labels(panels[1, 0]) == [*"abcdefg", "mem"]
    colors = [line.get_color() for line in panels[1, 0].lines]
    assert colors == [*tt.plot.COLORS, *3 * [tt.plot.COLORS[0]]]
    pyplot.close(panels[0, 0].figure)


def test_response_dots_the_threshold_of_each_neuron() -> None:
    panels = tt.plot.response(tt.snn.LIB(3, threshold=torch.tensor([0.5, 2.0, 0.5])))
    dotted = [line for line in panels[1, 0].lines if line.get_linestyle() == ":"]
    assert sorted(line.get_ydata()[0] for line in dotted) == pytest.approx([0.5, 2.0])
    pyplot.close(panels[0, 0].figure)


def test_response_dots_a_threshold_without_a_bias() -> None:
    layer = Idle("mem")
    layer.threshold = 1.5
    panels = tt.plot.response(layer)
    (dotted,) = [line for line in panels[1, 0].lines if line.get_linestyle() == ":"]
    assert set(dotted.get_ydata()) == {1.5}
    pyplot.close(panels[0, 0].figure)


def test_response_refuses_other_axes(axes: Axes) -> None:
    with pytest.raises(ValueError, match="array of 3 x 3, got shape .2, 2."):
        tt.plot.response(tt.snn.LI(1), pyplot.subplots(2, 2)[1])
    pyplot.close()
    with pytest.raises(ValueError, match="array of 3 x 3, got shape None"):
        tt.plot.response(tt.snn.LI(1), axes)


def test_response_refuses_what_is_no_layer() -> None:
    with pytest.raises(TypeError, match="layer must be a tt.Layer, got Linear"):
        tt.plot.response(nn.Linear(1, 1))


def test_colours_are_distinguishable_for_everyone() -> None:
    """Seen without red or without green (Viénot, Brettel and Mollon 1999), they still differ."""
    colors = torch.tensor([to_rgb(color) for color in tt.plot.COLORS], dtype=torch.float64)
    linear = colors**2.2
    protan = torch.tensor(
        [[0.1121, 0.8853, -0.0005], [0.1127, 0.8897, -0.0001], [0.0045, 0.0, 1.0]]
    )
    deutan = torch.tensor(
        [[0.2920, 0.7054, -0.0003], [0.2934, 0.7089, 0.0], [-0.0210, 0.0256, 1.0]]
    )
    for view in (torch.eye(3), protan, deutan):
        seen = (linear @ view.double().T).clamp(0, 1) ** (1 / 2.2)
        apart = torch.cdist(seen, seen) + torch.eye(len(seen))
        assert apart.min() > 0.1


def test_the_library_works_without_matplotlib() -> None:
    code = """
import sys
sys.modules["matplotlib"] = None
import torch, tracetorch as tt
try:
    tt.plot.raster(torch.zeros(1, 1))
except ImportError as error:
    print(error)
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 'pip install ".[plot]"' in run.stdout


def described(axes: Axes) -> Iterator[str]:
    """What a reader sees in axes beside the numbers."""
    for line in axes.lines:
        style = f"{line.get_color()} {line.get_linestyle()} {line.get_linewidth()}"
        yield f"line {line.get_label()}: {len(line.get_xdata())} {style} {line.get_zorder()}"
    for marks in axes.collections:
        widths = [round(float(width), 3) for width in marks.get_linewidths()]
        segments = len(marks.get_segments())
        colors = sorted({to_hex(color) for color in marks.get_colors()})
        yield f"marks {marks.get_label()}: {segments} {colors} {widths} {marks.get_capstyle()}"
    for name, axis in (("x", axes.xaxis), ("y", axes.yaxis)):
        limits = [round(float(limit), 3) for limit in axis.get_view_interval()]
        is_whole = all(float(tick).is_integer() for tick in axis.get_ticklocs())
        yield f"{name} {axis.get_label_text()!r} {limits} {'whole' if is_whole else 'any'} ticks"
    siblings = axes.get_shared_x_axes().get_siblings(axes)
    yield f"title {axes.get_title()!r}, {len(siblings)} with the same timesteps"
    yield f"frame {sorted(side for side, spine in axes.spines.items() if spine.get_visible())}"
    if legend := axes.get_legend():
        texts = [text.get_text() for text in legend.get_texts()]
        size = legend.get_texts()[0].get_fontsize()
        place = legend._get_loc(), legend._ncols, legend.get_frame_on(), legend.borderaxespad
        anchor = axes.transAxes.inverted().transform(legend.get_bbox_to_anchor().get_points())
        yield f"legend {texts} {size:.4g} {place} {anchor.round(3).tolist()}"


def drawings() -> Iterator[tuple[str, Figure]]:
    torch.manual_seed(0)
    spikes = torch.randint(-1, 2, (12, 5)).float()
    for title, values in (("both directions", spikes), ("upward", spikes.abs())):
        tt.plot.raster(values)
        yield f"raster, {title}", pyplot.gcf()
    tt.plot.raster(spikes.repeat(1, 200))
    yield "raster, many neurons", pyplot.gcf()
    states = {
        name: torch.randn(9, *sizes) for name, sizes in zip("abcde", ((), (1,), (3,), (), ()))
    }
    tt.plot.traces(states)
    yield "traces, a long legend", pyplot.gcf()
    tt.plot.traces({name: states[name] for name in "ac"})
    yield "traces", pyplot.gcf()
    for layer in (tt.snn.DLITS(1), tt.ssm.S5(1, 2)):
        tt.plot.response(layer)
        yield f"response of {type(layer).__name__}", pyplot.gcf()


def test_what_is_drawn_looks_as_reviewed() -> None:
    """To accept a change, set UPDATE_GOLDEN=1."""
    lines = []
    for title, figure in drawings():
        size = [round(float(inches), 3) for inches in figure.get_size_inches()]
        lines.append(f"{title}: {size} {type(figure.get_layout_engine()).__name__}")
        for axes in figure.axes:
            lines += [f"    {line}" for line in described(axes)]
            lines.append("")
        pyplot.close(figure)
    golden, text = Path(__file__).with_name("plots.txt"), "\n".join(lines)
    assert_as_reviewed(text, golden)


def test_inputs_of_a_response() -> None:
    torch.manual_seed(7)
    state = torch.get_rng_state()
    panels = tt.plot.response(tt.snn.LI(1))
    assert torch.equal(torch.get_rng_state(), state)  # its noise is that of a generator of its own
    impulses, steps, noise = (column[0].lines[0].get_ydata() for column in panels.T)
    assert {t: v for t, v in enumerate(impulses.tolist(), 1) if v} == {5: 2.0, 35: -2.0}
    up, down = dict.fromkeys(range(5, 25), 0.4), dict.fromkeys(range(35, 55), -0.4)
    shown = {t: v for t, v in enumerate(steps.tolist(), 1) if v}
    assert shown == pytest.approx(up | down)
    expected = 0.6 * torch.randn(60, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(torch.tensor(noise.tolist()), expected)
    pyplot.close(panels[0, 0].figure)
