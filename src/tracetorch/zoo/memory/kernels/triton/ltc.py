# Generated from spec/zoo/memory.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: d0b4ab7fb46ce20d
# LTC, liquid time-constant layer.
# The recurrence of one timestep, for a block of neurons of one sample.
# Digest of the timestep: 76c42ce0a0034e32

import triton
import triton.language as tl  # noqa: F401, triton.jit requires it

from tracetorch.sequence.triton.language import sigmoid
from tracetorch.sequence.triton.products import product_back, product_of, product_results

# Whether a block must have all neurons of a sample, since they depend on each other.
MIXES = True


def measure(out_features):
    """Return the size of each dimension of a block, and the number of elements of each array."""
    dimensions = (out_features,)
    streams = ()
    parameters = (out_features, out_features, out_features)
    states = (out_features,)
    outputs = (out_features,)
    matrices = ((out_features, out_features),)
    return dimensions, streams, parameters, states, outputs, matrices


@triton.jit
def places(extents, indices):
    """Return which elements of each array are in a block, given those in each dimension."""
    (N,) = extents
    (n,) = indices
    streams = ()
    parameters = (n, n, n)
    states = (n,)
    outputs = (n,)
    operands = (n,)
    results = (n,)
    return streams, parameters, states, outputs, operands, results


@triton.jit
def forward_step(streams, parameters, numbers, sizes, products, states, used):
    """Return the outputs and the next states."""
    dt, target, H_1 = parameters
    (H,) = states

    (rate_2,) = product_of(products, 0, 0, 1, H)
    rate = sigmoid(rate_2)
    H_2 = (H + dt * rate * target) / (1 + dt * (H_1 + rate))
    H_out = H_2

    return (H_out,), (H_2,)


@triton.jit
def backward_step(
    streams, parameters, numbers, sizes, products, states, used, d_outputs, d_states, d_parameters
):
    """Return the gradients of the streams, of the parameters, added to those of later timesteps,
    and of the states before the timestep."""
    dt, target, H_1 = parameters
    (H,) = states
    (rate_2,) = product_results(products, 0, 0, 1)
    (d_H_out,) = d_outputs
    (d_H,) = d_states
    d_dt, d_target, d_H_1 = d_parameters

    rate = sigmoid(rate_2)
    inner_1 = H_1 + rate
    inner_2 = dt * inner_1
    inner_3 = 1 + inner_2
    inner_4 = dt * rate
    inner_5 = H + inner_4 * target
    H_2 = inner_5 / inner_3
    d_H = d_H + d_H_out
    d_inner_5 = d_H / inner_3
    d_inner_4 = d_inner_5 * target
    d_inner_2 = -1.0 * (d_H * (H_2 / inner_3))
    d_inner_1 = d_inner_2 * dt
    d_dt = d_dt + (d_inner_4 * rate + d_inner_2 * inner_1)
    d_rate = d_inner_4 * dt + d_inner_1
    d_target = d_target + d_inner_5 * inner_4
    d_H_1 = d_H_1 + d_inner_1
    d_H = d_inner_5
    d_rate_2 = d_rate * (1 - rate) * rate
    d_H = d_H + product_back(products, 0, 0, (d_rate_2,))

    return (), (d_dt, d_target, d_H_1), (d_H,)
