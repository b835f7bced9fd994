"""Whole sequences through layers and models, by kernels.

`unroll` plans and runs; `chain` follows a module step by step, `forward` reads what it does,
`whole` knows the modules without memory, and `modules` says what a module is. `choice` decides
which `kernel` a layer has. `layer` takes one layer through a sequence, by the operators that
`operator` declares for PyTorch. Those are `cpu`, which is called as `call` says, with C that
`source` puts together, `compiler` compiles, `build` keeps and `once` tries a single time; and
`cuda`, with Triton. The timesteps come from the `kernels` folders beside the layers, and are
generated; `language` and `driver`, in C and in Triton, are what they are made of and what runs them.
"""

from .unroll import Plan, unroll

__all__ = ["Plan", "unroll"]
