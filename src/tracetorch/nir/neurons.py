"""Layers as nodes, and nodes as layers."""

from __future__ import annotations

import inspect
import json
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

import nir

from ..core import Layer, backend
from ..core.parameters import TensorFunction
from .declared import Declaration, Known, Values, declaration, parameters
from .functions import described, restored
from .modules import METADATA, Refused, Shape, array, tensor
from .parts import Scale
from .probe import difference
from .time import Time

_FORMAT = 1


# Layers as nodes


def node_of(
    layer: Layer, shape: Shape, time: Time, expand: bool, with_current: bool
) -> nir.NIRNode:
    """Return a layer as a node, for an input of this shape without the batch.

    Raises:
        Refused: It is no node.
    """
    title = type(layer).__name__
    declared = declaration(type(layer))
    if declared is None:
        raise Refused(f"nothing says which node {title} is; declare it under nir: in a spec")
    if not declared.only and not expand:
        raise Refused(
            f"{title} is no single node; pass expand=True to write it as {len(declared.nodes)}"
        )
    if problem := difference(layer, declared, time):
        raise Refused(problem)
    node = _nodes(layer, declared, shape, time)
    if with_current and isinstance(node, nir.LIF):
        node = _with_current(node, time)
    node.metadata = {METADATA: _metadata(layer)}
    return node


def _nodes(layer: Layer, declared: Declaration, shape: Shape, time: Time) -> nir.NIRNode:
    axis = _axis(layer, shape)
    values = parameters(layer)
    made: dict[str, nir.NIRNode] = {}
    for name, node in declared.nodes.items():
        fields = node.values(values, time)
        arrays = {field: _spread(value, shape, axis) for field, value in fields.items()}
        made[name] = getattr(nir, node.kind)(**arrays)
    if declared.only:
        return next(iter(made.values()))
    made["input"], made["output"] = nir.Input(np.array(shape)), nir.Output(np.array(shape))
    edges = [
        ("input" if source == "x" else source, name)
        for name, node in declared.nodes.items()
        for source in node.sources
    ]
    edges += [(name, "output") for name in declared.output]
    return nir.NIRGraph(made, edges, type_check=False)


def _with_current(node: nir.LIF, time: Time) -> nir.CubaLIF:
    """Return the same neuron with a current whose decay is 0."""
    fields = dict(_arrays(node))
    dt = np.full_like(fields["tau"], time.dt)
    return nir.CubaLIF(tau_syn=dt, tau_mem=fields.pop("tau"), **fields)


def is_scalable(node: nir.NIRNode) -> bool:
    """Whether a node has a field that scales its input."""
    return hasattr(node, "r")


def scaled(node: nir.NIRNode, scale: np.ndarray[Any, Any]) -> nir.NIRNode:
    """Return a neuron whose input is multiplied before."""
    fields = dict(_arrays(node))
    first = "w_in" if "w_in" in fields else "r"
    fields[first] = fields[first] * scale.astype(np.float64)
    said = {**node.metadata.get(METADATA, {}), _SCALE: scale}
    return type(node)(**fields, metadata={METADATA: said})


_SCALE = "scale"


def _axis(layer: Layer, shape: Shape) -> int:
    """Return which dimension of the input without its batch holds the features."""
    axis = layer.dim - 1 if layer.dim >= 0 else layer.dim + len(shape)
    if not 0 <= axis < len(shape):
        raise Refused(f"its features are in dimension {layer.dim}, not in one of {shape}")
    if shape[axis] != layer.num_neurons:
        raise Refused(f"it has {layer.num_neurons} neurons for {shape[axis]} features")
    return axis


def _spread(value: Tensor, shape: Shape, axis: int) -> np.ndarray[Any, Any]:
    """Return a field with a value for each element."""
    if value.dim():
        value = value.reshape([-1 if i == axis else 1 for i in range(len(shape))])
    return array(value.expand(shape))


