# Generated from spec/zoo/synapses.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: a6e19d348d3802c0
# RELIB, recurrent double-exponential leaky integrator with binary firing.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: eacc074f4a53ca90

import triton
import triton.language as tl  # noqa: F401, triton.jit requires it


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    beta, gamma, threshold, bias, rec_weight, rise, fall = parameters
    (noise_0,) = noise
    rec, prev_output, rising, falling, mem = states

    rec = gamma * rec + (1 - gamma) * prev_output
    rising = rise * rising + x
    falling = fall * falling + x
    x = falling - rising
    mem = beta * mem + x + rec_weight * rec
    spikes = quant_fn(spike_fn(mem - threshold + bias, numbers), numbers, noise_0)
    mem = mem - spikes * threshold
    prev_output = spikes

    return spikes, (rec, prev_output, rising, falling, mem)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    beta, gamma, threshold, bias, rec_weight, rise, fall = parameters
    (noise_0,) = noise
    rec, prev_output, rising, falling, mem = states
    d_rec, d_prev_output, d_rising, d_falling, d_mem = d_states

    inner_1 = 1 - gamma
    rec_1 = gamma * rec + inner_1 * prev_output
    rising_1 = rise * rising + x
    falling_1 = fall * falling + x
    x_1 = falling_1 - rising_1
    mem_1 = beta * mem + x_1 + rec_weight * rec_1
    inner_2 = mem_1 - threshold + bias
    inner_3 = spike_fn(inner_2, numbers)
    spikes = quant_fn(inner_3, numbers, noise_0)

    d_spikes = d_output
    d_spikes = d_spikes + d_prev_output
    d_spikes = d_spikes - d_mem * threshold
    d_threshold = -1.0 * (d_mem * spikes)
    d_inner_2 = spike_fn_gradient(inner_2, numbers, quant_fn_gradient(inner_3, numbers, d_spikes))
    d_mem = d_mem + d_inner_2
    d_threshold = d_threshold - d_inner_2
    d_bias = d_inner_2
    d_beta = d_mem * mem
    d_x = d_mem
    d_rec_weight = d_mem * rec_1
    d_rec = d_rec + d_mem * rec_weight
    d_mem = d_mem * beta
    d_falling = d_falling + d_x
    d_rising = d_rising - d_x
    d_fall = d_falling * falling
    d_x = d_falling
    d_falling = d_falling * fall
    d_rise = d_rising * rising
    d_x = d_x + d_rising
    d_rising = d_rising * rise
    d_gamma = d_rec * rec - d_rec * prev_output
    d_prev_output = d_rec * inner_1
    d_rec = d_rec * gamma

    return (
        d_x,
        (d_beta, d_gamma, d_threshold, d_bias, d_rec_weight, d_rise, d_fall),
        (d_rec, d_prev_output, d_rising, d_falling, d_mem),
    )
