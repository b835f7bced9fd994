# Generated from spec/zoo/synapses.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: d3aa5a603a87294e
# ELIB, double-exponential leaky integrator with binary firing.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: 1886decb0adf10db

import triton
import triton.language as tl  # noqa: F401, triton.jit requires it


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    beta, threshold, bias, rise, fall = parameters
    (noise_0,) = noise
    rising, falling, mem = states

    rising = rise * rising + x
    falling = fall * falling + x
    x = falling - rising
    mem = beta * mem + x
    spikes = quant_fn(spike_fn(mem - threshold + bias, numbers), numbers, noise_0)
    mem = mem - spikes * threshold

    return spikes, (rising, falling, mem)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    beta, threshold, bias, rise, fall = parameters
    (noise_0,) = noise
    rising, falling, mem = states
    d_rising, d_falling, d_mem = d_states

    rising_1 = rise * rising + x
    falling_1 = fall * falling + x
    x_1 = falling_1 - rising_1
    mem_1 = beta * mem + x_1
    inner_1 = mem_1 - threshold + bias
    inner_2 = spike_fn(inner_1, numbers)
    spikes = quant_fn(inner_2, numbers, noise_0)

    d_spikes = d_output
    d_spikes = d_spikes - d_mem * threshold
    d_threshold = -1.0 * (d_mem * spikes)
    d_inner_1 = spike_fn_gradient(inner_1, numbers, quant_fn_gradient(inner_2, numbers, d_spikes))
    d_mem = d_mem + d_inner_1
    d_threshold = d_threshold - d_inner_1
    d_bias = d_inner_1
    d_beta = d_mem * mem
    d_x = d_mem
    d_mem = d_mem * beta
    d_falling = d_falling + d_x
    d_rising = d_rising - d_x
    d_fall = d_falling * falling
    d_x = d_falling
    d_falling = d_falling * fall
    d_rise = d_rising * rising
    d_x = d_x + d_rising
    d_rising = d_rising * rise

    return d_x, (d_beta, d_threshold, d_bias, d_rise, d_fall), (d_rising, d_falling, d_mem)