def _metadata(layer: Layer) -> dict[str, Any]:
    """Return all that is needed to make the layer again."""
    raw = backend.raw_parameters(layer)
    functions = {name: _description(layer, name) for name in backend.functions(layer)}
    said = {
        "format": _FORMAT,
        "layer": Known().name(type(layer)),
        "num_neurons": layer.num_neurons,
        "dim": layer.dim,
        "learn": {name: _is_learned(layer, name) for name in raw},
        "rank": {name: value.dim() for name, value in raw.items()},
        "dtype": str(next(iter(raw.values())).dtype).removeprefix("torch."),
        "functions": {name: function for name, function in functions.items() if function},
    }
    arrays = {
        f"raw_{name}": array(value.to(torch.float64).reshape(-1)) for name, value in raw.items()
    }
    return {"layer": json.dumps(said), **arrays}


def _is_learned(layer: Layer, name: str) -> bool:
    raw = f"raw_{name}"
    return isinstance(getattr(layer, raw), nn.Parameter) or raw in layer._set_aside


def _description(layer: Layer, name: str) -> dict[str, Any] | None:
    function = getattr(layer, name)
    found = described(function)
    default = inspect.signature(type(layer)).parameters[name].default
    if found is None and function is not default:
        warnings.warn(
            f"to_nir: the {name} of {type(layer).__name__} is not one of tt.functional, so its "
            "gradient is not written; from_nir will use the default"
        )
    return found


# Nodes as layers


@dataclass(frozen=True)
class Reading:
    """How nodes become layers.

    Attributes:
        time: How their equations become timesteps; None if it is not known.
        reset: What a spike does to the membrane; "" if it is not known.
        whole_input: Whether the first state of a neuron adds its input whole, not weighted by 1 minus
            its decay.
        layers: Those that a node may become.
        functions: The functions of layers whose node does not say them.
        dtype: The type of the parameters of these.
    """

    time: Time | None
    reset: str
    whole_input: bool
    layers: Known
    functions: Mapping[str, TensorFunction]
    dtype: torch.dtype


def own(node: nir.NIRNode, reading: Reading) -> list[nn.Module] | None:
    """Return the layer that a node says it was written from, and the factor before it if there was
    one, if these are written as this node."""
    said = node.metadata.get(METADATA) if isinstance(node.metadata, Mapping) else None
    if said is None or reading.time is None:
        return None
    try:
        layer, shape = _restored(said, reading), _shape(node)
        declared = declaration(type(layer))
        if declared is None:
            raise ValueError("its layer is no node")
        again = _nodes(layer, declared, shape, reading.time)
        if isinstance(again, nir.LIF) and isinstance(node, nir.CubaLIF):
            again = _with_current(again, reading.time)
        factor = [Scale(tensor(said[_SCALE], _SCALE))] if _SCALE in said else []
        if factor:
            again = scaled(again, np.asarray(said[_SCALE]))
        if is_same(again, node):
            why = difference(layer, declared, reading.time)
            if not why:
                return [*factor, layer]
        else:
            why = "it was changed since"
    except Exception as error:  # metadata may be anything
        why = str(error)
    warnings.warn(
        f"from_nir: the metadata of a {type(node).__name__} does not fit its values ({why}); "
        "these are used",
    )
    return None


def _restored(said: Mapping[str, Any], reading: Reading) -> Layer:
    found = json.loads(said["layer"])
    if found["format"] != _FORMAT:
        raise ValueError(f"it has the format {found['format']}")
    layer = reading.layers.named(found["layer"])
    if layer is None:
        raise ValueError(f"there is no layer {found['layer']!r}; pass its class in layers=[...]")
    raw = {name: tensor(said[f"raw_{name}"], f"raw_{name}") for name in found["rank"]}
    sizes = {name: found["num_neurons"] if rank else 1 for name, rank in found["rank"].items()}
    if any(len(raw[name]) != size for name, size in sizes.items()):
        raise ValueError("its parameters have other sizes")
    dtypes = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
    dtype = {str(dtype): dtype for dtype in dtypes}[f"torch.{found['dtype']}"]
    make: Callable[..., Layer] = layer
    made = make(
        found["num_neurons"],
        dim=int(found["dim"]),
        **{f"{name}_rank": int(rank) for name, rank in found["rank"].items()},
        **{f"learn_{name}": bool(learn) for name, learn in found["learn"].items()},
        **{name: restored(function) for name, function in found["functions"].items()},
    ).to(dtype)
    with torch.no_grad():
        for name, values in raw.items():
            stored = getattr(made, f"raw_{name}")
            stored.copy_(values.reshape(stored.shape))
    return made


