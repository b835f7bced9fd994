# Generated from spec/ssm.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: eb3ceb8f208109c1
# S4, diagonal state space of each feature.
# What a whole sequence computes before and after its recurrence, which is a kernel.
# Digest of the timestep: af2032530f96d577

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


def sequence(self: Any, x: Tensor, states: Any) -> Tensor:
    """Return the outputs for the inputs of all timesteps, time first and features last."""
    A = -torch.exp(self.A_log)
    dt_A = torch.exp(self.log_dt).unsqueeze(-1) * A
    state_1 = torch.exp(dt_A)
    state_2 = torch.expm1(dt_A) / A
    (y,) = states.recurrence(
        streams=(x,),
        parameters=(self.B, state_1, state_2, self.C, self.D),
        matrices=(),
        sizes=(self.num_neurons, self.d_state),
        outputs=((self.num_neurons,),),
    )
    return y
