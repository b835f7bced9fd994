# Generated from spec/snn.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 818e4443dba4b1ac
# DLIT, dual leaky integrator with ternary firing.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: ef60146a035c7cbb

import triton
import triton.language as tl  # noqa: F401, triton.jit requires it

from tracetorch.sequence.triton.language import (
    negative,
    negative_gradient,
    positive,
    positive_gradient,
)


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    pos_beta, neg_beta, pos_threshold, neg_threshold, bias = parameters
    noise_0, noise_1 = noise
    pos_mem, neg_mem = states

    pos_mem = pos_beta * pos_mem + positive(x)
    neg_mem = neg_beta * neg_mem + negative(x)
    mem = pos_mem + neg_mem
    pos_spikes = quant_fn(spike_fn(mem - pos_threshold + bias, numbers), numbers, noise_0)
    neg_spikes = -1.0 * quant_fn(
        spike_fn(-1.0 * mem - neg_threshold - bias, numbers), numbers, noise_1
    )
    reset = pos_spikes * pos_threshold + neg_spikes * neg_threshold
    pos_mem = pos_mem - 0.5 * reset
    neg_mem = neg_mem - 0.5 * reset
    output = pos_spikes + neg_spikes

    return output, (pos_mem, neg_mem)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    pos_beta, neg_beta, pos_threshold, neg_threshold, bias = parameters
    noise_0, noise_1 = noise
    pos_mem, neg_mem = states
    d_pos_mem, d_neg_mem = d_states

    pos_mem_1 = pos_beta * pos_mem + positive(x)
    neg_mem_1 = neg_beta * neg_mem + negative(x)
    mem = pos_mem_1 + neg_mem_1
    inner_1 = mem - pos_threshold + bias
    inner_2 = spike_fn(inner_1, numbers)
    pos_spikes = quant_fn(inner_2, numbers, noise_0)
    inner_3 = -1.0 * mem - neg_threshold - bias
    inner_4 = spike_fn(inner_3, numbers)
    neg_spikes = -1.0 * quant_fn(inner_4, numbers, noise_1)

    d_pos_spikes = d_output
    d_neg_spikes = d_output
    d_reset = -1.0 * (d_neg_mem * 0.5)
    d_reset = d_reset - d_pos_mem * 0.5
    d_pos_spikes = d_pos_spikes + d_reset * pos_threshold
    d_pos_threshold = d_reset * pos_spikes
    d_neg_spikes = d_neg_spikes + d_reset * neg_threshold
    d_neg_threshold = d_reset * neg_spikes
    d_inner_3 = spike_fn_gradient(
        inner_3, numbers, quant_fn_gradient(inner_4, numbers, -1.0 * d_neg_spikes)
    )
    d_mem = -1.0 * d_inner_3
    d_neg_threshold = d_neg_threshold - d_inner_3
    d_bias = -1.0 * d_inner_3
    d_inner_1 = spike_fn_gradient(
        inner_1, numbers, quant_fn_gradient(inner_2, numbers, d_pos_spikes)
    )
    d_mem = d_mem + d_inner_1
    d_pos_threshold = d_pos_threshold - d_inner_1
    d_bias = d_bias + d_inner_1
    d_pos_mem = d_pos_mem + d_mem
    d_neg_mem = d_neg_mem + d_mem
    d_neg_beta = d_neg_mem * neg_mem
    d_x = negative_gradient(x, d_neg_mem)
    d_neg_mem = d_neg_mem * neg_beta
    d_pos_beta = d_pos_mem * pos_mem
    d_x = d_x + positive_gradient(x, d_pos_mem)
    d_pos_mem = d_pos_mem * pos_beta

    return (
        d_x,
        (d_pos_beta, d_neg_beta, d_pos_threshold, d_neg_threshold, d_bias),
        (d_pos_mem, d_neg_mem),
    )