def _shape(node: nir.NIRNode) -> Shape:
    """Return the shape of the values of a node, or of the first within a graph."""
    inner = node.nodes.values() if isinstance(node, nir.NIRGraph) else [node]
    return next(value.shape for one in inner for _, value in _arrays(one))


def _arrays(node: nir.NIRNode) -> list[tuple[str, np.ndarray[Any, Any]]]:
    said = ("metadata", "input_type", "output_type")
    return [(name, np.asarray(value)) for name, value in vars(node).items() if name not in said]


def is_same(one: nir.NIRNode, other: nir.NIRNode) -> bool:
    """Whether two nodes are equal, bit for bit, but for their metadata."""
    if type(one) is not type(other):
        return False
    if isinstance(one, nir.NIRGraph):
        return (
            one.nodes.keys() == other.nodes.keys()
            and sorted(one.edges) == sorted(map(tuple, other.edges))
            and all(is_same(one.nodes[name], other.nodes[name]) for name in one.nodes)
        )
    if isinstance(one, (nir.Input, nir.Output)):
        return np.array_equal(*(next(iter(n.input_type.values())) for n in (one, other)))
    found = dict(_arrays(other))
    return all(
        value.dtype == found[name].dtype and np.array_equal(value, found[name])
        for name, value in _arrays(one)
    )


def layers_of(node: nir.NIRNode, reading: Reading) -> list[nn.Module]:
    """Return the layer that a node is, with a factor before it if its input is scaled otherwise.

    Raises:
        Refused: There is none.
    """
    shape = _shape(node)
    kind = type(node).__name__
    given = {name: tensor(value, name).to(torch.float64) for name, value in _arrays(node)}
    if any(value.shape != shape for value in given.values()):
        raise Refused("its fields have different shapes")
    if not shape or 0 in shape:
        raise Refused("it has no neurons")
    if reading.time is None:
        raise Refused("its equation needs the duration of a timestep; pass dt=...")
    if "v_reset" in given and not reading.reset:
        raise Refused(_ask(given))
    times = [name for name in given if name.startswith("tau")]
    for name in times:
        if (given[name] <= 0).any():
            raise Refused(f"its {name} must be above 0")
    if reading.whole_input and times:
        first = "w_in" if "w_in" in given else "r"
        given[first] = given[first] / (1 - reading.time.decay(given[times[0]]))
    rounding = max(np.finfo(value.dtype).eps for _, value in _arrays(node))
    kind, fields = _simplified(kind, given, reading.time)
    return _fitted(kind, fields, shape, 4 * float(rounding), reading.time, reading)


def _ask(fields: Values) -> str:
    said = ", ".join(f"{name} = {_span(fields[name])}" for name in ("v_threshold", "v_reset"))
    return (
        f"a file does not say what a spike does to the membrane ({said}); pass reset='set' for a "
        "membrane of v_reset after a spike, as snnTorch, Norse and SpikingJelly write, or "
        "reset='subtract' for one lowered by v_threshold - v_reset, as Sinabs writes"
    )


