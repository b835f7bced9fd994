# Generated from spec/zoo/charging.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 71e272d47a6ce78e
# RPLIF, recurrent parametric leaky integrate-and-fire neuron.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: 08f5e4419e43184e

import triton
import triton.language as tl  # noqa: F401, triton.jit requires it


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    gamma, threshold, rec_weight, rate = parameters
    (noise_0,) = noise
    rec, prev_output, mem = states

    rec = gamma * rec + (1 - gamma) * prev_output
    drive = x + rec_weight * rec
    mem = mem + (drive - mem) * rate
    spikes = quant_fn(spike_fn(mem - threshold, numbers), numbers, noise_0)
    mem = mem - spikes * mem
    prev_output = spikes

    return spikes, (rec, prev_output, mem)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    gamma, threshold, rec_weight, rate = parameters
    (noise_0,) = noise
    rec, prev_output, mem = states
    d_rec, d_prev_output, d_mem = d_states

    inner_1 = 1 - gamma
    rec_1 = gamma * rec + inner_1 * prev_output
    drive = x + rec_weight * rec_1
    inner_2 = drive - mem
    mem_1 = mem + inner_2 * rate
    inner_3 = mem_1 - threshold
    inner_4 = spike_fn(inner_3, numbers)
    spikes = quant_fn(inner_4, numbers, noise_0)

    d_spikes = d_output
    d_spikes = d_spikes + d_prev_output
    d_spikes = d_spikes - d_mem * mem_1
    d_mem = d_mem - d_mem * spikes
    d_inner_3 = spike_fn_gradient(inner_3, numbers, quant_fn_gradient(inner_4, numbers, d_spikes))
    d_mem = d_mem + d_inner_3
    d_threshold = -1.0 * d_inner_3
    d_inner_2 = d_mem * rate
    d_drive = d_inner_2
    d_rate = d_mem * inner_2
    d_mem = d_mem - d_inner_2
    d_x = d_drive
    d_rec_weight = d_drive * rec_1
    d_rec = d_rec + d_drive * rec_weight
    d_gamma = d_rec * rec - d_rec * prev_output
    d_prev_output = d_rec * inner_1
    d_rec = d_rec * gamma

    return d_x, (d_gamma, d_threshold, d_rec_weight, d_rate), (d_rec, d_prev_output, d_mem)
