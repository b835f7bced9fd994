# Generated from spec/zoo/adaptive.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 820710b71d462a01
# SALIB, synaptic adaptive leaky integrator with binary firing.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: ce1cb24fac12efcb

import triton
import triton.language as tl

from tracetorch.sequence.triton.language import sign


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    alpha, beta, threshold, bias, rho, adapt_weight = parameters
    (noise_0,) = noise
    syn, adapt, prev_output, mem = states

    syn = alpha * syn + (1 - alpha) * x
    adapt = rho * adapt + (1 - rho) * tl.abs(prev_output)
    threshold = threshold + adapt_weight * adapt
    mem = beta * mem + syn
    spikes = quant_fn(spike_fn(mem - threshold + bias, numbers), numbers, noise_0)
    mem = mem - spikes * threshold
    prev_output = spikes

    return spikes, (syn, adapt, prev_output, mem)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    alpha, beta, threshold, bias, rho, adapt_weight = parameters
    (noise_0,) = noise
    syn, adapt, prev_output, mem = states
    d_syn, d_adapt, d_prev_output, d_mem = d_states

    inner_1 = 1 - alpha
    syn_1 = alpha * syn + inner_1 * x
    inner_2 = tl.abs(prev_output)
    inner_3 = 1 - rho
    adapt_1 = rho * adapt + inner_3 * inner_2
    threshold_1 = threshold + adapt_weight * adapt_1
    mem_1 = beta * mem + syn_1
    inner_4 = mem_1 - threshold_1 + bias
    inner_5 = spike_fn(inner_4, numbers)
    spikes = quant_fn(inner_5, numbers, noise_0)

    d_spikes = d_output
    d_spikes = d_spikes + d_prev_output
    d_spikes = d_spikes - d_mem * threshold_1
    d_threshold = -1.0 * (d_mem * spikes)
    d_inner_4 = spike_fn_gradient(inner_4, numbers, quant_fn_gradient(inner_5, numbers, d_spikes))
    d_mem = d_mem + d_inner_4
    d_threshold = d_threshold - d_inner_4
    d_bias = d_inner_4
    d_beta = d_mem * mem
    d_syn = d_syn + d_mem
    d_mem = d_mem * beta
    d_adapt_weight = d_threshold * adapt_1
    d_adapt = d_adapt + d_threshold * adapt_weight
    d_rho = d_adapt * adapt - d_adapt * inner_2
    d_prev_output = d_adapt * inner_3 * sign(prev_output)
    d_adapt = d_adapt * rho
    d_alpha = d_syn * syn - d_syn * x
    d_x = d_syn * inner_1
    d_syn = d_syn * alpha

    return (
        d_x,
        (d_alpha, d_beta, d_threshold, d_bias, d_rho, d_adapt_weight),
        (d_syn, d_adapt, d_prev_output, d_mem),
    )
