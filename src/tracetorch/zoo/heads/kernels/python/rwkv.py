# Generated from spec/zoo/heads.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 2962c0e654f5259c
# RWKV, RWKV layer with several heads.
# What a whole sequence computes before and after its recurrence, which is a kernel.
# Digest of the timestep: 8b7767a1b97be507

from __future__ import annotations

from typing import Any

from torch import Tensor, nn


def sequence(self: Any, x: Tensor, states: Any) -> Tensor:
    """Return the outputs for the inputs of all timesteps, time first and features last."""
    prev_x = states.lagged("prev_x", x)
    change = prev_x - x
    r = ((x + self.receptance_mix * change) @ self.receptances).reshape(
        *x.shape[:-1], self.heads, self.head_size
    )
    k = ((x + self.key_mix * change) @ self.keys).reshape(*x.shape[:-1], self.heads, self.head_size)
    v = ((x + self.value_mix * change) @ self.values).reshape(
        *x.shape[:-1], self.heads, self.head_size
    )
    g = nn.functional.silu((x + self.gate_mix * change) @ self.gates)
    d_1 = ((x + self.decay_mix * change) @ self.decays).reshape(
        *x.shape[:-1], self.heads, self.head_size
    )
    (h,) = states.recurrence(
        streams=(r, k, v, d_1),
        parameters=(self.decay_bias, self.bonus),
        matrices=(),
        sizes=(self.heads, self.head_size),
        outputs=((self.heads, self.head_size),),
    )
    y = g * self._over_batch(self.norm, h.reshape(*x.shape[:-1], self.heads * self.head_size), x)
    output = y @ self.outputs
    return output
