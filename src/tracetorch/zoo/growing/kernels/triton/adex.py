# Generated from spec/zoo/growing.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 9f1209ee8873598e
# AdEx, adaptive exponential integrate-and-fire neuron.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: 83e22bcc986701c7

import triton
import triton.language as tl


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    threshold, dt, critical, slope, coupling, pace, jump = parameters
    (noise_0,) = noise
    mem, adapt = states

    prev_mem = mem
    mem = mem + dt * (slope * tl.exp((mem - critical) / slope) - mem - adapt + x)
    adapt = adapt + pace * (coupling * prev_mem - adapt)
    spikes = quant_fn(spike_fn(mem - threshold, numbers), numbers, noise_0)
    mem = mem - spikes * mem
    adapt = adapt + spikes * jump

    return spikes, (mem, adapt)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    threshold, dt, critical, slope, coupling, pace, jump = parameters
    (noise_0,) = noise
    mem, adapt = states
    d_mem, d_adapt = d_states

    prev_mem = mem
    inner_1 = mem - critical
    inner_2 = inner_1 / slope
    inner_3 = tl.exp(inner_2)
    inner_4 = slope * inner_3 - mem - adapt + x
    mem_1 = mem + dt * inner_4
    inner_5 = coupling * prev_mem - adapt
    inner_6 = mem_1 - threshold
    inner_7 = spike_fn(inner_6, numbers)
    spikes = quant_fn(inner_7, numbers, noise_0)

    d_spikes = d_output
    d_spikes = d_spikes + d_adapt * jump
    d_jump = d_adapt * spikes
    d_spikes = d_spikes - d_mem * mem_1
    d_mem = d_mem - d_mem * spikes
    d_inner_6 = spike_fn_gradient(inner_6, numbers, quant_fn_gradient(inner_7, numbers, d_spikes))
    d_mem = d_mem + d_inner_6
    d_threshold = -1.0 * d_inner_6
    d_inner_5 = d_adapt * pace
    d_pace = d_adapt * inner_5
    d_coupling = d_inner_5 * prev_mem
    d_prev_mem = d_inner_5 * coupling
    d_adapt = d_adapt - d_inner_5
    d_inner_4 = d_mem * dt
    d_inner_2 = d_inner_4 * slope * inner_3
    d_inner_1 = d_inner_2 / slope
    d_dt = d_mem * inner_4
    d_slope = d_inner_4 * inner_3 - d_inner_2 * (inner_2 / slope)
    d_critical = -1.0 * d_inner_1
    d_adapt = d_adapt - d_inner_4
    d_x = d_inner_4
    d_mem = d_mem + d_inner_1 - d_inner_4
    d_mem = d_mem + d_prev_mem

    return (
        d_x,
        (d_threshold, d_dt, d_critical, d_slope, d_coupling, d_pace, d_jump),
        (d_mem, d_adapt),
    )
