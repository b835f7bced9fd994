"""Leaky integrator with a switch for every mechanism, and every layer name with its switches.

It is written by hand and is the reference for the tests of the generated layers, so it shares only
`Layer` with them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import product
from typing import Any, Literal, NamedTuple, get_args

import torch
from torch import Tensor, nn

from ..core import Value
from ..functional import sigmoid4x
from .layer import Layer

Firing = Literal["none", "one-sided", "two-sided"]

_DEFAULTS = {
    "alpha": 0.5,
    "beta": 0.9,
    "gamma": 0.9,
    "threshold": 1.0,
    "bias": 0.0,
    "scale": 1.0,
    "rec_weight": 0.0,
}


class LeakyIntegratorState(NamedTuple):
    """All possible states of `LeakyIntegrator`; its switches determine which it has."""

    syn: Tensor | None = None
    pos_syn: Tensor | None = None
    neg_syn: Tensor | None = None
    rec: Tensor | None = None
    pos_rec: Tensor | None = None
    neg_rec: Tensor | None = None
    prev_output: Tensor | None = None
    mem: Tensor | None = None
    pos_mem: Tensor | None = None
    neg_mem: Tensor | None = None


class LeakyIntegrator(Layer):
    """Leaky integrator for experiments: every mechanism of the spiking layers is a switch.

    It is slower and heavier than the generated layers, because it evaluates its switches at every
    call; they are tested against it. Use the generated layer instead where there is one.

    `flex` also has every layer name, as this class with the matching switches: `flex.SLIB` is
    `LeakyIntegrator` with `synaptic=True, firing="one-sided"`.

    Args:
        num_neurons: Size of the feature dimension of input, output and states, at least 1.
        *values: Values of the parameters below that the switches add, in this order, and then
            `dim`. Each may be given by name instead.
        dual: Whether each trace has a positive and a negative branch with separate parameters:
            `alpha`, `beta`, `gamma` and `rec_weight` become `pos_...` and `neg_...`.
        synaptic: Whether a moving average of the input drives the membrane in its place.
        recurrent: Whether a moving average of the layer's own output also drives the membrane.
        average: Whether the membrane is a moving average of its drive instead of a sum.
        firing: Whether the output is the membrane ("none"), binary spikes above a threshold
            ("one-sided"), or ternary spikes, downward below a second threshold ("two-sided").
            Default "none".
        scaled: Whether the spikes of each sign have an output scale. Requires ternary firing.
        alpha: Decay of the synaptic trace, in (0, 1). Default 0.5. With `synaptic`.
        beta: Decay of the membrane, in (0, 1). Default 0.9.
        gamma: Decay of the recurrent trace, in (0, 1). Default 0.9. With `recurrent`.
        threshold: Firing threshold, above 0. Default 1.0. With binary firing.
        pos_threshold, neg_threshold: Firing thresholds, both above 0. Default 1.0. With ternary
            firing.
        bias: Shift of the membrane relative to its thresholds, any number. Default 0.0. With
            firing.
        pos_scale, neg_scale: Output scales, any number. Default 1.0. With `scaled`.
        rec_weight: Weight of the recurrent trace, any number. Default 0.0. With `recurrent`.
        dim: Which dimension of the input holds the features. Default -1.
        <parameter>_rank: For a parameter given as a number: 0 for a scalar that all neurons
            share, 1 for a vector. Default 1.
        learn_<parameter>: Whether the parameter is trained. Default True.
        spike_fn: Maps the distance from a threshold to a spike. Default `sigmoid4x`. With firing.
        quant_fn: Quantizes a spike, the positive one first. Default `nn.Identity()`. With firing.

    Shape:
        Any, with `num_neurons` features in dimension `dim`; the output has the input's shape.

    Raises:
        TypeError: An argument is given twice, or does not exist with these switches.
        ValueError: `firing` is unknown, `scaled` is given without ternary firing, or a value has
            the wrong shape or lies outside its domain.

    Example:
        >>> import torch, tracetorch as tt
        >>> from tracetorch.snn import flex
        >>> layer = flex.LeakyIntegrator(2, beta=0.5, average=True, firing="one-sided")
        >>> layer(torch.tensor([2.0, 4.0])).detach()
        tensor([0.5000, 0.9820])
    """

    State = LeakyIntegratorState

    def __init__(
        self,
        num_neurons: int,
        *values: Value,
        dual: bool = False,
        synaptic: bool = False,
        recurrent: bool = False,
        average: bool = False,
        firing: Firing = "none",
        scaled: bool = False,
        **named: Any,
    ) -> None:
        if firing not in get_args(Firing):
            raise ValueError(
                f"{self._title}: firing must be one of {get_args(Firing)}, got {firing!r}"
            )
        if scaled and firing != "two-sided":
            raise ValueError(f"{self._title}: scaled needs firing='two-sided', got {firing!r}")

        parameters: list[str] = []
        if synaptic:
            parameters += _branches("alpha", dual)
        parameters += _branches("beta", dual)
        if recurrent:
            parameters += _branches("gamma", dual)
        if firing != "none":
            parameters += _branches("threshold", firing == "two-sided")
            parameters += ["bias"]
        if scaled:
            parameters += ["pos_scale", "neg_scale"]
        if recurrent:
            parameters += _branches("rec_weight", dual)

        arguments = self._bind(parameters, firing != "none", values, named)
        super().__init__(num_neurons, arguments["dim"])
        self.dual = dual
        self.synaptic = synaptic
        self.recurrent = recurrent
        self.average = average
        self.firing = firing
        self.scaled = scaled

        for name in parameters:
            register = self._registrar(name)
            register(name, arguments[name], arguments[f"{name}_rank"], arguments[f"learn_{name}"])
        if firing != "none":
            for name in ("spike_fn", "quant_fn"):
                self._register_function(name, arguments[name])

        states: list[str] = []
        if synaptic:
            states += _branches("syn", dual)
        if recurrent:
            states += [*_branches("rec", dual), "prev_output"]
        states += _branches("mem", dual)
        for name in states:
            self._initialize_state(name)

    def _bind(
        self, parameters: list[str], fires: bool, values: tuple[Value, ...], named: dict[str, Any]
    ) -> dict[str, Any]:
        """Every argument that exists with these switches, with its given or default value."""
        arguments: dict[str, Any] = {name: _DEFAULTS[_base(name)] for name in parameters}
        arguments["dim"] = -1
        by_position = dict(zip(arguments, values))
        if len(values) > len(arguments):
            raise TypeError(
                f"{self._title}: takes at most {len(arguments)} values by position with these "
                f"switches ({', '.join(arguments)}), got {len(values)}"
            )
        for name in parameters:
            arguments |= {f"{name}_rank": 1, f"learn_{name}": True}
        if fires:
            arguments |= {"spike_fn": sigmoid4x, "quant_fn": nn.Identity()}
        for name in named:
            if name in by_position:
                raise TypeError(f"{self._title}: {name} is given by position and by name")
            if name not in arguments:
                raise TypeError(
                    f"{self._title}: takes no {name} with these switches; the parameters are "
                    f"{', '.join(parameters)}, each with <parameter>_rank and learn_<parameter>"
                )
        return arguments | by_position | named

    def _registrar(self, name: str) -> Callable[[str, Value, int, bool], None]:
        if _base(name) in ("alpha", "beta", "gamma"):
            return self._register_decay
        if _base(name) == "threshold":
            return self._register_threshold
        if name == "bias":
            return self._register_bias
        return self._register_parameter

    def step(self, x: Tensor, states: LeakyIntegratorState) -> tuple[Tensor, LeakyIntegratorState]:
        """Run one timestep, features last, as a pure function of input and states."""
        s = states._asdict()
        output = self._timestep(x, s)
        return output, LeakyIntegratorState(**s)

    # The equations: each updates the states `s` in place.

    def _timestep(self, x: Tensor, s: dict[str, Tensor]) -> Tensor:
        current = self._update_syn(x, s) if self.synaptic else x
        rec = self._update_rec(s) if self.recurrent else None
        mem = self._update_mem(current, rec, s)
        if self.firing == "none":
            output = mem
        elif self.firing == "one-sided":
            output = self._fire_binary(mem, s)
        else:
            output = self._fire_ternary(mem, s)
        if self.recurrent:
            s["prev_output"] = output
        return output

    def _update_syn(self, x: Tensor, s: dict[str, Tensor]) -> Tensor:
        if not self.dual:
            s["syn"] = self.alpha * s["syn"] + (1 - self.alpha) * x
            return s["syn"]
        s["pos_syn"] = self.pos_alpha * s["pos_syn"] + (1 - self.pos_alpha) * _above_zero(x)
        s["neg_syn"] = self.neg_alpha * s["neg_syn"] + (1 - self.neg_alpha) * _below_zero(x)
        return s["pos_syn"] + s["neg_syn"]

    def _update_rec(self, s: dict[str, Tensor]) -> Tensor:
        last = s["prev_output"]
        if not self.dual:
            s["rec"] = self.gamma * s["rec"] + (1 - self.gamma) * last
            return s["rec"]
        s["pos_rec"] = self.pos_gamma * s["pos_rec"] + (1 - self.pos_gamma) * _above_zero(last)
        s["neg_rec"] = self.neg_gamma * s["neg_rec"] + (1 - self.neg_gamma) * _below_zero(last)
        return s["pos_rec"] + s["neg_rec"]

    def _update_mem(self, current: Tensor, rec: Tensor | None, s: dict[str, Tensor]) -> Tensor:
        if not self.dual:
            drives = [current] if rec is None else [current, self.rec_weight * rec]
            s["mem"] = self._integrate(s["mem"], self.beta, drives)
            return s["mem"]
        pos_drives, neg_drives = [_above_zero(current)], [_below_zero(current)]
        if rec is not None:
            pos_drives.append(self.pos_rec_weight * _above_zero(rec))
            neg_drives.append(self.neg_rec_weight * _below_zero(rec))
        s["pos_mem"] = self._integrate(s["pos_mem"], self.pos_beta, pos_drives)
        s["neg_mem"] = self._integrate(s["neg_mem"], self.neg_beta, neg_drives)
        return s["pos_mem"] + s["neg_mem"]

    def _integrate(self, mem: Tensor, beta: Tensor, drives: list[Tensor]) -> Tensor:
        mem = beta * mem
        for drive in drives:
            mem = mem + ((1 - beta) * drive if self.average else drive)
        return mem

    def _fire_binary(self, mem: Tensor, s: dict[str, Tensor]) -> Tensor:
        spikes: Tensor = self.quant_fn(self.spike_fn(mem - self.threshold + self.bias))
        self._reset(s, spikes * self.threshold)
        return spikes

    def _fire_ternary(self, mem: Tensor, s: dict[str, Tensor]) -> Tensor:
        pos_spikes: Tensor = self.quant_fn(self.spike_fn(mem - self.pos_threshold + self.bias))
        neg_spikes: Tensor = -self.quant_fn(self.spike_fn(-mem - self.neg_threshold - self.bias))
        self._reset(s, pos_spikes * self.pos_threshold, neg_spikes * self.neg_threshold)
        if self.scaled:
            pos_spikes = pos_spikes * self.pos_scale
            neg_spikes = neg_spikes * self.neg_scale
        return pos_spikes + neg_spikes

    def _reset(self, s: dict[str, Tensor], *amounts: Tensor) -> None:
        if self.dual:
            half = torch.stack(amounts).sum(0) / 2
            s["pos_mem"] = s["pos_mem"] - half
            s["neg_mem"] = s["neg_mem"] - half
        else:
            for amount in amounts:
                s["mem"] = s["mem"] - amount

    def extra_repr(self) -> str:
        """The representation of every layer, followed by the switches that are on."""
        switches = ("dual", "synaptic", "recurrent", "average", "scaled")
        words = [f"{name}=True" for name in switches if getattr(self, name)]
        words += [f"firing={self.firing!r}"] * (self.firing != "none")
        return ", ".join([super().extra_repr(), *words])


def _above_zero(v: Tensor) -> Tensor:
    # The derivative of |v| at 0 is 0, so each side takes half of the gradient there.
    return 0.5 * (v + torch.abs(v))


def _below_zero(v: Tensor) -> Tensor:
    return 0.5 * (v - torch.abs(v))


def _branches(name: str, split: bool) -> list[str]:
    return [f"pos_{name}", f"neg_{name}"] if split else [name]


def _base(name: str) -> str:
    return name.removeprefix("pos_").removeprefix("neg_")


def _layers() -> dict[str, partial[LeakyIntegrator]]:
    families: dict[str, dict[str, Any]] = {
        "LI": {},
        "LIEMA": {"average": True},
        "LIB": {"firing": "one-sided"},
        "LIT": {"firing": "two-sided"},
        "LITS": {"firing": "two-sided", "scaled": True},
    }
    layers = {}
    for family, switches in families.items():
        for dual, synaptic, recurrent in product((False, True), repeat=3):
            if recurrent and "firing" not in switches:
                continue
            name = "D" * dual + "S" * synaptic + "R" * recurrent + family
            layers[name] = partial(
                LeakyIntegrator, dual=dual, synaptic=synaptic, recurrent=recurrent, **switches
            )
    return layers


_LAYERS = _layers()

__all__ = ["LeakyIntegrator", *_LAYERS]


def __getattr__(name: str) -> partial[LeakyIntegrator]:
    if name in _LAYERS:
        return _LAYERS[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
