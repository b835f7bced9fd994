# Generated from spec/zoo/charging.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 3c5031fb0fb3d102
# KLIF, leaky integrate-and-fire neuron with a learned slope.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: b43c79c64de25a42

import triton
import triton.language as tl

from tracetorch.sequence.triton.language import relu


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    threshold, rate, gain = parameters
    (noise_0,) = noise
    (mem,) = states

    mem = relu(gain * (mem + (x - mem) * rate))
    spikes = quant_fn(spike_fn(mem - threshold, numbers), numbers, noise_0)
    mem = mem - spikes * mem

    return spikes, (mem,)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    threshold, rate, gain = parameters
    (noise_0,) = noise
    (mem,) = states
    (d_mem,) = d_states

    inner_1 = x - mem
    inner_2 = mem + inner_1 * rate
    inner_3 = gain * inner_2
    mem_1 = relu(inner_3)
    inner_4 = mem_1 - threshold
    inner_5 = spike_fn(inner_4, numbers)
    spikes = quant_fn(inner_5, numbers, noise_0)

    d_spikes = d_output
    d_spikes = d_spikes - d_mem * mem_1
    d_mem = d_mem - d_mem * spikes
    d_inner_4 = spike_fn_gradient(inner_4, numbers, quant_fn_gradient(inner_5, numbers, d_spikes))
    d_mem = d_mem + d_inner_4
    d_threshold = -1.0 * d_inner_4
    d_inner_3 = tl.where(mem_1 <= 0, 0, d_mem)
    d_inner_2 = d_inner_3 * gain
    d_inner_1 = d_inner_2 * rate
    d_gain = d_inner_3 * inner_2
    d_x = d_inner_1
    d_rate = d_inner_2 * inner_1
    d_mem = d_inner_2 - d_inner_1

    return d_x, (d_threshold, d_rate, d_gain), (d_mem,)
