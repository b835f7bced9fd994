"""Whole sequences through layers and models, by kernels.

`front` defines `tt.unroll`. `plan` finds the parts of a module that take a whole sequence at once:
`chain` splits a module into steps, `forward` reads a forward method from its source, `whole` lists
the modules without states. `choice` selects the `kernel` of a layer, and `layer` runs it.
`operator` registers the operators with PyTorch and converts their arguments to a `call`. They are
implemented in `c`, for CPUs, and in `triton`, for GPUs: `run` calls the kernels, `language` and
`functions` are the functions that a timestep calls, and `driver` loops over the timesteps. The
kernels are generated, in the `kernels` folders beside the layers.
"""

from .front import Plan, unroll

__all__ = ["Plan", "unroll"]
