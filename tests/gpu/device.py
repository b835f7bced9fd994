"""The device that kernels in Triton run on here."""

from __future__ import annotations

import os
from importlib.util import find_spec

import torch

IS_INTERPRETED = os.environ.get("TRITON_INTERPRET") == "1"
"""Whether Triton interprets kernels, on the CPU, as it does if this environment variable is set."""

DEVICE = "cpu" if IS_INTERPRETED else "cuda"


def why_not() -> str:
    """Return why kernels in Triton cannot run here; empty if they can."""
    if not find_spec("triton"):
        return "Triton is not installed"
    if not (IS_INTERPRETED or torch.cuda.is_available()):
        return "there is no CUDA device; with TRITON_INTERPRET=1 kernels are interpreted"
    return ""
