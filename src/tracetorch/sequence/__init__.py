"""Whole sequences through layers and models, by kernels.

`front` holds `tt.unroll`. `plan` finds what takes a whole sequence at once: `chain` follows a module
step by step, `forward` reads a forward from its source, `whole` knows the modules without memory.
`choice` decides which `kernel` a layer has, and `layer` runs it. `operator` declares the operators
for PyTorch and makes a `call` of their arguments. They are implemented in `c`, for the processor,
and in `triton`, for graphics processors: `run` calls the kernels, `language` and `functions` are
what a timestep is made of, and `driver` loops over the timesteps. The kernels are generated, in the
`kernels` folders beside the layers.
"""

from .front import Plan, unroll

__all__ = ["Plan", "unroll"]
