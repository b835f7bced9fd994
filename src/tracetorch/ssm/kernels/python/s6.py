# Generated from spec/ssm.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: c0db2e08a3d7fa9b
# S6, selective state space.
# What a whole sequence computes before and after its recurrence, which is a kernel.
# Digest of the timestep: d8e6c90b39fa2660

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


def sequence(self: Any, x: Tensor, states: Any) -> Tensor:
    """Return the outputs for the inputs of all timesteps, time first and features last."""
    A = -torch.exp(self.A_log)
    dt_raw, B, C = self.x_proj(x).split([self.dt_rank, self.d_state, self.d_state], dim=-1)
    dt_1 = self.dt_proj(dt_raw)
    (y,) = states.recurrence(
        streams=(x, B, C, dt_1),
        parameters=(A, self.D),
        matrices=(),
        sizes=(self.num_neurons, self.d_state),
        outputs=((self.num_neurons,),),
    )
    return y
