# Generated from spec/zoo/charging.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 3fd5c1753b7960bc
# CLIF, complementary leaky integrate-and-fire neuron.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: 22513cb89f943552

import triton
import triton.language as tl  # noqa: F401, triton.jit requires it

from tracetorch.sequence.triton.language import sigmoid


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    threshold, rate = parameters
    (noise_0,) = noise
    mem, complement = states

    mem = (1 - rate) * mem + x
    spikes = quant_fn(spike_fn(mem - threshold, numbers), numbers, noise_0)
    complement = complement * sigmoid(rate * mem) + spikes
    mem = mem - spikes * (threshold + sigmoid(complement))

    return spikes, (mem, complement)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    threshold, rate = parameters
    (noise_0,) = noise
    mem, complement = states
    d_mem, d_complement = d_states

    inner_1 = 1 - rate
    mem_1 = inner_1 * mem + x
    inner_2 = mem_1 - threshold
    inner_3 = spike_fn(inner_2, numbers)
    spikes = quant_fn(inner_3, numbers, noise_0)
    inner_4 = rate * mem_1
    inner_5 = sigmoid(inner_4)
    complement_1 = complement * inner_5 + spikes
    inner_6 = sigmoid(complement_1)
    inner_7 = threshold + inner_6

    d_spikes = d_output
    d_inner_7 = -1.0 * (d_mem * spikes)
    d_spikes = d_spikes - d_mem * inner_7
    d_threshold = d_inner_7
    d_complement = d_complement + d_inner_7 * (1 - inner_6) * inner_6
    d_inner_4 = d_complement * complement * (1 - inner_5) * inner_5
    d_rate = d_inner_4 * mem_1
    d_mem = d_mem + d_inner_4 * rate
    d_spikes = d_spikes + d_complement
    d_complement = d_complement * inner_5
    d_inner_2 = spike_fn_gradient(inner_2, numbers, quant_fn_gradient(inner_3, numbers, d_spikes))
    d_mem = d_mem + d_inner_2
    d_threshold = d_threshold - d_inner_2
    d_rate = d_rate - d_mem * mem
    d_x = d_mem
    d_mem = d_mem * inner_1

    return d_x, (d_threshold, d_rate), (d_mem, d_complement)
