# Generated from spec/zoo/peers/snntorch.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 217da7a86120b2e7
# DeltaLeaky, delta neuron of snnTorch.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: c626a0716069526c

import triton
import triton.language as tl

from tracetorch.sequence.triton.language import sign


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    beta, delta_threshold = parameters
    (noise_0,) = noise
    mem, mem_prev = states

    mem_prev = mem
    mem = beta * mem + x
    spikes = quant_fn(spike_fn(tl.abs(mem - mem_prev) - delta_threshold, numbers), numbers, noise_0)

    return spikes, (mem, mem_prev)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    beta, delta_threshold = parameters
    mem, _ = states
    d_mem, d_mem_prev = d_states

    mem_prev_1 = mem
    mem_1 = beta * mem + x
    inner_1 = mem_1 - mem_prev_1
    inner_2 = tl.abs(inner_1) - delta_threshold
    inner_3 = spike_fn(inner_2, numbers)

    d_spikes = d_output
    d_inner_2 = spike_fn_gradient(inner_2, numbers, quant_fn_gradient(inner_3, numbers, d_spikes))
    d_inner_1 = d_inner_2 * sign(inner_1)
    d_mem = d_mem + d_inner_1
    d_mem_prev = d_mem_prev - d_inner_1
    d_delta_threshold = -1.0 * d_inner_2
    d_beta = d_mem * mem
    d_x = d_mem
    d_mem = d_mem * beta
    d_mem = d_mem + d_mem_prev

    return d_x, (d_beta, d_delta_threshold), (d_mem, tl.zeros_like(x))
