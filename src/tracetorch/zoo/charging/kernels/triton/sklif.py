# Generated from spec/zoo/charging.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 513028af2f8b92fa
# SKLIF, synaptic leaky integrate-and-fire neuron with a learned slope.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: d80cc86cbb33edad

import triton
import triton.language as tl

from tracetorch.sequence.triton.language import relu


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    alpha, threshold, rate, gain = parameters
    (noise_0,) = noise
    syn, mem = states

    syn = alpha * syn + (1 - alpha) * x
    mem = relu(gain * (mem + (syn - mem) * rate))
    spikes = quant_fn(spike_fn(mem - threshold, numbers), numbers, noise_0)
    mem = mem - spikes * mem

    return spikes, (syn, mem)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    alpha, threshold, rate, gain = parameters
    (noise_0,) = noise
    syn, mem = states
    d_syn, d_mem = d_states

    inner_1 = 1 - alpha
    syn_1 = alpha * syn + inner_1 * x
    inner_2 = syn_1 - mem
    inner_3 = mem + inner_2 * rate
    inner_4 = gain * inner_3
    mem_1 = relu(inner_4)
    inner_5 = mem_1 - threshold
    inner_6 = spike_fn(inner_5, numbers)
    spikes = quant_fn(inner_6, numbers, noise_0)

    d_spikes = d_output
    d_spikes = d_spikes - d_mem * mem_1
    d_mem = d_mem - d_mem * spikes
    d_inner_5 = spike_fn_gradient(inner_5, numbers, quant_fn_gradient(inner_6, numbers, d_spikes))
    d_mem = d_mem + d_inner_5
    d_threshold = -1.0 * d_inner_5
    d_inner_4 = tl.where(mem_1 <= 0, 0, d_mem)
    d_inner_3 = d_inner_4 * gain
    d_inner_2 = d_inner_3 * rate
    d_gain = d_inner_4 * inner_3
    d_syn = d_syn + d_inner_2
    d_rate = d_inner_3 * inner_2
    d_mem = d_inner_3 - d_inner_2
    d_alpha = d_syn * syn - d_syn * x
    d_x = d_syn * inner_1
    d_syn = d_syn * alpha

    return d_x, (d_alpha, d_threshold, d_rate, d_gain), (d_syn, d_mem)
