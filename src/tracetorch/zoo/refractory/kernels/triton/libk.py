# Generated from spec/zoo/refractory.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 72f7a11cc453b914
# LIBK, leaky integrator with binary firing and an absolute refractory period.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: 7af89bc59d21fbaa

import triton
import triton.language as tl

from tracetorch.sequence.triton.language import maximum


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    beta, threshold, bias, period = parameters
    (noise_0,) = noise
    mem, wait = states

    mem = beta * mem + x
    fired = quant_fn(spike_fn(mem - threshold + bias, numbers), numbers, noise_0)
    spikes = tl.where(wait > 0, 0.0, fired)
    wait = tl.where(spikes > 0.5, period, maximum(wait - 1, 0))
    mem = mem - spikes * threshold

    return spikes, (mem, wait)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    beta, threshold, bias, _ = parameters
    (noise_0,) = noise
    mem, wait = states
    d_mem, d_wait = d_states

    mem_1 = beta * mem + x
    inner_1 = mem_1 - threshold + bias
    inner_2 = spike_fn(inner_1, numbers)
    fired = quant_fn(inner_2, numbers, noise_0)
    spikes = tl.where(wait > 0, 0.0, fired)
    inner_3 = wait - 1

    d_spikes = d_output
    d_spikes = d_spikes - d_mem * threshold
    d_threshold = -1.0 * (d_mem * spikes)
    d_period = tl.where(spikes > 0.5, d_wait, 0)
    d_wait = tl.where(inner_3 >= 0, tl.where(spikes > 0.5, 0, d_wait), 0)
    d_fired = tl.where(wait > 0, 0, d_spikes)
    d_inner_1 = spike_fn_gradient(inner_1, numbers, quant_fn_gradient(inner_2, numbers, d_fired))
    d_mem = d_mem + d_inner_1
    d_threshold = d_threshold - d_inner_1
    d_bias = d_inner_1
    d_beta = d_mem * mem
    d_x = d_mem
    d_mem = d_mem * beta

    return d_x, (d_beta, d_threshold, d_bias, d_period), (d_mem, d_wait)
