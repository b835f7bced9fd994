# Generated from spec/zoo/heads.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 66617bf8e3316c74
# RWKV, RWKV layer with several heads.
# The recurrence of one timestep, for a block of neurons of one sample.
# Digest of the timestep: 8b7767a1b97be507

import triton
import triton.language as tl

from tracetorch.sequence.triton.language import sum_of_block

# Whether a block must have all neurons of a sample, since they depend on each other.
MIXES = False


def measure(heads, head_size):
    """Return the size of each dimension of a block, and the number of elements of each array."""
    dimensions = (head_size, head_size, heads)
    streams = (head_size * heads, head_size * heads, head_size * heads, head_size * heads)
    parameters = (head_size * heads, head_size * heads)
    states = (head_size * head_size * heads,)
    outputs = (head_size * heads,)
    matrices = ()
    return dimensions, streams, parameters, states, outputs, matrices


@triton.jit
def places(extents, indices):
    """Return which elements of each array are in a block, given those in each dimension."""
    K, L, N = extents
    k, l, n = indices
    streams = (l * N + n, l * N + n, k * N + n, l * N + n)
    parameters = (l * N + n, l * N + n)
    states = ((k * L + l) * N + n,)
    outputs = (k * N + n,)
    operands = ()
    results = ()
    return streams, parameters, states, outputs, operands, results


@triton.jit
def forward_step(streams, parameters, numbers, sizes, products, states, used):
    """Return the outputs and the next states."""
    r, k, v, own_d_1 = streams
    decay_bias, bonus = parameters
    (memory,) = states

    d = own_d_1 + decay_bias
    written = v * k
    summand_1 = (memory + bonus * written) * r
    h = sum_of_block(summand_1, used, 1)
    memory_1 = tl.exp(-1.0 * tl.exp(d)) * memory + written
    h_out = h

    return (h_out,), (memory_1,)


@triton.jit
def backward_step(
    streams, parameters, numbers, sizes, products, states, used, d_outputs, d_states, d_parameters
):
    """Return the gradients of the streams, of the parameters, added to those of later timesteps,
    and of the states before the timestep."""
    r, k, v, own_d_1 = streams
    decay_bias, bonus = parameters
    (memory,) = states
    (d_h_out,) = d_outputs
    (d_memory,) = d_states
    d_decay_bias, d_bonus = d_parameters

    d = own_d_1 + decay_bias
    inner_2 = tl.exp(d)
    inner_3 = tl.exp(-1.0 * inner_2)
    d_h = d_h_out
    written = v * k
    inner_1 = memory + bonus * written
    d_d = sum_of_block(-1.0 * (d_memory * memory * inner_3 * inner_2), used, 0)
    d_written = d_memory
    d_memory = d_memory * inner_3
    d_summand_1 = d_h
    d_inner_1 = d_summand_1 * r
    d_memory = d_memory + d_inner_1
    d_bonus = d_bonus + sum_of_block(d_inner_1 * written, used, 0)
    d_written = d_written + d_inner_1 * bonus
    d_r = sum_of_block(d_summand_1 * inner_1, used, 0)
    d_v = sum_of_block(d_written * k, used, 1)
    d_k = sum_of_block(d_written * v, used, 0)
    d_own_d_1 = d_d
    d_decay_bias = d_decay_bias + d_d

    return (d_r, d_k, d_v, d_own_d_1), (d_decay_bias, d_bonus), (d_memory,)
