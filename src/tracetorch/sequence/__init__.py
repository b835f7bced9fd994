"""Whole sequences through layers and models, by kernels.

`front` defines `tt.unroll`, which runs the `steps` of a plan, and `record` defines `tt.record`.
`plan` finds the parts of a module that take a whole sequence at once: `chain` divides a module into
`step`s, whose `order` of effects is kept, `forward` reads a forward method as a `graph` from its
`source`, statement by statement, with the `meanings` of `expressions`, `attributes` and `calls` as
`operations`; `functions` and `whole` list the functions and the modules without states, applied
`over_time` and if possible `direct`ly, `foreign` decides which others may run beside them, and
`recorded` finds the steps whose timesteps are recorded. `choice` selects the `kernel` of a layer,
and `layer` runs it; the `linear` maps around it may be convolutions; `timestep` runs one timestep,
after `TTcompile`. `operator` registers the operators with PyTorch and converts their arguments to a
`call`. They are implemented in `c`, for CPUs, and in `triton`, for GPUs: `run` calls the kernels,
`language` and `functions` are the functions that a timestep calls, and `driver` loops over the
timesteps; for layers that are not elementwise, these are `recurrence_call`, `recurrence`,
`products` and in Triton `recurrence_driver`. The kernels are generated, in the `kernels` folders
beside the layers.
"""

from ..core import Layer
from .front import Plan, unroll
from .record import record
from .timestep import Timestep

Layer._find_compiled_step = Timestep.of

__all__ = ["Plan", "record", "unroll"]
