# Generated from spec/zoo/peers/snntorch.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 7dde26d5f746efc4
# SLSTM, spiking long short-term memory of snnTorch.
# The recurrence of one timestep, for a block of neurons of one sample.
# Digest of the timestep: a8511df80cfe2f28

import triton
import triton.language as tl  # noqa: F401, triton.jit requires it

from tracetorch.sequence.triton.language import sigmoid, tanh
from tracetorch.sequence.triton.products import product_back, product_of, product_results

# Whether a block must have all neurons of a sample, since they depend on each other.
MIXES = True


def measure(hidden_size):
    """Return the size of each dimension of a block, and the number of elements of each array."""
    dimensions = (hidden_size,)
    streams = (hidden_size, hidden_size, hidden_size, hidden_size)
    parameters = (hidden_size, hidden_size, hidden_size, hidden_size, hidden_size)
    states = (hidden_size, hidden_size)
    outputs = (hidden_size,)
    matrices = ((hidden_size + hidden_size + hidden_size + hidden_size, hidden_size),)
    return dimensions, streams, parameters, states, outputs, matrices


@triton.jit
def places(extents, indices):
    """Return which elements of each array are in a block, given those in each dimension."""
    (N,) = extents
    (n,) = indices
    streams = (n, n, n, n)
    parameters = (n, n, n, n, n)
    states = (n, n)
    outputs = (n,)
    operands = (n,)
    results = (n, N + n, N + N + n, N + N + N + n)
    return streams, parameters, states, outputs, operands, results


@triton.jit
def forward_step(streams, parameters, numbers, sizes, products, states, used):
    """Return the outputs and the next states."""
    i_2, f_2, g_2, o_2 = streams
    i_1, f_1, g_1, o_1, threshold = parameters
    syn, mem = states

    i_3, f_3, g_3, o_3 = product_of(products, 0, 0, 4, mem)
    i = i_3 + i_1
    f = f_3 + f_1
    g = g_3 + g_1
    o = o_3 + o_1
    i_4 = i_2 + i
    f_4 = f_2 + f
    g_4 = g_2 + g
    o_4 = o_2 + o
    syn_1 = sigmoid(f_4) * syn + sigmoid(i_4) * tanh(g_4)
    mem_1 = sigmoid(o_4) * tanh(syn_1)
    spikes = quant_fn(spike_fn(mem_1 - threshold, numbers), numbers)
    spikes_out = spikes

    return (spikes_out,), (syn_1, mem_1)


@triton.jit
def backward_step(
    streams, parameters, numbers, sizes, products, states, used, d_outputs, d_states, d_parameters
):
    """Return the gradients of the streams, of the parameters, added to those of later timesteps,
    and of the states before the timestep."""
    i_2, f_2, g_2, o_2 = streams
    i_1, f_1, g_1, o_1, threshold = parameters
    syn, mem = states
    i_3, f_3, g_3, o_3 = product_results(products, 0, 0, 4)
    (d_spikes_out,) = d_outputs
    d_syn, d_mem = d_states
    d_i_1, d_f_1, d_g_1, d_o_1, d_threshold = d_parameters

    i = i_3 + i_1
    f = f_3 + f_1
    g = g_3 + g_1
    o = o_3 + o_1
    i_4 = i_2 + i
    f_4 = f_2 + f
    g_4 = g_2 + g
    o_4 = o_2 + o
    inner_1 = tanh(g_4)
    inner_2 = sigmoid(i_4)
    inner_3 = sigmoid(f_4)
    syn_1 = inner_3 * syn + inner_2 * inner_1
    inner_4 = tanh(syn_1)
    inner_5 = sigmoid(o_4)
    mem_1 = inner_5 * inner_4
    inner_6 = mem_1 - threshold
    inner_7 = spike_fn(inner_6, numbers)
    d_spikes = d_spikes_out
    d_inner_6 = spike_fn_gradient(inner_6, numbers, quant_fn_gradient(inner_7, numbers, d_spikes))
    d_mem = d_mem + d_inner_6
    d_threshold = d_threshold - d_inner_6
    d_o_4 = d_mem * inner_4 * (1 - inner_5) * inner_5
    d_syn = d_syn + d_mem * inner_5 * (1 - inner_4 * inner_4)
    d_f_4 = d_syn * syn * (1 - inner_3) * inner_3
    d_i_4 = d_syn * inner_1 * (1 - inner_2) * inner_2
    d_g_4 = d_syn * inner_2 * (1 - inner_1 * inner_1)
    d_syn = d_syn * inner_3
    d_o_2 = d_o_4
    d_o = d_o_4
    d_g_2 = d_g_4
    d_g = d_g_4
    d_f_2 = d_f_4
    d_f = d_f_4
    d_i_2 = d_i_4
    d_i = d_i_4
    d_o_3 = d_o
    d_o_1 = d_o_1 + d_o
    d_g_3 = d_g
    d_g_1 = d_g_1 + d_g
    d_f_3 = d_f
    d_f_1 = d_f_1 + d_f
    d_i_3 = d_i
    d_i_1 = d_i_1 + d_i
    d_mem = product_back(products, 0, 0, (d_i_3, d_f_3, d_g_3, d_o_3))

    return (d_i_2, d_f_2, d_g_2, d_o_2), (d_i_1, d_f_1, d_g_1, d_o_1, d_threshold), (d_syn, d_mem)