def _span(values: Tensor) -> str:
    low, high = float(values.min()), float(values.max())
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def _simplified(kind: str, fields: Values, time: Time) -> tuple[str, Values]:
    """Return the node without a current that has no memory; if it fires, with a rest of 0.

    It fires the same, since a membrane starts at rest.
    """
    if {"v_leak", "v_threshold"} <= fields.keys():
        voltages = ("v_leak", "v_threshold", "v_reset")
        fields = {**fields, **{name: fields[name] - fields["v_leak"] for name in voltages}}
    if kind.startswith("Cuba") and not time.decay(fields["tau_syn"]).any():
        gain, others = fields["r"] * fields["w_in"], {"tau_syn", "tau_mem", "w_in", "r"}
        kept = {name: value for name, value in fields.items() if name not in others}
        return kind.removeprefix("Cuba"), {"tau": fields["tau_mem"], "r": gain, **kept}
    return kind, fields


def _fitted(
    kind: str, fields: Values, shape: Shape, rounding: float, time: Time, reading: Reading
) -> list[nn.Module]:
    """Return the first layer that is this node, or that is it with another scale of its input."""
    others: list[tuple[type[Layer], Values, Tensor]] = []
    for layer, declared in reading.layers.candidates():
        only = declared.only
        if only is None or only.kind != kind or declared.reset not in ("", reading.reset):
            continue
        found = declared.parameters(fields, time)
        again = only.values(found, time)
        if not all(_is_close(again[name], fields[name]) for name in fields.keys() - _GAINS):
            continue
        gain = torch.ones(shape, dtype=torch.float64)
        for name in _GAINS & fields.keys():
            gain = gain * fields[name] / again[name]
        if bool(((gain - 1).abs() <= rounding).all()):
            return [_made(layer, found, shape, reading)]
        others.append((layer, found, gain))
    if not others:
        wanted = f" with reset={reading.reset!r}" if "v_reset" in fields else ""
        raise Refused(f"no layer is a {kind} of these values{wanted}; pass one in layers=[...]")
    layer, found, gain = others[0]
    return [Scale(gain.to(reading.dtype)), _made(layer, found, shape, reading)]


_GAINS = {"r", "w_in"}
"""The fields that only scale the input."""


def _is_close(one: Tensor, other: Tensor) -> bool:
    return bool(torch.allclose(one.expand(other.shape), other, rtol=1e-9, atol=1e-12))


def _made(layer: type[Layer], values: Values, shape: Shape, reading: Reading) -> Layer:
    """Return a layer with these usable values, as near as its type can store them."""
    default = torch.get_default_dtype()
    torch.set_default_dtype(reading.dtype)
    try:
        vectors = {name: _vector(name, value, shape) for name, value in values.items()}
        taken = inspect.signature(layer).parameters
        functions = {name: f for name, f in reading.functions.items() if name in taken}
        make: Callable[..., Layer] = layer
        made = make(shape[0], dim=-len(shape), **vectors, **functions)
    except ValueError as error:
        raise Refused(str(error)) from None
    finally:
        torch.set_default_dtype(default)
    for name, value in vectors.items():
        _nudge(made, name, value)
    return made


def _vector(name: str, value: Tensor, shape: Shape) -> Tensor:
    """Return the values of the neurons, which share those of all positions of a channel."""
    whole = value.expand(shape).reshape(shape[0], -1)
    if not bool((whole == whole[:, :1]).all()):
        raise Refused(f"its {name} differs between the positions of a channel; no layer does")
    return whole[:, 0]


_STEPS = 8


def _nudge(layer: Layer, name: str, wanted: Tensor) -> None:
    """Replace raw values by neighbours whose usable values are nearer to the wanted ones."""
    stored = getattr(layer, f"raw_{name}")
    with torch.no_grad():
        start, distance = stored.clone(), None
        best = start
        for direction in (-torch.inf, torch.inf):
            raw = start
            for _ in range(_STEPS + 1):
                stored.copy_(raw)
                away = (getattr(layer, name).to(torch.float64) - wanted).abs()
                distance = away if distance is None else distance
                best = torch.where(away < distance, raw, best)
                distance = torch.minimum(away, distance)
                raw = torch.nextafter(raw, torch.full_like(raw, direction))
        stored.copy_(best)
