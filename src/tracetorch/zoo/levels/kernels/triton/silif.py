# Generated from spec/zoo/levels.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 0b6fa464a634ab1d
# SILIF, synaptic leaky integrator with integer firing.
# One timestep of a block of neurons.
# quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: 2ef5943c0531cdc2

import triton
import triton.language as tl

from tracetorch.sequence.triton.language import maximum, minimum


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    alpha, beta, threshold, levels = parameters
    (noise_0,) = noise
    syn, mem = states

    syn = alpha * syn + (1 - alpha) * x
    mem = beta * mem + syn
    spikes = quant_fn(minimum(maximum(mem / threshold, 0), levels), numbers, noise_0)
    mem = mem - spikes * threshold

    return spikes, (syn, mem)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    alpha, beta, threshold, levels = parameters
    (noise_0,) = noise
    syn, mem = states
    d_syn, d_mem = d_states

    inner_1 = 1 - alpha
    syn_1 = alpha * syn + inner_1 * x
    mem_1 = beta * mem + syn_1
    inner_2 = mem_1 / threshold
    inner_3 = maximum(inner_2, 0)
    inner_4 = minimum(inner_3, levels)
    spikes = quant_fn(inner_4, numbers, noise_0)

    d_spikes = d_output
    d_spikes = d_spikes - d_mem * threshold
    d_threshold = -1.0 * (d_mem * spikes)
    d_inner_4 = quant_fn_gradient(inner_4, numbers, d_spikes)
    d_inner_2 = tl.where(inner_2 >= 0, tl.where(inner_3 <= levels, d_inner_4, 0), 0)
    d_mem = d_mem + d_inner_2 / threshold
    d_threshold = d_threshold - d_inner_2 * (inner_2 / threshold)
    d_levels = tl.where(inner_3 > levels, d_inner_4, 0)
    d_beta = d_mem * mem
    d_syn = d_syn + d_mem
    d_mem = d_mem * beta
    d_alpha = d_syn * syn - d_syn * x
    d_x = d_syn * inner_1
    d_syn = d_syn * alpha

    return d_x, (d_alpha, d_beta, d_threshold, d_levels), (d_syn, d_mem)
