# Generated from spec/rnn.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: c0af5993d21939d6
# LSTM, long short-term memory.
# The recurrence of one timestep, for a block of neurons of one sample.
# Digest of the timestep: b6526f3408833b77

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
    states = (out_features, out_features)
    outputs = (out_features,)
    matrices = ((out_features + out_features + out_features + out_features, out_features),)
    return dimensions, streams, parameters, states, outputs, matrices


@triton.jit
def places(extents, indices):
    """Return which elements of each array are in a block, given those in each dimension."""
    (N,) = extents
    (n,) = indices
    streams = ()
    parameters = ()
    states = (n, n)
    outputs = (n,)
    operands = (n,)
    results = (n, N + n, N + N + n, N + N + N + n)
    return streams, parameters, states, outputs, operands, results


@triton.jit
def forward_step(streams, parameters, numbers, sizes, products, states, used):
    """Return the outputs and the next states."""
    H, C = states

    i, f, o, g = product_of(products, 0, 0, 4, H)
    C_1 = sigmoid(f) * C + sigmoid(i) * tanh(g)
    H_1 = sigmoid(o) * tanh(C_1)
    H_out = H_1

    return (H_out,), (H_1, C_1)


@triton.jit
def backward_step(
    streams, parameters, numbers, sizes, products, states, used, d_outputs, d_states, d_parameters
):
    """Return the gradients of the streams, of the parameters, added to those of later timesteps,
    and of the states before the timestep."""
    H, C = states
    i, f, o, g = product_results(products, 0, 0, 4)
    (d_H_out,) = d_outputs
    d_H, d_C = d_states

    inner_1 = tanh(g)
    inner_2 = sigmoid(i)
    inner_3 = sigmoid(f)
    C_1 = inner_3 * C + inner_2 * inner_1
    inner_4 = tanh(C_1)
    inner_5 = sigmoid(o)
    d_H = d_H + d_H_out
    d_o = d_H * inner_4 * (1 - inner_5) * inner_5
    d_C = d_C + d_H * inner_5 * (1 - inner_4 * inner_4)
    d_f = d_C * C * (1 - inner_3) * inner_3
    d_i = d_C * inner_1 * (1 - inner_2) * inner_2
    d_g = d_C * inner_2 * (1 - inner_1 * inner_1)
    d_C = d_C * inner_3
    d_H = product_back(products, 0, 0, (d_i, d_f, d_o, d_g))

    return (), (), (d_H, d_C)
