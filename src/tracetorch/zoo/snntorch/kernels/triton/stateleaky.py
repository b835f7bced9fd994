# Generated from spec/zoo/peers/snntorch.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: dfc8c06348802382
# StateLeaky, leaky neuron without a reset of snnTorch.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: 51e5979bb421506e

import triton
import triton.language as tl


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    beta, threshold, graded_spikes_factor = parameters
    (noise_0,) = noise
    (mem,) = states

    mem = tl.exp(beta - 1) * mem + x
    spikes = quant_fn(spike_fn(mem - threshold, numbers), numbers, noise_0)
    output = graded_spikes_factor * graded_spikes_factor * spikes

    return output, (mem,)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    beta, threshold, graded_spikes_factor = parameters
    (noise_0,) = noise
    (mem,) = states
    (d_mem,) = d_states

    inner_1 = tl.exp(beta - 1)
    mem_1 = inner_1 * mem + x
    inner_2 = mem_1 - threshold
    inner_3 = spike_fn(inner_2, numbers)
    spikes = quant_fn(inner_3, numbers, noise_0)
    inner_4 = graded_spikes_factor * graded_spikes_factor

    d_inner_4 = d_output * spikes
    d_graded_spikes_factor = d_inner_4 * graded_spikes_factor + d_inner_4 * graded_spikes_factor
    d_spikes = d_output * inner_4
    d_inner_2 = spike_fn_gradient(inner_2, numbers, quant_fn_gradient(inner_3, numbers, d_spikes))
    d_mem = d_mem + d_inner_2
    d_threshold = -1.0 * d_inner_2
    d_beta = d_mem * mem * inner_1
    d_x = d_mem
    d_mem = d_mem * inner_1

    return d_x, (d_beta, d_threshold, d_graded_spikes_factor), (d_mem,)
