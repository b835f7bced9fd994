# Generated from spec/zoo/izhikevich.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: fdfdd1b5ffed1db0
# Izhikevich, Izhikevich neuron.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: 46823cee6dbd820d

import triton
import triton.language as tl  # noqa: F401, triton.jit requires it


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    a, b, c, d, peak, dt = parameters
    (noise_0,) = noise
    mem, recovery = states

    prev_mem = mem
    mem = mem + dt * (0.04 * mem * mem + 5 * mem + 140 - recovery + x)
    recovery = recovery + dt * a * (b * prev_mem - recovery)
    spikes = quant_fn(spike_fn(mem - peak, numbers), numbers, noise_0)
    mem = mem + spikes * (c - mem)
    recovery = recovery + spikes * d

    return spikes, (mem, recovery)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    a, b, c, d, peak, dt = parameters
    (noise_0,) = noise
    mem, recovery = states
    d_mem, d_recovery = d_states

    prev_mem = mem
    inner_1 = 0.04 * mem
    inner_2 = inner_1 * mem + 5 * mem + 140 - recovery + x
    mem_1 = mem + dt * inner_2
    inner_3 = b * prev_mem - recovery
    inner_4 = dt * a
    inner_5 = mem_1 - peak
    inner_6 = spike_fn(inner_5, numbers)
    spikes = quant_fn(inner_6, numbers, noise_0)
    inner_7 = c - mem_1

    d_spikes = d_output
    d_spikes = d_spikes + d_recovery * d
    d_d = d_recovery * spikes
    d_inner_7 = d_mem * spikes
    d_spikes = d_spikes + d_mem * inner_7
    d_c = d_inner_7
    d_mem = d_mem - d_inner_7
    d_inner_5 = spike_fn_gradient(inner_5, numbers, quant_fn_gradient(inner_6, numbers, d_spikes))
    d_mem = d_mem + d_inner_5
    d_peak = -1.0 * d_inner_5
    d_inner_4 = d_recovery * inner_3
    d_inner_3 = d_recovery * inner_4
    d_dt = d_inner_4 * a
    d_a = d_inner_4 * dt
    d_b = d_inner_3 * prev_mem
    d_prev_mem = d_inner_3 * b
    d_recovery = d_recovery - d_inner_3
    d_inner_2 = d_mem * dt
    d_dt = d_dt + d_mem * inner_2
    d_recovery = d_recovery - d_inner_2
    d_x = d_inner_2
    d_mem = d_mem + d_inner_2 * mem * 0.04 + d_inner_2 * inner_1 + d_inner_2 * 5
    d_mem = d_mem + d_prev_mem

    return d_x, (d_a, d_b, d_c, d_d, d_peak, d_dt), (d_mem, d_recovery)
