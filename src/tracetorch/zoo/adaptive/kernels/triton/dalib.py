# Generated from spec/zoo/adaptive.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 3e9265d166302e8e
# DALIB, dual adaptive leaky integrator with binary firing.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: 74daf0ece93dde94

import triton
import triton.language as tl

from tracetorch.sequence.triton.language import (
    negative,
    negative_gradient,
    positive,
    positive_gradient,
    sign,
)


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    pos_beta, neg_beta, threshold, bias, rho, adapt_weight = parameters
    (noise_0,) = noise
    adapt, prev_output, pos_mem, neg_mem = states

    adapt = rho * adapt + (1 - rho) * tl.abs(prev_output)
    threshold = threshold + adapt_weight * adapt
    pos_mem = pos_beta * pos_mem + positive(x)
    neg_mem = neg_beta * neg_mem + negative(x)
    mem = pos_mem + neg_mem
    spikes = quant_fn(spike_fn(mem - threshold + bias, numbers), numbers, noise_0)
    reset = spikes * threshold
    pos_mem = pos_mem - 0.5 * reset
    neg_mem = neg_mem - 0.5 * reset
    prev_output = spikes

    return spikes, (adapt, prev_output, pos_mem, neg_mem)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    pos_beta, neg_beta, threshold, bias, rho, adapt_weight = parameters
    (noise_0,) = noise
    adapt, prev_output, pos_mem, neg_mem = states
    d_adapt, d_prev_output, d_pos_mem, d_neg_mem = d_states

    inner_1 = tl.abs(prev_output)
    inner_2 = 1 - rho
    adapt_1 = rho * adapt + inner_2 * inner_1
    threshold_1 = threshold + adapt_weight * adapt_1
    pos_mem_1 = pos_beta * pos_mem + positive(x)
    neg_mem_1 = neg_beta * neg_mem + negative(x)
    mem = pos_mem_1 + neg_mem_1
    inner_3 = mem - threshold_1 + bias
    inner_4 = spike_fn(inner_3, numbers)
    spikes = quant_fn(inner_4, numbers, noise_0)

    d_spikes = d_output
    d_spikes = d_spikes + d_prev_output
    d_reset = -1.0 * (d_neg_mem * 0.5)
    d_reset = d_reset - d_pos_mem * 0.5
    d_spikes = d_spikes + d_reset * threshold_1
    d_threshold = d_reset * spikes
    d_inner_3 = spike_fn_gradient(inner_3, numbers, quant_fn_gradient(inner_4, numbers, d_spikes))
    d_mem = d_inner_3
    d_threshold = d_threshold - d_inner_3
    d_bias = d_inner_3
    d_pos_mem = d_pos_mem + d_mem
    d_neg_mem = d_neg_mem + d_mem
    d_neg_beta = d_neg_mem * neg_mem
    d_x = negative_gradient(x, d_neg_mem)
    d_neg_mem = d_neg_mem * neg_beta
    d_pos_beta = d_pos_mem * pos_mem
    d_x = d_x + positive_gradient(x, d_pos_mem)
    d_pos_mem = d_pos_mem * pos_beta
    d_adapt_weight = d_threshold * adapt_1
    d_adapt = d_adapt + d_threshold * adapt_weight
    d_rho = d_adapt * adapt - d_adapt * inner_1
    d_prev_output = d_adapt * inner_2 * sign(prev_output)
    d_adapt = d_adapt * rho

    return (
        d_x,
        (d_pos_beta, d_neg_beta, d_threshold, d_bias, d_rho, d_adapt_weight),
        (d_adapt, d_prev_output, d_pos_mem, d_neg_mem),
    )
