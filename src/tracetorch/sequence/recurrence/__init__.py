"""Layers whose timestep is not elementwise, for a whole sequence.

operator  PyTorch operators that run the recurrence of a layer forward and backward
layer     what a layer computes before and after its recurrence, for all timesteps at once
"""
