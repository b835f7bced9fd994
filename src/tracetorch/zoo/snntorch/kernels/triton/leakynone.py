# Generated from spec/zoo/peers/snntorch.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: acdab223bf61247d
# LeakyNone, leaky integrate-and-fire neuron of snnTorch without a reset.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: 87e6782c47ad54f1

import triton
import triton.language as tl  # noqa: F401, triton.jit requires it


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    beta, threshold, graded_spikes_factor = parameters
    (noise_0,) = noise
    (mem,) = states

    mem = beta * mem + x
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

    mem_1 = beta * mem + x
    inner_1 = mem_1 - threshold
    inner_2 = spike_fn(inner_1, numbers)
    spikes = quant_fn(inner_2, numbers, noise_0)

    d_graded_spikes_factor = d_output * spikes
    d_spikes = d_output * graded_spikes_factor
    d_inner_1 = spike_fn_gradient(inner_1, numbers, quant_fn_gradient(inner_2, numbers, d_spikes))
    d_mem = d_mem + d_inner_1
    d_threshold = -1.0 * d_inner_1
    d_beta = d_mem * mem
    d_x = d_mem
    d_mem = d_mem * beta

    return d_x, (d_beta, d_threshold, d_graded_spikes_factor), (d_mem,)
