# Generated from spec/zoo/peers/snntorch.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 4b37a728aca02dda
# DeltaLeaky, delta neuron of snnTorch.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: e2fca04edc350f85

import triton
import triton.language as tl

from tracetorch.sequence.triton.language import sign


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    beta, delta_threshold = parameters
    (noise_0,) = noise
    (mem,) = states

    prev_mem = mem
    mem = beta * mem + x
    spikes = quant_fn(spike_fn(tl.abs(mem - prev_mem) - delta_threshold, numbers), numbers, noise_0)

    return spikes, (mem,)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    beta, delta_threshold = parameters
    (mem,) = states
    (d_mem,) = d_states

    prev_mem = mem
    mem_1 = beta * mem + x
    inner_1 = mem_1 - prev_mem
    inner_2 = tl.abs(inner_1) - delta_threshold
    inner_3 = spike_fn(inner_2, numbers)

    d_spikes = d_output
    d_inner_2 = spike_fn_gradient(inner_2, numbers, quant_fn_gradient(inner_3, numbers, d_spikes))
    d_inner_1 = d_inner_2 * sign(inner_1)
    d_mem = d_mem + d_inner_1
    d_prev_mem = -1.0 * d_inner_1
    d_delta_threshold = -1.0 * d_inner_2
    d_beta = d_mem * mem
    d_x = d_mem
    d_mem = d_mem * beta
    d_mem = d_mem + d_prev_mem

    return d_x, (d_beta, d_delta_threshold), (d_mem,)
