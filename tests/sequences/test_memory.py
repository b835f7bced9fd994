"""The memory of sequences is used again, not given back to the system at each step."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

_STEPS = """
import resource
import torch
import tracetorch as tt

layer, xs = tt.rnn.LSTM(64, 64), torch.rand(200, 32, 64)


def train():
    layer.zero_states()
    tt.unroll(layer, xs.detach().requires_grad_()).sum().backward()


for _ in range(5):
    train()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(20):
    train()
print((resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) / 20)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the allocator of glibc")
def test_a_step_of_training_takes_few_new_pages() -> None:
    """As glibc is by default, each takes 2,500 of 4 kB."""
    ran = subprocess.run([sys.executable, "-c", _STEPS], capture_output=True, text=True, check=True)
    assert float(ran.stdout) < 500
