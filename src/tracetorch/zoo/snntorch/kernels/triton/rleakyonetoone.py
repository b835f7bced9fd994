# Generated from spec/zoo/peers/snntorch.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 834c3ec389ba6924
# RLeakyOneToOne, recurrent leaky integrate-and-fire neuron of snnTorch without connections between neurons.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: 7ad33ea22452220c

import triton
import triton.language as tl  # noqa: F401, triton.jit requires it


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    beta, threshold, V = parameters
    (noise_0,) = noise
    mem, prev_output = states

    reset = (mem > threshold).to(x.dtype)
    mem = beta * mem + x + V * prev_output - reset * threshold
    spikes = quant_fn(spike_fn(mem - threshold, numbers), numbers, noise_0)
    prev_output = spikes

    return spikes, (mem, prev_output)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    beta, threshold, V = parameters
    mem, prev_output = states
    d_mem, d_prev_output = d_states

    reset = (mem > threshold).to(x.dtype)
    mem_1 = beta * mem + x + V * prev_output - reset * threshold
    inner_1 = mem_1 - threshold
    inner_2 = spike_fn(inner_1, numbers)

    d_spikes = d_output
    d_spikes = d_spikes + d_prev_output
    d_inner_1 = spike_fn_gradient(inner_1, numbers, quant_fn_gradient(inner_2, numbers, d_spikes))
    d_mem = d_mem + d_inner_1
    d_threshold = -1.0 * d_inner_1
    d_beta = d_mem * mem
    d_x = d_mem
    d_V = d_mem * prev_output
    d_prev_output = d_mem * V
    d_threshold = d_threshold - d_mem * reset
    d_mem = d_mem * beta

    return d_x, (d_beta, d_threshold, d_V), (d_mem, d_prev_output)
