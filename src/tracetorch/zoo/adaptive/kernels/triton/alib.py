# Generated from spec/zoo/adaptive.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 21343d331907b473
# ALIB, adaptive leaky integrator with binary firing.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: 7f9bafd198b69d64

import triton
import triton.language as tl

from tracetorch.sequence.triton.language import sign


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    beta, threshold, bias, rho, adapt_weight = parameters
    (noise_0,) = noise
    adapt, prev_output, mem = states

    adapt = rho * adapt + (1 - rho) * tl.abs(prev_output)
    threshold = threshold + adapt_weight * adapt
    mem = beta * mem + x
    spikes = quant_fn(spike_fn(mem - threshold + bias, numbers), numbers, noise_0)
    mem = mem - spikes * threshold
    prev_output = spikes

    return spikes, (adapt, prev_output, mem)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    beta, threshold, bias, rho, adapt_weight = parameters
    (noise_0,) = noise
    adapt, prev_output, mem = states
    d_adapt, d_prev_output, d_mem = d_states

    inner_1 = tl.abs(prev_output)
    inner_2 = 1 - rho
    adapt_1 = rho * adapt + inner_2 * inner_1
    threshold_1 = threshold + adapt_weight * adapt_1
    mem_1 = beta * mem + x
    inner_3 = mem_1 - threshold_1 + bias
    inner_4 = spike_fn(inner_3, numbers)
    spikes = quant_fn(inner_4, numbers, noise_0)

    d_spikes = d_output
    d_spikes = d_spikes + d_prev_output
    d_spikes = d_spikes - d_mem * threshold_1
    d_threshold = -1.0 * (d_mem * spikes)
    d_inner_3 = spike_fn_gradient(inner_3, numbers, quant_fn_gradient(inner_4, numbers, d_spikes))
    d_mem = d_mem + d_inner_3
    d_threshold = d_threshold - d_inner_3
    d_bias = d_inner_3
    d_beta = d_mem * mem
    d_x = d_mem
    d_mem = d_mem * beta
    d_adapt_weight = d_threshold * adapt_1
    d_adapt = d_adapt + d_threshold * adapt_weight
    d_rho = d_adapt * adapt - d_adapt * inner_1
    d_prev_output = d_adapt * inner_2 * sign(prev_output)
    d_adapt = d_adapt * rho

    return (
        d_x,
        (d_beta, d_threshold, d_bias, d_rho, d_adapt_weight),
        (d_adapt, d_prev_output, d_mem),
    )
