# Generated from spec/zoo/peers/norse.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 5706b52d1f25834d
# LIFEx, exponential integrate-and-fire neuron of Norse.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: 041432b98e764109

import triton
import triton.language as tl


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    tau_syn_inv, tau_mem_inv, v_leak, v_th, v_reset, delta_T, dt = parameters
    (noise_0,) = noise
    i, v = states

    i = i + x
    v = v + dt * tau_mem_inv * (v_leak - v + delta_T * tl.exp((v - v_th) / delta_T) + i)
    i = i - dt * tau_syn_inv * i
    spikes = quant_fn(spike_fn(v - v_th, numbers), numbers, noise_0)
    v = (1 - spikes) * v + spikes * v_reset

    return spikes, (i, v)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    tau_syn_inv, tau_mem_inv, v_leak, v_th, v_reset, delta_T, dt = parameters
    (noise_0,) = noise
    i, v = states
    d_i, d_v = d_states

    i_1 = i + x
    inner_1 = v - v_th
    inner_2 = inner_1 / delta_T
    inner_3 = tl.exp(inner_2)
    inner_4 = v_leak - v + delta_T * inner_3 + i_1
    inner_5 = dt * tau_mem_inv
    v_1 = v + inner_5 * inner_4
    inner_6 = dt * tau_syn_inv
    inner_7 = v_1 - v_th
    inner_8 = spike_fn(inner_7, numbers)
    spikes = quant_fn(inner_8, numbers, noise_0)
    inner_9 = 1 - spikes

    d_spikes = d_output
    d_spikes = d_spikes + (d_v * v_reset - d_v * v_1)
    d_v_reset = d_v * spikes
    d_v = d_v * inner_9
    d_inner_7 = spike_fn_gradient(inner_7, numbers, quant_fn_gradient(inner_8, numbers, d_spikes))
    d_v = d_v + d_inner_7
    d_v_th = -1.0 * d_inner_7
    d_inner_6 = -1.0 * (d_i * i_1)
    d_dt = d_inner_6 * tau_syn_inv
    d_tau_syn_inv = d_inner_6 * dt
    d_i = d_i - d_i * inner_6
    d_inner_5 = d_v * inner_4
    d_inner_4 = d_v * inner_5
    d_inner_2 = d_inner_4 * delta_T * inner_3
    d_inner_1 = d_inner_2 / delta_T
    d_dt = d_dt + d_inner_5 * tau_mem_inv
    d_tau_mem_inv = d_inner_5 * dt
    d_v_leak = d_inner_4
    d_delta_T = d_inner_4 * inner_3 - d_inner_2 * (inner_2 / delta_T)
    d_v_th = d_v_th - d_inner_1
    d_i = d_i + d_inner_4
    d_v = d_v - d_inner_4 + d_inner_1
    d_x = d_i

    return (
        d_x,
        (d_tau_syn_inv, d_tau_mem_inv, d_v_leak, d_v_th, d_v_reset, d_delta_T, d_dt),
        (d_i, d_v),
    )
