# Generated from spec/zoo/heads.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: d992953608a013c0
# MLSTM, long short-term memory with a matrix memory.
# What a whole sequence computes before and after its recurrence, which is a kernel.
# Digest of the timestep: 104720e8f955ae62

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


def sequence(self: Any, x: Tensor, states: Any) -> Tensor:
    """Return the outputs for the inputs of all timesteps, time first and features last."""
    q = (x @ self.queries).reshape(*x.shape[:-1], self.heads, self.head_size)
    k = (x @ self.keys).reshape(*x.shape[:-1], self.heads, self.head_size)
    v = (x @ self.values).reshape(*x.shape[:-1], self.heads, self.head_size)
    log_write = self.input_gate(x)
    log_keep_1 = self.forget_gate(x)
    (h,) = states.recurrence(
        streams=(q, k, v, log_write, log_keep_1),
        parameters=(),
        matrices=(),
        sizes=(self.heads, self.head_size),
        outputs=((self.heads, self.head_size),),
    )
    y = torch.sigmoid(x @ self.output_gates) * h.reshape(*x.shape[:-1], self.heads * self.head_size)
    output = y @ self.outputs
    return output
