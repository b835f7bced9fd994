# Generated from spec/zoo/refractory.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 11c2fe99219966cd
# SLIBK, synaptic leaky integrator with binary firing and an absolute refractory period.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: ee6137079500f55c

import triton
import triton.language as tl

from tracetorch.sequence.triton.language import maximum


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    alpha, beta, threshold, bias, period = parameters
    (noise_0,) = noise
    syn, mem, wait = states

    syn = alpha * syn + (1 - alpha) * x
    mem = beta * mem + syn
    fired = quant_fn(spike_fn(mem - threshold + bias, numbers), numbers, noise_0)
    spikes = tl.where(wait > 0, 0.0, fired)
    wait = tl.where(spikes > 0.5, period, maximum(wait - 1, 0))
    mem = mem - spikes * threshold

    return spikes, (syn, mem, wait)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    alpha, beta, threshold, bias, _ = parameters
    (noise_0,) = noise
    syn, mem, wait = states
    d_syn, d_mem, d_wait = d_states

    inner_1 = 1 - alpha
    syn_1 = alpha * syn + inner_1 * x
    mem_1 = beta * mem + syn_1
    inner_2 = mem_1 - threshold + bias
    inner_3 = spike_fn(inner_2, numbers)
    fired = quant_fn(inner_3, numbers, noise_0)
    spikes = tl.where(wait > 0, 0.0, fired)
    inner_4 = wait - 1

    d_spikes = d_output
    d_spikes = d_spikes - d_mem * threshold
    d_threshold = -1.0 * (d_mem * spikes)
    d_period = tl.where(spikes > 0.5, d_wait, 0)
    d_wait = tl.where(inner_4 >= 0, tl.where(spikes > 0.5, 0, d_wait), 0)
    d_fired = tl.where(wait > 0, 0, d_spikes)
    d_inner_2 = spike_fn_gradient(inner_2, numbers, quant_fn_gradient(inner_3, numbers, d_fired))
    d_mem = d_mem + d_inner_2
    d_threshold = d_threshold - d_inner_2
    d_bias = d_inner_2
    d_beta = d_mem * mem
    d_syn = d_syn + d_mem
    d_mem = d_mem * beta
    d_alpha = d_syn * syn - d_syn * x
    d_x = d_syn * inner_1
    d_syn = d_syn * alpha

    return d_x, (d_alpha, d_beta, d_threshold, d_bias, d_period), (d_syn, d_mem, d_wait)
