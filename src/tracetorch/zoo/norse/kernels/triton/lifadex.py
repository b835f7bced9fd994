# Generated from spec/zoo/peers/norse.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 9338610729d1f1c6
# LIFAdEx, adaptive exponential integrate-and-fire neuron of Norse.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: a054f05b57ba906a

import triton
import triton.language as tl


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    (
        tau_syn_inv,
        tau_mem_inv,
        v_leak,
        v_th,
        v_reset,
        delta_T,
        tau_ada_inv,
        adaptation_current,
        adaptation_spike,
        dt,
    ) = parameters
    (noise_0,) = noise
    i, v, a = states

    prev_v = v
    i = i + x
    v = v + dt * tau_mem_inv * (v_leak - v + delta_T * tl.exp((v - v_th) / delta_T) + i - a)
    i = i - dt * tau_syn_inv * i
    a = a + dt * tau_ada_inv * (adaptation_current * (prev_v - v_leak) - a)
    spikes = quant_fn(spike_fn(v - v_th, numbers), numbers, noise_0)
    v = (1 - spikes) * v + spikes * v_reset
    a = a + spikes * adaptation_spike

    return spikes, (i, v, a)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    (
        tau_syn_inv,
        tau_mem_inv,
        v_leak,
        v_th,
        v_reset,
        delta_T,
        tau_ada_inv,
        adaptation_current,
        adaptation_spike,
        dt,
    ) = parameters
    (noise_0,) = noise
    i, v, a = states
    d_i, d_v, d_a = d_states

    prev_v = v
    i_1 = i + x
    inner_1 = v - v_th
    inner_2 = inner_1 / delta_T
    inner_3 = tl.exp(inner_2)
    inner_4 = v_leak - v + delta_T * inner_3 + i_1 - a
    inner_5 = dt * tau_mem_inv
    v_1 = v + inner_5 * inner_4
    inner_6 = dt * tau_syn_inv
    inner_7 = prev_v - v_leak
    inner_8 = adaptation_current * inner_7 - a
    inner_9 = dt * tau_ada_inv
    inner_10 = v_1 - v_th
    inner_11 = spike_fn(inner_10, numbers)
    spikes = quant_fn(inner_11, numbers, noise_0)
    inner_12 = 1 - spikes

    d_spikes = d_output
    d_spikes = d_spikes + d_a * adaptation_spike
    d_adaptation_spike = d_a * spikes
    d_spikes = d_spikes + (d_v * v_reset - d_v * v_1)
    d_v_reset = d_v * spikes
    d_v = d_v * inner_12
    d_inner_10 = spike_fn_gradient(
        inner_10, numbers, quant_fn_gradient(inner_11, numbers, d_spikes)
    )
    d_v = d_v + d_inner_10
    d_v_th = -1.0 * d_inner_10
    d_inner_9 = d_a * inner_8
    d_inner_8 = d_a * inner_9
    d_inner_7 = d_inner_8 * adaptation_current
    d_dt = d_inner_9 * tau_ada_inv
    d_tau_ada_inv = d_inner_9 * dt
    d_adaptation_current = d_inner_8 * inner_7
    d_prev_v = d_inner_7
    d_v_leak = -1.0 * d_inner_7
    d_a = d_a - d_inner_8
    d_inner_6 = -1.0 * (d_i * i_1)
    d_dt = d_dt + d_inner_6 * tau_syn_inv
    d_tau_syn_inv = d_inner_6 * dt
    d_i = d_i - d_i * inner_6
    d_inner_5 = d_v * inner_4
    d_inner_4 = d_v * inner_5
    d_inner_2 = d_inner_4 * delta_T * inner_3
    d_inner_1 = d_inner_2 / delta_T
    d_dt = d_dt + d_inner_5 * tau_mem_inv
    d_tau_mem_inv = d_inner_5 * dt
    d_v_leak = d_v_leak + d_inner_4
    d_delta_T = d_inner_4 * inner_3 - d_inner_2 * (inner_2 / delta_T)
    d_v_th = d_v_th - d_inner_1
    d_i = d_i + d_inner_4
    d_a = d_a - d_inner_4
    d_v = d_v - d_inner_4 + d_inner_1
    d_x = d_i
    d_v = d_v + d_prev_v

    return (
        d_x,
        (
            d_tau_syn_inv,
            d_tau_mem_inv,
            d_v_leak,
            d_v_th,
            d_v_reset,
            d_delta_T,
            d_tau_ada_inv,
            d_adaptation_current,
            d_adaptation_spike,
            d_dt,
        ),
        (d_i, d_v, d_a),
    )
