# Generated from spec/ssm.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 4260a47caadb93b5
# S5, state space shared by all features.
# What a whole sequence computes before and after its recurrence, which is a kernel.
# Digest of the timestep: 44619f4ccddcf1f1

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


def sequence(self: Any, x: Tensor, states: Any) -> Tensor:
    """Return the outputs for the inputs of all timesteps, time first and features last."""
    A = -torch.exp(self.A_log)
    dt_A = torch.exp(self.log_dt) * A
    global_state_1 = torch.exp(dt_A)
    global_state_2 = torch.expm1(dt_A) / A
    drive = x @ self.B
    (global_state,) = states.recurrence(
        streams=(drive,),
        parameters=(global_state_1, global_state_2),
        matrices=(),
        sizes=(self.d_state,),
        outputs=((self.d_state,),),
    )
    y = global_state @ self.C + self.D * x
    return y
