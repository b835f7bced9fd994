# Generated from spec/zoo/heads.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 951a12e0307f0847
# RWKV, RWKV layer with several heads.
# What a whole sequence computes before and after its recurrence, which is a kernel.
# Digest of the timestep: a85dab89c264ac45

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn


def sequence(self: Any, x: Tensor, states: Any) -> Tensor:
    """Return the outputs for the inputs of all timesteps, time first and features last."""
    keys_1 = torch.t(self.keys)
    values_1 = torch.t(self.values)
    decays_1 = torch.t(self.decays)
    r_1, g_1, h_1 = states.recurrence(
        streams=(x,),
        parameters=(
            self.receptance_mix,
            self.key_mix,
            self.value_mix,
            self.gate_mix,
            self.decay_mix,
            self.decay_bias,
            self.bonus,
        ),
        matrices=(keys_1, values_1, decays_1),
        sizes=(self.in_features, self.heads, self.head_size),
        outputs=(
            (self.in_features,),
            (self.in_features,),
            (self.heads, self.head_size, self.head_size),
        ),
    )
    r = (r_1 @ self.receptances).reshape(*x.shape[:-1], self.heads, self.head_size)
    g = nn.functional.silu(g_1 @ self.gates)
    h = (h_1 * r.unsqueeze(-2)).sum(-1)
    h = h - h.mean(-1).unsqueeze(-1)
    h = h / torch.sqrt((h * h).mean(-1) + 1e-05).unsqueeze(-1)
    y = g * (self.norm_scale * h + self.norm_bias).reshape(
        *x.shape[:-1], self.heads * self.head_size
    )
    output = y @ self.outputs
    return output
