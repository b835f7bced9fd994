# Generated from spec/zoo/heads.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 26d725b2c32e44cd
# RWKV, RWKV layer with several heads.
# The recurrence of one timestep, for a block of neurons of one sample.
# Digest of the timestep: a85dab89c264ac45

import triton
import triton.language as tl

from tracetorch.sequence.triton.language import sum_of_block

# Whether a block must have all neurons of a sample, since they depend on each other.
MIXES = False


def measure(heads, head_size):
    """Return the size of each dimension of a block, and the number of elements of each array."""
    dimensions = (head_size, head_size, heads)
    streams = (head_size * heads, head_size * heads, head_size * heads, head_size * heads)
    parameters = (head_size * heads, head_size * heads, head_size * heads, head_size * heads)
    states = (head_size * head_size * heads,)
    outputs = (head_size * heads,)
    matrices = ()
    return dimensions, streams, parameters, states, outputs, matrices


@triton.jit
def places(extents, indices):
    """Return which elements of each array are in a block, given those in each dimension."""
    K, L, N = extents
    k, l, n = indices
    streams = (k * N + n, k * N + n, l * N + n, k * N + n)
    parameters = (k * N + n, k * N + n, l * N + n, l * N + n)
    states = ((l * K + k) * N + n,)
    outputs = (l * N + n,)
    operands = ()
    results = ()
    return streams, parameters, states, outputs, operands, results


@triton.jit
def forward_step(streams, parameters, numbers, sizes, products, states, used):
    """Return the outputs and the next states."""
    r, k, v, own_d_1 = streams
    decay_bias, bonus, norm_scale, norm_bias = parameters
    (memory,) = states
    head_size = tl.cast(sizes[1], memory.dtype)

    d = own_d_1 + decay_bias
    written = v * k
    summand_1 = (memory + bonus * written) * r
    h_1 = sum_of_block(summand_1, used, 0)
    memory_1 = tl.exp(-1.0 * tl.exp(d)) * memory + written
    total_1 = sum_of_block(h_1, used, 1)
    h_2 = h_1 - total_1 / head_size
    h = h_2 * h_2
    total_2 = sum_of_block(h, used, 1)
    h_3 = h_2 / tl.sqrt(total_2 / head_size + 1e-05)
    y_1 = norm_scale * h_3 + norm_bias
    y_1_out = y_1

    return (y_1_out,), (memory_1,)


@triton.jit
def backward_step(
    streams, parameters, numbers, sizes, products, states, used, d_outputs, d_states, d_parameters
):
    """Return the gradients of the streams, of the parameters, added to those of later timesteps,
    and of the states before the timestep."""
    r, k, v, own_d_1 = streams
    decay_bias, bonus, norm_scale, _ = parameters
    (memory,) = states
    head_size = tl.cast(sizes[1], memory.dtype)
    (d_y_1_out,) = d_outputs
    (d_memory,) = d_states
    d_decay_bias, d_bonus, d_norm_scale, d_norm_bias = d_parameters

    d = own_d_1 + decay_bias
    inner_2 = tl.exp(d)
    inner_3 = tl.exp(-1.0 * inner_2)
    d_y_1 = d_y_1_out
    d_h_3 = d_y_1 * norm_scale
    d_norm_bias = d_norm_bias + d_y_1
    written = v * k
    inner_1 = memory + bonus * written
    summand_1 = inner_1 * r
    h_1 = sum_of_block(summand_1, used, 0)
    d_d = sum_of_block(-1.0 * (d_memory * memory * inner_3 * inner_2), used, 1)
    d_written = d_memory
    d_memory = d_memory * inner_3
    total_1 = sum_of_block(h_1, used, 1)
    inner_4 = total_1 / head_size
    h_2 = h_1 - inner_4
    h = h_2 * h_2
    total_2 = sum_of_block(h, used, 1)
    inner_5 = total_2 / head_size
    inner_6 = tl.sqrt(inner_5 + 1e-05)
    h_3 = h_2 / inner_6
    d_norm_scale = d_norm_scale + d_y_1 * h_3
    d_inner_5 = sum_of_block(-1.0 * (d_h_3 * (h_3 / inner_6) / (2 * inner_6)), used, 1)
    d_h_2 = d_h_3 / inner_6
    d_total_2 = d_inner_5 / head_size
    d_head_size = -1.0 * (d_inner_5 * (inner_5 / head_size))
    d_h = d_total_2
    d_h_2 = d_h_2 + (d_h * h_2 + d_h * h_2)
    d_h_1 = d_h_2
    d_total_1 = sum_of_block(-1.0 * (d_h_2 / head_size), used, 1)
    d_head_size = d_head_size + sum_of_block(-1.0 * (-1.0 * d_h_2) * (inner_4 / head_size), used, 1)
    d_h_1 = d_h_1 + d_total_1
    d_own_d_1 = d_d
    d_decay_bias = d_decay_bias + d_d
    d_summand_1 = d_h_1
    d_inner_1 = d_summand_1 * r
    d_memory = d_memory + d_inner_1
    d_bonus = d_bonus + sum_of_block(d_inner_1 * written, used, 1)
    d_written = d_written + d_inner_1 * bonus
    d_r = sum_of_block(d_summand_1 * inner_1, used, 1)
    d_v = sum_of_block(d_written * k, used, 0)
    d_k = sum_of_block(d_written * v, used, 1)

    return (
        (d_r, d_k, d_v, d_own_d_1),
        (d_decay_bias, d_bonus, d_norm_scale, d_norm_bias),
        (d_memory,),
    )
