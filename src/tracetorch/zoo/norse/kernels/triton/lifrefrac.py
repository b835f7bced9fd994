# Generated from spec/zoo/peers/norse.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 1d073b2acc705b61
# LIFRefrac, leaky integrate-and-fire neuron of Norse with a refractory period.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: 2c850d9729cd2c7f

import triton
import triton.language as tl

from tracetorch.sequence.triton.language import relu


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    tau_syn_inv, tau_mem_inv, v_leak, v_th, v_reset, rho_reset, dt = parameters
    noise_0, noise_1 = noise
    i, v, rho = states

    prev_v = v
    i = i + x
    v = v + dt * tau_mem_inv * (v_leak - v + i)
    i = i - dt * tau_syn_inv * i
    spikes = quant_fn(spike_fn(v - v_th, numbers), numbers, noise_0)
    v = (1 - spikes) * v + spikes * v_reset
    refractory = quant_fn(spike_fn(rho, numbers), numbers, noise_1)
    v = (1 - refractory) * v + refractory * prev_v
    spikes = (1 - refractory) * spikes
    rho = (1 - spikes) * relu(rho - refractory) + spikes * rho_reset

    return spikes, (i, v, rho)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    tau_syn_inv, tau_mem_inv, v_leak, v_th, v_reset, rho_reset, dt = parameters
    noise_0, noise_1 = noise
    i, v, rho = states
    d_i, d_v, d_rho = d_states

    prev_v = v
    i_1 = i + x
    inner_1 = v_leak - v + i_1
    inner_2 = dt * tau_mem_inv
    v_1 = v + inner_2 * inner_1
    inner_3 = dt * tau_syn_inv
    inner_4 = v_1 - v_th
    inner_5 = spike_fn(inner_4, numbers)
    spikes = quant_fn(inner_5, numbers, noise_0)
    inner_6 = 1 - spikes
    v_2 = inner_6 * v_1 + spikes * v_reset
    inner_7 = spike_fn(rho, numbers)
    refractory = quant_fn(inner_7, numbers, noise_1)
    inner_8 = 1 - refractory
    spikes_1 = inner_8 * spikes
    inner_9 = rho - refractory
    inner_10 = relu(inner_9)
    inner_11 = 1 - spikes_1

    d_spikes = d_output
    d_inner_9 = tl.where(inner_10 <= 0, 0, d_rho * inner_11)
    d_spikes = d_spikes + (d_rho * rho_reset - d_rho * inner_10)
    d_refractory = -1.0 * d_inner_9
    d_rho_reset = d_rho * spikes_1
    d_rho = d_inner_9
    d_refractory = d_refractory - d_spikes * spikes
    d_spikes = d_spikes * inner_8
    d_refractory = d_refractory + (d_v * prev_v - d_v * v_2)
    d_prev_v = d_v * refractory
    d_v = d_v * inner_8
    d_rho = d_rho + spike_fn_gradient(
        rho, numbers, quant_fn_gradient(inner_7, numbers, d_refractory)
    )
    d_spikes = d_spikes + (d_v * v_reset - d_v * v_1)
    d_v_reset = d_v * spikes
    d_v = d_v * inner_6
    d_inner_4 = spike_fn_gradient(inner_4, numbers, quant_fn_gradient(inner_5, numbers, d_spikes))
    d_v = d_v + d_inner_4
    d_v_th = -1.0 * d_inner_4
    d_inner_3 = -1.0 * (d_i * i_1)
    d_dt = d_inner_3 * tau_syn_inv
    d_tau_syn_inv = d_inner_3 * dt
    d_i = d_i - d_i * inner_3
    d_inner_2 = d_v * inner_1
    d_inner_1 = d_v * inner_2
    d_dt = d_dt + d_inner_2 * tau_mem_inv
    d_tau_mem_inv = d_inner_2 * dt
    d_v_leak = d_inner_1
    d_i = d_i + d_inner_1
    d_v = d_v - d_inner_1
    d_x = d_i
    d_v = d_v + d_prev_v

    return (
        d_x,
        (d_tau_syn_inv, d_tau_mem_inv, d_v_leak, d_v_th, d_v_reset, d_rho_reset, d_dt),
        (d_i, d_v, d_rho),
    )
