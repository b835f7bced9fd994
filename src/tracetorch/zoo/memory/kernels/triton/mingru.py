# Generated from spec/zoo/memory.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: f57a0f3f60139c37
# MinGRU, minimal gated recurrent unit without recurrent weights.
# The recurrence of one timestep, for a block of neurons of one sample.
# Digest of the timestep: 65e84a2ad5387f60

import triton
import triton.language as tl  # noqa: F401, triton.jit requires it

from tracetorch.sequence.triton.language import sigmoid

# Whether a block must have all neurons of a sample, since they depend on each other.
MIXES = False


def measure(out_features):
    """Return the size of each dimension of a block, and the number of elements of each array."""
    dimensions = (out_features,)
    streams = (out_features, out_features)
    parameters = ()
    states = (out_features,)
    outputs = (out_features,)
    matrices = ()
    return dimensions, streams, parameters, states, outputs, matrices


@triton.jit
def places(extents, indices):
    """Return which elements of each array are in a block, given those in each dimension."""
    (N,) = extents
    (n,) = indices
    streams = (n, n)
    parameters = ()
    states = (n,)
    outputs = (n,)
    operands = ()
    results = ()
    return streams, parameters, states, outputs, operands, results


@triton.jit
def forward_step(streams, parameters, numbers, sizes, products, states, used):
    """Return the outputs and the next states."""
    update_1, H_1 = streams
    (H,) = states

    update = sigmoid(update_1)
    H_2 = (1 - update) * H + update * H_1
    H_out = H_2

    return (H_out,), (H_2,)


@triton.jit
def backward_step(
    streams, parameters, numbers, sizes, products, states, used, d_outputs, d_states, d_parameters
):
    """Return the gradients of the streams, of the parameters, added to those of later timesteps,
    and of the states before the timestep."""
    update_1, H_1 = streams
    (H,) = states
    (d_H_out,) = d_outputs
    (d_H,) = d_states

    update = sigmoid(update_1)
    inner_1 = 1 - update
    d_H = d_H + d_H_out
    d_update = d_H * H_1 - d_H * H
    d_H_1 = d_H * update
    d_H = d_H * inner_1
    d_update_1 = d_update * (1 - update) * update

    return (d_update_1, d_H_1), (), (d_H,)
