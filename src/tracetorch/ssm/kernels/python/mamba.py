# Generated from spec/ssm.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: e9a32490f55410cc
# Mamba, gated selective state space behind a short convolution.
# What a whole sequence computes before and after its recurrence, which is a kernel.
# Digest of the timestep: b83ed2e8fdfa6879

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn


def sequence(self: Any, x: Tensor, states: Any) -> Tensor:
    """Return the outputs for the inputs of all timesteps, time first and features last."""
    A = -torch.exp(self.A_log)
    main, gate = self.in_proj(x).chunk(2, dim=-1)
    if self.conv_kernel > 1:
        states.window("conv_buffer", main)
        main = states.filtered("conv_buffer", self.conv_weights) + self.conv_bias
    main = nn.functional.silu(main)
    dt_raw, B, C = self.ssm_proj(main).split([self.dt_rank, self.d_state, self.d_state], dim=-1)
    dt_1 = self.dt_proj(dt_raw)
    (y,) = states.recurrence(
        streams=(main, gate, B, C, dt_1),
        parameters=(A, self.D),
        matrices=(),
        sizes=(self.num_neurons, self.d_state),
        outputs=((self.num_neurons,),),
    )
    y = self.out_proj(y) + x
    return y
