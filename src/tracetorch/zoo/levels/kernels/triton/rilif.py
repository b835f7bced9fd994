# Generated from spec/zoo/levels.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 7e1812609cb0b9f9
# RILIF, recurrent leaky integrator with integer firing.
# One timestep of a block of neurons.
# quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: 6154d5d4c3f68f35

import triton
import triton.language as tl

from tracetorch.sequence.triton.language import maximum, minimum


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    beta, gamma, threshold, rec_weight, levels = parameters
    (noise_0,) = noise
    rec, prev_output, mem = states

    rec = gamma * rec + (1 - gamma) * prev_output
    mem = beta * mem + x + rec_weight * rec
    spikes = quant_fn(minimum(maximum(mem / threshold, 0), levels), numbers, noise_0)
    mem = mem - spikes * threshold
    prev_output = spikes

    return spikes, (rec, prev_output, mem)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    beta, gamma, threshold, rec_weight, levels = parameters
    (noise_0,) = noise
    rec, prev_output, mem = states
    d_rec, d_prev_output, d_mem = d_states

    inner_1 = 1 - gamma
    rec_1 = gamma * rec + inner_1 * prev_output
    mem_1 = beta * mem + x + rec_weight * rec_1
    inner_2 = mem_1 / threshold
    inner_3 = maximum(inner_2, 0)
    inner_4 = minimum(inner_3, levels)
    spikes = quant_fn(inner_4, numbers, noise_0)

    d_spikes = d_output
    d_spikes = d_spikes + d_prev_output
    d_spikes = d_spikes - d_mem * threshold
    d_threshold = -1.0 * (d_mem * spikes)
    d_inner_4 = quant_fn_gradient(inner_4, numbers, d_spikes)
    d_inner_2 = tl.where(inner_2 >= 0, tl.where(inner_3 <= levels, d_inner_4, 0), 0)
    d_mem = d_mem + d_inner_2 / threshold
    d_threshold = d_threshold - d_inner_2 * (inner_2 / threshold)
    d_levels = tl.where(inner_3 > levels, d_inner_4, 0)
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
        (d_beta, d_gamma, d_threshold, d_rec_weight, d_levels),
        (d_rec, d_prev_output, d_mem),
    )
