"""Models as graphs of the Neuromorphic Intermediate Representation (NIR), and back."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING

from torch import nn

from ..core import Layer, Model
from ..core.parameters import TensorFunction
from ..functional import round_ste, sigmoid4x

if TYPE_CHECKING:
    from nir import NIRGraph

__all__ = ["from_nir", "to_nir"]


def to_nir(
    model: nn.Module,
    input_shape: Sequence[int],
    dt: float = 1e-4,
    integration: str = "euler",
    expand: bool = False,
    with_current: bool = False,
) -> NIRGraph:
    """Return a model as a graph of the Neuromorphic Intermediate Representation, exactly.

    Nothing is dropped, rounded or guessed: what NIR cannot say is refused, all of it in one error.
    `nir.write(path, graph)` makes a file, which `from_nir` and other libraries read. `dt` and
    `integration` only decide which time constants the decays are written as.

    Args:
        model: A layer, or a module whose forward is made of modules and sums; it must not be in the
            middle of a sequence.
        input_shape: The shape of the input of a timestep, without the batch.
        dt: The duration of a timestep, above 0; in seconds by custom. Default 1e-4.
        integration: How a reader makes timesteps of equations: `"euler"`, or `"exponential"`.
            Default `"euler"`.
        expand: Whether layers that are no single node, as `LIT`, `LITS` and those with the prefix
            `R`, become graphs of several. Default False.
        with_current: Whether neurons without a synaptic current are written with one whose decay is
            0. Norse scales the input of these alone. Default False.

    Returns:
        A `nir.NIRGraph`, with nodes named like the modules.

    Raises:
        ImportError: `nir` is not installed.
        ValueError: A module cannot be said in NIR, or an argument is outside its domain.

    Example:
        >>> import torch, tracetorch as tt
        >>> hard = tt.functional.round_ste()
        >>> net = torch.nn.Sequential(torch.nn.Linear(3, 4), tt.snn.LIB(4, quant_fn=hard))
        >>> graph = tt.to_nir(net, (3,))
        >>> {name: type(node).__name__ for name, node in graph.nodes.items()}
        {'input': 'Input', '0': 'Affine', '1': 'LIF', 'output': 'Output'}
    """
    _require_nir("to_nir")
    from .export import Writer
    from .time import checked

    time = checked(dt, integration)
    if with_current and integration != "euler":
        raise ValueError("to_nir: with_current needs integration='euler'")
    return Writer(time, expand, with_current).write(model, tuple(input_shape))


def from_nir(
    graph: NIRGraph | str | os.PathLike[str],
    dt: float | None = None,
    integration: str | None = None,
    reset: str | None = None,
    whole_input: bool = False,
    layers: Sequence[type[Layer]] = (),
    spike_fn: TensorFunction = sigmoid4x,
    quant_fn: TensorFunction = round_ste(),
    max_bytes: int = 2**30,
) -> Model:
    """Return the model that a graph of the Neuromorphic Intermediate Representation is, exactly.

    A graph that `to_nir` made says all that is needed, and gives back the same layers. Other graphs
    leave open what the arguments say; what changes the numbers and is not given is an error. The
    values of a file are checked before any of them is read.

    Args:
        graph: A `nir.NIRGraph`, or the path of a file.
        dt: The duration of a timestep, in the unit of the time constants.
        integration: How equations become timesteps: `"euler"`, or `"exponential"`. Default
            `"euler"` where the graph does not say it.
        reset: What a spike does to a membrane: `"set"` it to `v_reset`, or `"subtract"`
            `v_threshold - v_reset` from it.
        whole_input: Whether a neuron adds its input whole to its first state, instead of weighted
            by 1 minus the decay, as the equations are. Default False.
        layers: Classes that declare their node in a spec, to be used before those of the library.
        spike_fn: The spike function of layers whose node does not say it. Default `sigmoid4x`.
        quant_fn: The quantizer of these. Default `round_ste()`.
        max_bytes: The most that the values in a file may take. Default 1 GiB.

    Returns:
        A model with one module for each node, in `model.parts`, which takes the input of one
        timestep with its batch first.

    Raises:
        ImportError: `nir` is not installed.
        TypeError: `graph` is neither a graph nor a path.
        ValueError: A node is no layer, a file is not safe to read, or an argument is missing or
            outside its domain.

    Example:
        >>> import torch, tracetorch as tt
        >>> hard = tt.functional.round_ste()
        >>> net = torch.nn.Sequential(torch.nn.Linear(3, 4), tt.snn.LIB(4, quant_fn=hard))
        >>> model = tt.from_nir(tt.to_nir(net, (3,)))
        >>> xs = torch.rand(5, 2, 3)
        >>> torch.equal(tt.unroll(model, xs), tt.unroll(net, xs))
        True
    """
    _require_nir("from_nir")
    from .files import opened
    from .reading import Reader

    functions = {"spike_fn": spike_fn, "quant_fn": quant_fn}
    found = opened(graph, max_bytes)
    return Reader(found, dt, integration, reset, whole_input, layers, functions).read()


def _require_nir(function: str) -> None:
    if find_spec("nir") is None:
        raise ImportError(f"{function} needs the package nir: pip install nir")
