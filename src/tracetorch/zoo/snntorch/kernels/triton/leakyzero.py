# Generated from spec/zoo/peers/snntorch.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 3e6602e27b53621f
# LeakyZero, leaky integrate-and-fire neuron of snnTorch with a reset to zero.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: 5abc8bf95b9ae5be

import triton
import triton.language as tl  # noqa: F401, triton.jit requires it


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    beta, threshold, graded_spikes_factor = parameters
    (noise_0,) = noise
    (mem,) = states

    reset = (mem > threshold).to(x.dtype)
    mem = beta * (1 - reset) * mem + x
    spikes = quant_fn(spike_fn(mem - threshold, numbers), numbers, noise_0)
    output = graded_spikes_factor * spikes

    return output, (mem,)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    beta, threshold, graded_spikes_factor = parameters
    (noise_0,) = noise
    (mem,) = states
    (d_mem,) = d_states

    reset = (mem > threshold).to(x.dtype)
    inner_1 = 1 - reset
    inner_2 = beta * inner_1
    mem_1 = inner_2 * mem + x
    inner_3 = mem_1 - threshold
    inner_4 = spike_fn(inner_3, numbers)
    spikes = quant_fn(inner_4, numbers, noise_0)

    d_graded_spikes_factor = d_output * spikes
    d_spikes = d_output * graded_spikes_factor
    d_inner_3 = spike_fn_gradient(inner_3, numbers, quant_fn_gradient(inner_4, numbers, d_spikes))
    d_mem = d_mem + d_inner_3
    d_threshold = -1.0 * d_inner_3
    d_inner_2 = d_mem * mem
    d_beta = d_inner_2 * inner_1
    d_x = d_mem
    d_mem = d_mem * inner_2

    return d_x, (d_beta, d_threshold, d_graded_spikes_factor), (d_mem,)
