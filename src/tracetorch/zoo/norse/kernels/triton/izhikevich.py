# Generated from spec/zoo/peers/norse.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: fac7e487108e8b6f
# Izhikevich, Izhikevich neuron of Norse.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: 212a3955ffd07697

import triton
import triton.language as tl

from tracetorch.sequence.triton.language import square


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    (
        v_th,
        v_reset,
        recovery_rate,
        recovery_coupling,
        recovery_jump,
        _,
        sq,
        mn,
        bias_current,
        tau_inv,
        dt,
    ) = parameters
    (noise_0,) = noise
    v, u = states

    prev_v = v
    v = v + tau_inv * dt * (sq * square(v) + mn * v + bias_current - u + x)
    u = u + tau_inv * dt * recovery_rate * (recovery_coupling * prev_v - u)
    spikes = quant_fn(spike_fn(v - v_th, numbers), numbers, noise_0)
    v = (1 - spikes) * v + spikes * v_reset
    u = u + spikes * recovery_jump

    return spikes, (v, u)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    (
        v_th,
        v_reset,
        recovery_rate,
        recovery_coupling,
        recovery_jump,
        _,
        sq,
        mn,
        bias_current,
        tau_inv,
        dt,
    ) = parameters
    (noise_0,) = noise
    v, u = states
    d_v, d_u = d_states

    prev_v = v
    inner_1 = square(v)
    inner_2 = sq * inner_1 + mn * v + bias_current - u + x
    inner_3 = tau_inv * dt
    v_1 = v + inner_3 * inner_2
    inner_4 = recovery_coupling * prev_v - u
    inner_5 = inner_3 * recovery_rate
    inner_6 = v_1 - v_th
    inner_7 = spike_fn(inner_6, numbers)
    spikes = quant_fn(inner_7, numbers, noise_0)
    inner_8 = 1 - spikes

    d_spikes = d_output
    d_spikes = d_spikes + d_u * recovery_jump
    d_recovery_jump = d_u * spikes
    d_spikes = d_spikes + (d_v * v_reset - d_v * v_1)
    d_v_reset = d_v * spikes
    d_v = d_v * inner_8
    d_inner_6 = spike_fn_gradient(inner_6, numbers, quant_fn_gradient(inner_7, numbers, d_spikes))
    d_v = d_v + d_inner_6
    d_v_th = -1.0 * d_inner_6
    d_inner_5 = d_u * inner_4
    d_inner_3 = d_inner_5 * recovery_rate
    d_inner_4 = d_u * inner_5
    d_tau_inv = d_inner_3 * dt
    d_dt = d_inner_3 * tau_inv
    d_recovery_rate = d_inner_5 * inner_3
    d_recovery_coupling = d_inner_4 * prev_v
    d_prev_v = d_inner_4 * recovery_coupling
    d_u = d_u - d_inner_4
    d_inner_3 = d_v * inner_2
    d_inner_2 = d_v * inner_3
    d_tau_inv = d_tau_inv + d_inner_3 * dt
    d_dt = d_dt + d_inner_3 * tau_inv
    d_sq = d_inner_2 * inner_1
    d_mn = d_inner_2 * v
    d_bias_current = d_inner_2
    d_u = d_u - d_inner_2
    d_x = d_inner_2
    d_v = d_v + d_inner_2 * sq * 2 * v + d_inner_2 * mn
    d_v = d_v + d_prev_v

    return (
        d_x,
        (
            d_v_th,
            d_v_reset,
            d_recovery_rate,
            d_recovery_coupling,
            d_recovery_jump,
            tl.zeros_like(x),
            d_sq,
            d_mn,
            d_bias_current,
            d_tau_inv,
            d_dt,
        ),
        (d_v, d_u),
    )
