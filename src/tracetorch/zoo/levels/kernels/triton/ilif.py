# Generated from spec/zoo/levels.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 5f22cde5b54cdf4b
# ILIF, leaky integrator with integer firing.
# One timestep of a block of neurons.
# quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: 376d8a7937b49511

import triton
import triton.language as tl

from tracetorch.sequence.triton.language import maximum, minimum


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    beta, threshold, levels = parameters
    (noise_0,) = noise
    (mem,) = states

    mem = beta * mem + x
    spikes = quant_fn(minimum(maximum(mem / threshold, 0), levels), numbers, noise_0)
    mem = mem - spikes * threshold

    return spikes, (mem,)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    beta, threshold, levels = parameters
    (noise_0,) = noise
    (mem,) = states
    (d_mem,) = d_states

    mem_1 = beta * mem + x
    inner_1 = mem_1 / threshold
    inner_2 = maximum(inner_1, 0)
    inner_3 = minimum(inner_2, levels)
    spikes = quant_fn(inner_3, numbers, noise_0)

    d_spikes = d_output
    d_spikes = d_spikes - d_mem * threshold
    d_threshold = -1.0 * (d_mem * spikes)
    d_inner_3 = quant_fn_gradient(inner_3, numbers, d_spikes)
    d_inner_1 = tl.where(inner_1 >= 0, tl.where(inner_2 <= levels, d_inner_3, 0), 0)
    d_mem = d_mem + d_inner_1 / threshold
    d_threshold = d_threshold - d_inner_1 * (inner_1 / threshold)
    d_levels = tl.where(inner_2 > levels, d_inner_3, 0)
    d_beta = d_mem * mem
    d_x = d_mem
    d_mem = d_mem * beta

    return d_x, (d_beta, d_threshold, d_levels), (d_mem,)
