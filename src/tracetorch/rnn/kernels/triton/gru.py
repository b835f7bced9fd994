# Generated from spec/rnn.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 80ba32c3ff0f4ce4
# GRU, gated recurrent unit.
# The recurrence of one timestep, for a block of neurons of one sample.
# Digest of the timestep: 73b238ae4934c639

import triton
import triton.language as tl  # noqa: F401, triton.jit requires it

from tracetorch.sequence.triton.language import sigmoid, tanh
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
    matrices = ((out_features + out_features, out_features), (out_features, out_features))
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
    operands = (n, n)
    results = (n, N + n, n)
    return streams, parameters, states, outputs, operands, results


@triton.jit
def forward_step(streams, parameters, numbers, sizes, products, states, used):
    """Return the outputs and the next states."""
    (H,) = states

    reset_1, update_1 = product_of(products, 0, 0, 2, H)
    reset = sigmoid(reset_1)
    update = sigmoid(update_1)
    candidate_2 = H * reset
    (candidate_3,) = product_of(products, 1, 2, 1, candidate_2)
    candidate = tanh(candidate_3)
    H_1 = (1 - update) * H + update * candidate
    H_out = H_1

    return (H_out,), (H_1,)


@triton.jit
def backward_step(
    streams, parameters, numbers, sizes, products, states, used, d_outputs, d_states, d_parameters
):
    """Return the gradients of the streams, of the parameters, added to those of later timesteps,
    and of the states before the timestep."""
    (H,) = states
    reset_1, update_1 = product_results(products, 0, 0, 2)
    (candidate_3,) = product_results(products, 1, 2, 1)
    (d_H_out,) = d_outputs
    (d_H,) = d_states

    reset = sigmoid(reset_1)
    update = sigmoid(update_1)
    candidate = tanh(candidate_3)
    inner_1 = 1 - update
    d_H = d_H + d_H_out
    d_update = d_H * candidate - d_H * H
    d_candidate = d_H * update
    d_H = d_H * inner_1
    d_candidate_3 = d_candidate * (1 - candidate * candidate)
    d_candidate_2 = product_back(products, 1, 2, (d_candidate_3,))
    d_H = d_H + d_candidate_2 * reset
    d_reset = d_candidate_2 * H
    d_update_1 = d_update * (1 - update) * update
    d_reset_1 = d_reset * (1 - reset) * reset
    d_H = d_H + product_back(products, 0, 0, (d_reset_1, d_update_1))

    return (), (), (d_H,)
