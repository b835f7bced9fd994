# Generated from spec/zoo/peers/spikingjelly.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 65cfb6ff48829c37
# RAF, resonate-and-fire neuron of SpikingJelly.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: 9a8ffc93a83d7bae

import triton
import triton.language as tl


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    v_threshold, v_reset, damping, omega, dt = parameters
    (noise_0,) = noise
    u, v = states

    prev_u = u
    u = tl.exp(damping * dt) * (u * tl.cos(omega * dt) - v * tl.sin(omega * dt)) + x
    v = tl.exp(damping * dt) * (prev_u * tl.sin(omega * dt) + v * tl.cos(omega * dt))
    spikes = 1 - quant_fn(spike_fn(v_threshold - v, numbers), numbers, noise_0)
    v = spikes * v_reset + (1 - spikes) * v

    return spikes, (u, v)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    v_threshold, v_reset, damping, omega, dt = parameters
    (noise_0,) = noise
    u, v = states
    d_u, d_v = d_states

    prev_u = u
    inner_1 = omega * dt
    inner_2 = tl.sin(inner_1)
    inner_3 = tl.cos(inner_1)
    inner_4 = u * inner_3 - v * inner_2
    inner_5 = damping * dt
    inner_6 = tl.exp(inner_5)
    inner_7 = prev_u * inner_2 + v * inner_3
    v_1 = inner_6 * inner_7
    inner_8 = v_threshold - v_1
    inner_9 = spike_fn(inner_8, numbers)
    spikes = 1 - quant_fn(inner_9, numbers, noise_0)
    inner_10 = 1 - spikes

    d_spikes = d_output
    d_spikes = d_spikes + (d_v * v_reset - d_v * v_1)
    d_v_reset = d_v * spikes
    d_v = d_v * inner_10
    d_inner_8 = spike_fn_gradient(
        inner_8, numbers, quant_fn_gradient(inner_9, numbers, -1.0 * d_spikes)
    )
    d_v_threshold = d_inner_8
    d_v = d_v - d_inner_8
    d_inner_5 = d_v * inner_7 * inner_6
    d_inner_7 = d_v * inner_6
    d_inner_1 = d_inner_7 * prev_u * tl.cos(inner_1)
    d_inner_8_1 = -1.0 * (d_inner_7 * v * tl.sin(inner_1))
    d_damping = d_inner_5 * dt
    d_dt = d_inner_5 * damping + d_inner_1 * omega + d_inner_8_1 * omega
    d_prev_u = d_inner_7 * inner_2
    d_omega = d_inner_1 * dt + d_inner_8_1 * dt
    d_v = d_inner_7 * inner_3
    d_inner_5 = d_u * inner_4 * inner_6
    d_inner_4 = d_u * inner_6
    d_inner_1 = -1.0 * (d_inner_4 * u * tl.sin(inner_1))
    d_inner_8_1 = -1.0 * (d_inner_4 * v * tl.cos(inner_1))
    d_damping = d_damping + d_inner_5 * dt
    d_dt = d_dt + (d_inner_5 * damping + d_inner_1 * omega + d_inner_8_1 * omega)
    d_omega = d_omega + (d_inner_1 * dt + d_inner_8_1 * dt)
    d_v = d_v - d_inner_4 * inner_2
    d_x = d_u
    d_u = d_inner_4 * inner_3
    d_u = d_u + d_prev_u

    return d_x, (d_v_threshold, d_v_reset, d_damping, d_omega, d_dt), (d_u, d_v)
