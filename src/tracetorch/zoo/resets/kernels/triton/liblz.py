# Generated from spec/zoo/resets.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 48346417e4464a6c
# LIBLZ, leaky integrator with binary firing and a late hard reset to zero.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: 7d90ab23e02afcc1

import triton
import triton.language as tl


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    beta, threshold, bias = parameters
    (noise_0,) = noise
    mem, prev_output = states

    mem = mem - (prev_output) * mem
    mem = beta * mem + x
    spikes = quant_fn(spike_fn(mem - threshold + bias, numbers), numbers, noise_0)
    prev_output = spikes

    return spikes, (mem, prev_output)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    beta, threshold, bias = parameters
    mem, prev_output = states
    d_mem, d_prev_output = d_states

    inner_1 = prev_output
    mem_1 = mem - inner_1 * mem
    mem_2 = beta * mem_1 + x
    inner_2 = mem_2 - threshold + bias
    inner_3 = spike_fn(inner_2, numbers)

    d_spikes = d_output
    d_spikes = d_spikes + d_prev_output
    d_inner_2 = spike_fn_gradient(inner_2, numbers, quant_fn_gradient(inner_3, numbers, d_spikes))
    d_mem = d_mem + d_inner_2
    d_threshold = -1.0 * d_inner_2
    d_bias = d_inner_2
    d_beta = d_mem * mem_1
    d_x = d_mem
    d_mem = d_mem * beta
    d_mem = d_mem - d_mem * inner_1

    return d_x, (d_beta, d_threshold, d_bias), (d_mem, tl.zeros_like(x))
