"""Layers whose timestep is not elementwise, for a whole sequence.

operator  PyTorch operators that run the recurrence of a layer forward and backward
segments  long sequences in segments, of which the backward pass recomputes one at a time
filter    weighted sums over the last inputs, for all timesteps at once
layer     what a layer computes before and after its recurrence, for all timesteps at once
"""
