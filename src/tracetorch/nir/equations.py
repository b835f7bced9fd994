"""The equations of the nodes that are neurons, in timesteps."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from .time import Time

Step = Callable[[Tensor], Tensor]


def timesteps(kind: str, fields: Mapping[str, Tensor], reset: str, time: Time) -> Step:
    """Return a function that runs a neuron, from rest, for one timestep at each call.

    A current is updated before the membrane that it drives. A neuron fires strictly above its
    threshold, and a reset is in the same timestep.

    Args:
        kind: The type of the node.
        fields: Its fields, in float64.
        reset: What a spike does to the membrane: `subtract`, by the difference between threshold
            and reset; or `set`, to the value of the reset.
        time: How the equations become timesteps.
    """
    at = {name: value.to(torch.float64) for name, value in fields.items()}
    at.setdefault("v_leak", torch.zeros(()))
    is_current = kind.startswith("Cuba")
    decay_of_current = time.decay(at["tau_syn"]) if is_current else torch.zeros(())
    gain_of_current = (1 - decay_of_current) * at["w_in"] if is_current else torch.ones(())
    if kind in ("I", "IF"):
        decay, gain = torch.ones(()), at["r"] * time.dt
    else:
        decay = time.decay(at["tau_mem" if is_current else "tau"])
        gain = (1 - decay) * at["r"]
    current, membrane = torch.zeros(()), at["v_leak"]

    def step(x: Tensor) -> Tensor:
        nonlocal current, membrane
        current = decay_of_current * current + gain_of_current * x
        membrane = decay * membrane + (1 - decay) * at["v_leak"] + gain * current
        if "v_threshold" not in at:
            return membrane
        spikes = (membrane > at["v_threshold"]).to(membrane.dtype)
        lower = membrane - (at["v_threshold"] - at["v_reset"])
        membrane = torch.where(
            spikes > 0, lower if reset == "subtract" else at["v_reset"], membrane
        )
        return spikes

    return step
