# Generated from spec/zoo/heads.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 6a168088c888f541
# MLSTM, long short-term memory with a matrix memory.
# What a whole sequence computes before and after its recurrence, which is a kernel.
# Digest of the timestep: ed30211c6c3cefb5

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


def sequence(self: Any, x: Tensor, states: Any) -> Tensor:
    """Return the outputs for the inputs of all timesteps, time first and features last."""
    inputs = x.unsqueeze(-2).unsqueeze(-2)
    q_1 = torch.einsum("...ij, ...jk -> ...ik", inputs, self.queries)
    k_1 = torch.einsum("...ij, ...jk -> ...ik", inputs, self.keys)
    v_1 = torch.einsum("...ij, ...jk -> ...ik", inputs, self.values)
    log_write = self.input_gate(x)
    log_keep_1 = self.forget_gate(x)
    h_1 = torch.einsum("...ij, ...jk -> ...ik", inputs, self.output_gates)
    (y_1,) = states.recurrence(
        streams=(q_1, k_1, v_1, log_write, log_keep_1, h_1),
        parameters=(),
        matrices=(),
        sizes=(self.heads, self.head_size),
        outputs=((self.heads, 1, self.head_size),),
    )
    y = torch.einsum("...ij, ...jk -> ...ik", y_1, self.outputs).sum(-2).sum(-2)
    return y
