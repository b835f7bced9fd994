# Generated from spec/zoo/heads.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 176bdde0b0c18867
# RWKV, RWKV layer with several heads.
# What a whole sequence computes before and after its recurrence, which is a kernel.
# Digest of the timestep: 3f96ae7de4220b45

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn


def sequence(self: Any, x: Tensor, states: Any) -> Tensor:
    """Return the outputs for the inputs of all timesteps, time first and features last."""
    r_1, g_1, h_1 = states.recurrence(
        streams=(x,),
        parameters=(
            self.receptance_mix,
            self.key_mix,
            self.keys,
            self.value_mix,
            self.values,
            self.gate_mix,
            self.decay_mix,
            self.decays,
            self.decay_bias,
            self.bonus,
        ),
        matrices=(),
        sizes=(self.in_features, self.heads, self.head_size),
        outputs=(
            (1, 1, self.in_features),
            (1, 1, self.in_features),
            (self.heads, self.head_size, self.head_size),
        ),
    )
    r = torch.einsum("...ij, ...jk -> ...ik", r_1, self.receptances).sum(-2)
    g = torch.einsum("...ij, ...jk -> ...ik", g_1, self.gates).sum(-2)
    h = (h_1 * r.unsqueeze(-2)).sum(-1)
    h = h - (h.sum(-1) / self.head_size).unsqueeze(-1)
    variance = (h * h).sum(-1) / self.head_size
    h = self.norm_scale * h / torch.sqrt(variance + 1e-05).unsqueeze(-1) + self.norm_bias
    y = (
        torch.einsum(
            "...ij, ...jk -> ...ik", (nn.functional.silu(g) * h).unsqueeze(-2), self.outputs
        )
        .sum(-2)
        .sum(-2)
    )
    return y
