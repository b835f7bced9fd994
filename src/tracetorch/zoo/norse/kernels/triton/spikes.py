# Generated from spec/zoo/peers/norse.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 8c67ab8dae88a030
# Digest of the functions: 8ec1006965a28937
# The spike functions and quantizers of spiking layers, and their gradients.
# `numbers` holds the numbers of all functions of a layer. `run.py` sets `FIRST`, the index of the
# first number of the function in use, when it loads this file.

import triton
import triton.language as tl

from tracetorch.sequence.triton.language import sign, straight_through


# Smooth step whose surrogate gradient is that of Norse: `1 / (1 + |x|)^2`.
@triton.jit
def own_superspike(x, numbers, noise=None):
    return straight_through(0.5 + x / (2 + 2 * tl.abs(x)), x / (1 + tl.abs(x)))


@triton.jit
def own_superspike_gradient(x, numbers, d_output):
    inner_1 = 1 + tl.abs(x)
    inner_2 = x / inner_1
    d_x = d_output / inner_1 - d_output * (inner_2 / inner_1) * sign(x)
    return d_x
