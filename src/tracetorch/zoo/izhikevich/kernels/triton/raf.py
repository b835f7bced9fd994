# Generated from spec/zoo/izhikevich.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: f9c24221bb846cb6
# RAF, resonate-and-fire neuron.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: 627e473d6b1c1333

import triton
import triton.language as tl


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    threshold, damping, omega = parameters
    (noise_0,) = noise
    current, mem = states

    prev_current = current
    current = damping * (tl.cos(omega) * current - tl.sin(omega) * mem) + x
    mem = damping * (tl.sin(omega) * prev_current + tl.cos(omega) * mem)
    spikes = quant_fn(spike_fn(mem - threshold, numbers), numbers, noise_0)
    current = current - spikes * current
    mem = mem + spikes * (1 - mem)

    return spikes, (current, mem)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    threshold, damping, omega = parameters
    (noise_0,) = noise
    current, mem = states
    d_current, d_mem = d_states

    prev_current = current
    inner_1 = tl.sin(omega)
    inner_2 = tl.cos(omega)
    inner_3 = inner_2 * current - inner_1 * mem
    current_1 = damping * inner_3 + x
    inner_4 = inner_1 * prev_current + inner_2 * mem
    mem_1 = damping * inner_4
    inner_5 = mem_1 - threshold
    inner_6 = spike_fn(inner_5, numbers)
    spikes = quant_fn(inner_6, numbers, noise_0)
    inner_7 = 1 - mem_1

    d_spikes = d_output
    d_spikes = d_spikes + d_mem * inner_7
    d_mem = d_mem - d_mem * spikes
    d_spikes = d_spikes - d_current * current_1
    d_current = d_current - d_current * spikes
    d_inner_5 = spike_fn_gradient(inner_5, numbers, quant_fn_gradient(inner_6, numbers, d_spikes))
    d_mem = d_mem + d_inner_5
    d_threshold = -1.0 * d_inner_5
    d_inner_4 = d_mem * damping
    d_damping = d_mem * inner_4
    d_omega = d_inner_4 * prev_current * tl.cos(omega) - d_inner_4 * mem * tl.sin(omega)
    d_prev_current = d_inner_4 * inner_1
    d_mem = d_inner_4 * inner_2
    d_inner_3 = d_current * damping
    d_damping = d_damping + d_current * inner_3
    d_omega = d_omega + (
        -1.0 * (d_inner_3 * current * tl.sin(omega)) - d_inner_3 * mem * tl.cos(omega)
    )
    d_mem = d_mem - d_inner_3 * inner_1
    d_x = d_current
    d_current = d_inner_3 * inner_2
    d_current = d_current + d_prev_current

    return d_x, (d_threshold, d_damping, d_omega), (d_current, d_mem)
