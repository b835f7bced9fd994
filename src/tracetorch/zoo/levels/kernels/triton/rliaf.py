# Generated from spec/zoo/levels.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 09fb51519d41291f
# RLIAF, recurrent leaky integrator with binary reset and analog output.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: dd53d8f1a9002b7b

import triton
import triton.language as tl

from tracetorch.sequence.triton.language import relu


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    beta, gamma, threshold, bias, rec_weight = parameters
    (noise_0,) = noise
    rec, prev_output, mem = states

    rec = gamma * rec + (1 - gamma) * prev_output
    mem = beta * mem + x + rec_weight * rec
    analog = relu(mem)
    spikes = quant_fn(spike_fn(mem - threshold + bias, numbers), numbers, noise_0)
    mem = mem - spikes * threshold
    prev_output = analog

    return analog, (rec, prev_output, mem)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    beta, gamma, threshold, bias, rec_weight = parameters
    (noise_0,) = noise
    rec, prev_output, mem = states
    d_rec, d_prev_output, d_mem = d_states

    inner_1 = 1 - gamma
    rec_1 = gamma * rec + inner_1 * prev_output
    mem_1 = beta * mem + x + rec_weight * rec_1
    analog = relu(mem_1)
    inner_2 = mem_1 - threshold + bias
    inner_3 = spike_fn(inner_2, numbers)
    spikes = quant_fn(inner_3, numbers, noise_0)

    d_analog = d_output
    d_analog = d_analog + d_prev_output
    d_spikes = -1.0 * (d_mem * threshold)
    d_threshold = -1.0 * (d_mem * spikes)
    d_inner_2 = spike_fn_gradient(inner_2, numbers, quant_fn_gradient(inner_3, numbers, d_spikes))
    d_mem = d_mem + d_inner_2
    d_threshold = d_threshold - d_inner_2
    d_bias = d_inner_2
    d_mem = d_mem + tl.where(analog <= 0, 0, d_analog)
    d_beta = d_mem * mem
    d_x = d_mem
    d_rec_weight = d_mem * rec_1
    d_rec = d_rec + d_mem * rec_weight
    d_mem = d_mem * beta
    d_gamma = d_rec * rec - d_rec * prev_output
    d_prev_output = d_rec * inner_1
    d_rec = d_rec * gamma

    return d_x, (d_beta, d_gamma, d_threshold, d_bias, d_rec_weight), (d_rec, d_prev_output, d_mem)
