# Generated from spec/zoo/charging.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 49ea89226f8358d7
# RKLIF, recurrent leaky integrate-and-fire neuron with a learned slope.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: 68b5bb5d2550fa3a

import triton
import triton.language as tl

from tracetorch.sequence.triton.language import relu


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    gamma, threshold, rec_weight, rate, gain = parameters
    (noise_0,) = noise
    rec, prev_output, mem = states

    rec = gamma * rec + (1 - gamma) * prev_output
    drive = x + rec_weight * rec
    mem = relu(gain * (mem + (drive - mem) * rate))
    spikes = quant_fn(spike_fn(mem - threshold, numbers), numbers, noise_0)
    mem = mem - spikes * mem
    prev_output = spikes

    return spikes, (rec, prev_output, mem)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    gamma, threshold, rec_weight, rate, gain = parameters
    (noise_0,) = noise
    rec, prev_output, mem = states
    d_rec, d_prev_output, d_mem = d_states

    inner_1 = 1 - gamma
    rec_1 = gamma * rec + inner_1 * prev_output
    drive = x + rec_weight * rec_1
    inner_2 = drive - mem
    inner_3 = mem + inner_2 * rate
    inner_4 = gain * inner_3
    mem_1 = relu(inner_4)
    inner_5 = mem_1 - threshold
    inner_6 = spike_fn(inner_5, numbers)
    spikes = quant_fn(inner_6, numbers, noise_0)

    d_spikes = d_output
    d_spikes = d_spikes + d_prev_output
    d_spikes = d_spikes - d_mem * mem_1
    d_mem = d_mem - d_mem * spikes
    d_inner_5 = spike_fn_gradient(inner_5, numbers, quant_fn_gradient(inner_6, numbers, d_spikes))
    d_mem = d_mem + d_inner_5
    d_threshold = -1.0 * d_inner_5
    d_inner_4 = tl.where(mem_1 <= 0, 0, d_mem)
    d_inner_3 = d_inner_4 * gain
    d_inner_2 = d_inner_3 * rate
    d_gain = d_inner_4 * inner_3
    d_drive = d_inner_2
    d_rate = d_inner_3 * inner_2
    d_mem = d_inner_3 - d_inner_2
    d_x = d_drive
    d_rec_weight = d_drive * rec_1
    d_rec = d_rec + d_drive * rec_weight
    d_gamma = d_rec * rec - d_rec * prev_output
    d_prev_output = d_rec * inner_1
    d_rec = d_rec * gamma

    return d_x, (d_gamma, d_threshold, d_rec_weight, d_rate, d_gain), (d_rec, d_prev_output, d_mem)
