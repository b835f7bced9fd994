"""What the compiler of PyTorch can do in each version."""

from __future__ import annotations

import pytest
import torch

follows_unroll = pytest.mark.skipif(
    torch.__version__ < "2.13", reason="torch.compile follows tt.unroll from PyTorch 2.13 on"
)
