# Generated from spec/rnn.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 36c1e7db43161f09
# SimpleRNN, simple recurrent layer.
# The recurrence of one timestep, for a block of neurons of one sample.
# Digest of the timestep: 8db9fa840f8bdec0

import triton
import triton.language as tl  # noqa: F401, triton.jit requires it

from tracetorch.sequence.triton.language import tanh
from tracetorch.sequence.triton.products import product_back, product_of, product_results

# Whether a block must have all neurons of a sample, since they depend on each other.
MIXES = True


def measure(out_features):
    """Return the size of each dimension of a block, and the number of elements of each array."""
    dimensions = (out_features,)
    streams = ()
    parameters = ()
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
    parameters = ()
    states = (n,)
    outputs = (n,)
    operands = (n,)
    results = (n,)
    return streams, parameters, states, outputs, operands, results


@triton.jit
def forward_step(streams, parameters, numbers, sizes, products, states, used):
    """Return the outputs and the next states."""
    (H,) = states

    (H_2,) = product_of(products, 0, 0, 1, H)
    H_3 = tanh(H_2)
    H_out = H_3

    return (H_out,), (H_3,)


@triton.jit
def backward_step(
    streams, parameters, numbers, sizes, products, states, used, d_outputs, d_states, d_parameters
):
    """Return the gradients of the streams, of the parameters, added to those of later timesteps,
    and of the states before the timestep."""
    (H,) = states
    (H_2,) = product_results(products, 0, 0, 1)
    (d_H_out,) = d_outputs
    (d_H,) = d_states

    H_3 = tanh(H_2)
    d_H = d_H + d_H_out
    d_H_2 = d_H * (1 - H_3 * H_3)
    d_H = product_back(products, 0, 0, (d_H_2,))

    return (), (), (d_H,)
