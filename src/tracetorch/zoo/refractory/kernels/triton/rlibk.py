# Generated from spec/zoo/refractory.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: dcdc40836820eae5
# RLIBK, recurrent leaky integrator with binary firing and an absolute refractory period.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: 2e10ad9c94e26c90

import triton
import triton.language as tl

from tracetorch.sequence.triton.language import maximum


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    beta, gamma, threshold, bias, rec_weight, period = parameters
    (noise_0,) = noise
    rec, prev_output, mem, wait = states

    rec = gamma * rec + (1 - gamma) * prev_output
    mem = beta * mem + x + rec_weight * rec
    fired = quant_fn(spike_fn(mem - threshold + bias, numbers), numbers, noise_0)
    spikes = tl.where(wait > 0, 0.0, fired)
    wait = tl.where(spikes > 0.5, period, maximum(wait - 1, 0))
    mem = mem - spikes * threshold
    prev_output = spikes

    return spikes, (rec, prev_output, mem, wait)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    beta, gamma, threshold, bias, rec_weight, _ = parameters
    (noise_0,) = noise
    rec, prev_output, mem, wait = states
    d_rec, d_prev_output, d_mem, d_wait = d_states

    inner_1 = 1 - gamma
    rec_1 = gamma * rec + inner_1 * prev_output
    mem_1 = beta * mem + x + rec_weight * rec_1
    inner_2 = mem_1 - threshold + bias
    inner_3 = spike_fn(inner_2, numbers)
    fired = quant_fn(inner_3, numbers, noise_0)
    spikes = tl.where(wait > 0, 0.0, fired)
    inner_4 = wait - 1

    d_spikes = d_output
    d_spikes = d_spikes + d_prev_output
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
    d_x = d_mem
    d_rec_weight = d_mem * rec_1
    d_rec = d_rec + d_mem * rec_weight
    d_mem = d_mem * beta
    d_gamma = d_rec * rec - d_rec * prev_output
    d_prev_output = d_rec * inner_1
    d_rec = d_rec * gamma

    return (
        d_x,
        (d_beta, d_gamma, d_threshold, d_bias, d_rec_weight, d_period),
        (d_rec, d_prev_output, d_mem, d_wait),
    )
