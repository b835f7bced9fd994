"""Whole sequences through layers and models, by kernels.

`unroll` plans and runs; `chain` follows a module step by step, `forward` reads what it does, and
`whole` knows the modules without memory. `layer` takes one layer through a sequence, by the
operators that `operator` declares for PyTorch. Those are `cpu`, with C that `source` puts together,
`compiler` compiles and `build` keeps, and `cuda`, with Triton. The timesteps come from the
`kernels` folders beside the layers, and are generated; `language` and `driver`, in C and in Triton,
are what they stand on and what carries them through time.
"""

from .unroll import Plan, unroll

__all__ = ["Plan", "unroll"]
