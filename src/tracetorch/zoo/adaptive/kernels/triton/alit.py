# Generated from spec/zoo/adaptive.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 3960346f8614c121
# ALIT, adaptive leaky integrator with ternary firing.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: 1e0e43ecb2a84f1c

import triton
import triton.language as tl

from tracetorch.sequence.triton.language import sign


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    beta, pos_threshold, neg_threshold, bias, rho, adapt_weight = parameters
    noise_0, noise_1 = noise
    adapt, prev_output, mem = states

    adapt = rho * adapt + (1 - rho) * tl.abs(prev_output)
    pos_threshold = pos_threshold + adapt_weight * adapt
    neg_threshold = neg_threshold + adapt_weight * adapt
    mem = beta * mem + x
    pos_spikes = quant_fn(spike_fn(mem - pos_threshold + bias, numbers), numbers, noise_0)
    neg_spikes = -1.0 * quant_fn(
        spike_fn(-1.0 * mem - neg_threshold - bias, numbers), numbers, noise_1
    )
    mem = mem - pos_spikes * pos_threshold - neg_spikes * neg_threshold
    output = pos_spikes + neg_spikes
    prev_output = output

    return output, (adapt, prev_output, mem)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    beta, pos_threshold, neg_threshold, bias, rho, adapt_weight = parameters
    noise_0, noise_1 = noise
    adapt, prev_output, mem = states
    d_adapt, d_prev_output, d_mem = d_states

    inner_1 = tl.abs(prev_output)
    inner_2 = 1 - rho
    adapt_1 = rho * adapt + inner_2 * inner_1
    pos_threshold_1 = pos_threshold + adapt_weight * adapt_1
    neg_threshold_1 = neg_threshold + adapt_weight * adapt_1
    mem_1 = beta * mem + x
    inner_3 = mem_1 - pos_threshold_1 + bias
    inner_4 = spike_fn(inner_3, numbers)
    pos_spikes = quant_fn(inner_4, numbers, noise_0)
    inner_5 = -1.0 * mem_1 - neg_threshold_1 - bias
    inner_6 = spike_fn(inner_5, numbers)
    neg_spikes = -1.0 * quant_fn(inner_6, numbers, noise_1)

    d_output = d_output + d_prev_output
    d_pos_spikes = d_output
    d_neg_spikes = d_output
    d_pos_spikes = d_pos_spikes - d_mem * pos_threshold_1
    d_pos_threshold = -1.0 * (d_mem * pos_spikes)
    d_neg_spikes = d_neg_spikes - d_mem * neg_threshold_1
    d_neg_threshold = -1.0 * (d_mem * neg_spikes)
    d_inner_5 = spike_fn_gradient(
        inner_5, numbers, quant_fn_gradient(inner_6, numbers, -1.0 * d_neg_spikes)
    )
    d_mem = d_mem - d_inner_5
    d_neg_threshold = d_neg_threshold - d_inner_5
    d_bias = -1.0 * d_inner_5
    d_inner_3 = spike_fn_gradient(
        inner_3, numbers, quant_fn_gradient(inner_4, numbers, d_pos_spikes)
    )
    d_mem = d_mem + d_inner_3
    d_pos_threshold = d_pos_threshold - d_inner_3
    d_bias = d_bias + d_inner_3
    d_beta = d_mem * mem
    d_x = d_mem
    d_mem = d_mem * beta
    d_adapt_weight = d_neg_threshold * adapt_1
    d_adapt = d_adapt + d_neg_threshold * adapt_weight
    d_adapt_weight = d_adapt_weight + d_pos_threshold * adapt_1
    d_adapt = d_adapt + d_pos_threshold * adapt_weight
    d_rho = d_adapt * adapt - d_adapt * inner_1
    d_prev_output = d_adapt * inner_2 * sign(prev_output)
    d_adapt = d_adapt * rho

    return (
        d_x,
        (d_beta, d_pos_threshold, d_neg_threshold, d_bias, d_rho, d_adapt_weight),
        (d_adapt, d_prev_output, d_mem),
    )
