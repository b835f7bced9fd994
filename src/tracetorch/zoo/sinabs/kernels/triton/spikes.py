# Generated from spec/zoo/peers/sinabs.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: dcbdf1b32d637800
# Digest of the functions: d0eb3833412aa664
# The spike functions and quantizers of spiking layers, and their gradients.
# `numbers` holds the numbers of all functions of a layer. `run.py` sets `FIRST`, the index of the
# first number of the function in use, when it loads this file.

import triton
import triton.language as tl

from tracetorch.sequence.triton.language import straight_through


# Smooth step whose surrogate gradient is that of Sinabs: by default `2 exp(-2 |x|)`.
@triton.jit
def own_single_exponential(x, numbers, noise=None):
    grad_width = numbers[FIRST]
    grad_scale = numbers[FIRST + 1]
    tail = 0.5 * tl.exp(-1.0 * tl.abs(x) / grad_width)
    slope = grad_scale / grad_width * tl.exp(-1.0 * tl.abs(x) / grad_width)
    return straight_through(tl.where(x < 0, tail, 1 - tail), (slope) * x)


@triton.jit
def own_single_exponential_gradient(x, numbers, d_output):
    grad_width = numbers[FIRST]
    grad_scale = numbers[FIRST + 1]
    slope = grad_scale / grad_width * tl.exp(-1.0 * tl.abs(x) / grad_width)
    inner_1 = slope
    d_x = d_output * inner_1
    return d_x
