# Generated from spec/zoo/heads.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 43c2b9100ed81ba3
# MLSTM, long short-term memory with a matrix memory.
# The recurrence of one timestep, for a block of neurons of one sample.
# Digest of the timestep: 104720e8f955ae62

import triton
import triton.language as tl

from tracetorch.sequence.triton.language import maximum, sigmoid, sign, softplus, sum_of_block

# Whether a block must have all neurons of a sample, since they depend on each other.
MIXES = False


def measure(heads, head_size):
    """Return the size of each dimension of a block, and the number of elements of each array."""
    dimensions = (head_size, head_size, heads)
    streams = (head_size * heads, head_size * heads, head_size * heads, heads, heads)
    parameters = ()
    states = (head_size * head_size * heads, head_size * heads, heads)
    outputs = (head_size * heads,)
    matrices = ()
    return dimensions, streams, parameters, states, outputs, matrices


@triton.jit
def places(extents, indices):
    """Return which elements of each array are in a block, given those in each dimension."""
    K, L, N = extents
    k, l, n = indices
    streams = (l * N + n, l * N + n, k * N + n, n, n)
    parameters = ()
    states = ((k * L + l) * N + n, l * N + n, n)
    outputs = (k * N + n,)
    operands = ()
    results = ()
    return streams, parameters, states, outputs, operands, results


@triton.jit
def forward_step(streams, parameters, numbers, sizes, products, states, used):
    """Return the outputs and the next states."""
    q, k, v, log_write, log_keep_1 = streams
    memory, norm, largest = states

    log_keep = -1.0 * softplus(-1.0 * log_keep_1) + largest
    largest_1 = maximum(log_keep, log_write)
    keep = tl.exp(log_keep - largest_1)
    write = tl.exp(log_write - largest_1)
    norm_1 = keep * norm + write * k
    summand_1 = norm_1 * q
    total_1 = sum_of_block(summand_1, used, 1)
    scale = maximum(tl.abs(total_1), tl.exp(-1.0 * largest_1))
    memory_1 = keep * memory + write * v * k
    summand_2 = memory_1 * q
    total_2 = sum_of_block(summand_2, used, 1)
    h = total_2 / scale
    h_out = h

    return (h_out,), (memory_1, norm_1, largest_1)


@triton.jit
def backward_step(
    streams, parameters, numbers, sizes, products, states, used, d_outputs, d_states, d_parameters
):
    """Return the gradients of the streams, of the parameters, added to those of later timesteps,
    and of the states before the timestep."""
    q, k, v, log_write, log_keep_1 = streams
    memory, norm, largest = states
    (d_h_out,) = d_outputs
    d_memory, d_norm, d_largest = d_states

    log_keep = -1.0 * softplus(-1.0 * log_keep_1) + largest
    largest_1 = maximum(log_keep, log_write)
    inner_1 = log_keep - largest_1
    keep = tl.exp(inner_1)
    inner_2 = log_write - largest_1
    write = tl.exp(inner_2)
    inner_4 = tl.exp(-1.0 * largest_1)
    inner_3 = write * v
    d_h = d_h_out
    norm_1 = keep * norm + write * k
    summand_1 = norm_1 * q
    total_1 = sum_of_block(summand_1, used, 1)
    inner_5 = tl.abs(total_1)
    scale = maximum(inner_5, inner_4)
    d_total_2 = d_h / scale
    memory_1 = keep * memory + inner_3 * k
    summand_2 = memory_1 * q
    total_2 = sum_of_block(summand_2, used, 1)
    d_summand_2 = d_total_2
    d_memory = d_memory + d_summand_2 * q
    d_q = sum_of_block(d_summand_2 * memory_1, used, 0)
    d_inner_3 = sum_of_block(d_memory * k, used, 1)
    h = total_2 / scale
    d_scale = sum_of_block(-1.0 * (d_h * (h / scale)), used, 0)
    d_v = d_inner_3 * write
    d_total_1 = tl.where(inner_5 >= inner_4, d_scale, 0) * sign(total_1)
    d_largest = d_largest - tl.where(inner_5 < inner_4, d_scale, 0) * inner_4
    d_summand_1 = d_total_1
    d_norm = d_norm + d_summand_1 * q
    d_q = d_q + d_summand_1 * norm_1
    d_keep = sum_of_block(d_norm * norm, used, 1)
    d_write = sum_of_block(d_norm * k, used, 1)
    d_k = d_norm * write
    d_norm = d_norm * keep
    d_write = d_write + sum_of_block(d_inner_3 * v, used, 0)
    d_inner_2 = d_write * write
    d_log_write = d_inner_2
    d_largest = d_largest - d_inner_2
    d_keep = d_keep + sum_of_block(sum_of_block(d_memory * memory, used, 0), used, 1)
    d_k = d_k + sum_of_block(d_memory * inner_3, used, 0)
    d_memory = d_memory * keep
    d_inner_1 = d_keep * keep
    d_log_keep = d_inner_1
    d_largest = d_largest - d_inner_1
    d_log_keep = d_log_keep + tl.where(log_keep >= log_write, d_largest, 0)
    d_log_write = d_log_write + tl.where(log_keep < log_write, d_largest, 0)
    d_log_keep_1 = d_log_keep * sigmoid(-1.0 * log_keep_1)
    d_largest = d_log_keep

    return (d_q, d_k, d_v, d_log_write, d_log_keep_1), (), (d_memory, d_norm, d_largest)
