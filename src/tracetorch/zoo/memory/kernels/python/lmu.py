# Generated from spec/zoo/memory.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: f6c445fbf701bfee
# LMU, Legendre memory unit.
# What a whole sequence computes before and after its recurrence, which is a kernel.
# Digest of the timestep: d60589dc03cb2607

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn


def sequence(self: Any, x: Tensor, states: Any) -> Tensor:
    """Return the outputs for the inputs of all timesteps, time first and features last."""
    encoder_1, encoder_2, encoder_3 = self.encoder.weight.split(
        [self.in_features, self.out_features, self.order], dim=-1
    )
    transition_1 = torch.t(self.transition)
    hidden_layer_1, hidden_layer_2, hidden_layer_3 = self.hidden_layer.weight.split(
        [self.in_features, self.out_features, self.order], dim=-1
    )
    u_1 = nn.functional.linear(x, encoder_1)
    H_1 = nn.functional.linear(x, hidden_layer_1)
    (H,) = states.recurrence(
        streams=(u_1, H_1),
        parameters=(self.drive,),
        matrices=(encoder_2, encoder_3, transition_1, hidden_layer_2, hidden_layer_3),
        sizes=(self.out_features, self.order),
        outputs=((self.out_features,),),
    )
    return H
