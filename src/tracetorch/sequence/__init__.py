"""Whole sequences through layers and models, by kernels.

`unroll` plans and runs. `plan` finds what takes a whole sequence at once: `chain` follows a module
step by step, `forward` reads what it does, `whole` knows the modules without memory. `choice`
decides which `kernel` a layer has; `layer` takes one layer through a sequence, by the operators
that `operator` declares for PyTorch. They are implemented in `c`, for the processor, and in
`triton`, for graphics processors: `run` calls the kernels, `language` and `functions` are what
these are made of, and `driver` takes them through the timesteps. The kernels are generated, in
the `kernels` folders beside the layers.
"""

from .front import Plan, unroll

__all__ = ["Plan", "unroll"]
