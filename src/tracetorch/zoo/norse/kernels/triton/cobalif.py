# Generated from spec/zoo/peers/norse.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: d0fab4098f63e43f
# CobaLIF, leaky integrate-and-fire neuron of Norse with conductance-based synapses.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: d4daf7977e5a4a5b

import triton
import triton.language as tl

from tracetorch.sequence.triton.language import relu


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    v_th, v_reset, v_rest, tau_syn_exc_inv, tau_syn_inh_inv, c_m_inv, g_l, e_rev_I, e_rev_E, dt = (
        parameters
    )
    (noise_0,) = noise
    g_e, g_i, v = states

    excitation = g_e + relu(x)
    inhibition = g_i + relu(-1.0 * x)
    g_e = excitation - dt * tau_syn_exc_inv * excitation
    g_i = inhibition - dt * tau_syn_inh_inv * inhibition
    v = v + dt * c_m_inv * (g_l * (v_rest - v) + g_e * (e_rev_E - v) + g_i * (e_rev_I - v))
    spikes = quant_fn(spike_fn(v - v_th, numbers), numbers, noise_0)
    v = (1 - spikes) * v + spikes * v_reset

    return spikes, (g_e, g_i, v)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    v_th, v_reset, v_rest, tau_syn_exc_inv, tau_syn_inh_inv, c_m_inv, g_l, e_rev_I, e_rev_E, dt = (
        parameters
    )
    (noise_0,) = noise
    g_e, g_i, v = states
    d_g_e, d_g_i, d_v = d_states

    inner_1 = relu(x)
    excitation = g_e + inner_1
    inner_2 = relu(-1.0 * x)
    inhibition = g_i + inner_2
    inner_3 = dt * tau_syn_exc_inv
    g_e_1 = excitation - inner_3 * excitation
    inner_4 = dt * tau_syn_inh_inv
    g_i_1 = inhibition - inner_4 * inhibition
    inner_5 = e_rev_I - v
    inner_6 = e_rev_E - v
    inner_7 = v_rest - v
    inner_8 = g_l * inner_7 + g_e_1 * inner_6 + g_i_1 * inner_5
    inner_9 = dt * c_m_inv
    v_1 = v + inner_9 * inner_8
    inner_10 = v_1 - v_th
    inner_11 = spike_fn(inner_10, numbers)
    spikes = quant_fn(inner_11, numbers, noise_0)
    inner_12 = 1 - spikes

    d_spikes = d_output
    d_spikes = d_spikes + (d_v * v_reset - d_v * v_1)
    d_v_reset = d_v * spikes
    d_v = d_v * inner_12
    d_inner_10 = spike_fn_gradient(
        inner_10, numbers, quant_fn_gradient(inner_11, numbers, d_spikes)
    )
    d_v = d_v + d_inner_10
    d_v_th = -1.0 * d_inner_10
    d_inner_9 = d_v * inner_8
    d_inner_8 = d_v * inner_9
    d_inner_7 = d_inner_8 * g_l
    d_inner_6 = d_inner_8 * g_e_1
    d_inner_5 = d_inner_8 * g_i_1
    d_dt = d_inner_9 * c_m_inv
    d_c_m_inv = d_inner_9 * dt
    d_g_l = d_inner_8 * inner_7
    d_v_rest = d_inner_7
    d_g_e = d_g_e + d_inner_8 * inner_6
    d_e_rev_E = d_inner_6
    d_g_i = d_g_i + d_inner_8 * inner_5
    d_e_rev_I = d_inner_5
    d_v = d_v - d_inner_7 - d_inner_6 - d_inner_5
    d_inner_4 = -1.0 * (d_g_i * inhibition)
    d_inhibition = d_g_i - d_g_i * inner_4
    d_dt = d_dt + d_inner_4 * tau_syn_inh_inv
    d_tau_syn_inh_inv = d_inner_4 * dt
    d_inner_3 = -1.0 * (d_g_e * excitation)
    d_excitation = d_g_e - d_g_e * inner_3
    d_dt = d_dt + d_inner_3 * tau_syn_exc_inv
    d_tau_syn_exc_inv = d_inner_3 * dt
    d_g_i = d_inhibition
    d_x = -1.0 * tl.where(inner_2 <= 0, 0, d_inhibition)
    d_g_e = d_excitation
    d_x = d_x + tl.where(inner_1 <= 0, 0, d_excitation)

    return (
        d_x,
        (
            d_v_th,
            d_v_reset,
            d_v_rest,
            d_tau_syn_exc_inv,
            d_tau_syn_inh_inv,
            d_c_m_inv,
            d_g_l,
            d_e_rev_I,
            d_e_rev_E,
            d_dt,
        ),
        (d_g_e, d_g_i, d_v),
    )
