# Generated from spec/zoo/peers/norse.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 4d89789f29816534
# LSNN, leaky integrate-and-fire neuron of Norse with an adaptive threshold.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: 4648f77b3f0f0533

import triton
import triton.language as tl  # noqa: F401, triton.jit requires it


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    tau_syn_inv, tau_mem_inv, v_leak, v_th, v_reset, tau_adapt_inv, adapt_jump, dt = parameters
    (noise_0,) = noise
    i, v, b = states

    v = v + dt * tau_mem_inv * (v_leak - v + i)
    i = i - dt * tau_syn_inv * i + x
    b = b + dt * tau_adapt_inv * (v_th - b)
    spikes = quant_fn(spike_fn(v - b, numbers), numbers, noise_0)
    v = (1 - spikes) * v + spikes * v_reset
    b = b + spikes * adapt_jump

    return spikes, (i, v, b)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    tau_syn_inv, tau_mem_inv, v_leak, v_th, v_reset, tau_adapt_inv, adapt_jump, dt = parameters
    (noise_0,) = noise
    i, v, b = states
    d_i, d_v, d_b = d_states

    inner_1 = v_leak - v + i
    inner_2 = dt * tau_mem_inv
    v_1 = v + inner_2 * inner_1
    inner_3 = dt * tau_syn_inv
    inner_4 = v_th - b
    inner_5 = dt * tau_adapt_inv
    b_1 = b + inner_5 * inner_4
    inner_6 = v_1 - b_1
    inner_7 = spike_fn(inner_6, numbers)
    spikes = quant_fn(inner_7, numbers, noise_0)
    inner_8 = 1 - spikes

    d_spikes = d_output
    d_spikes = d_spikes + d_b * adapt_jump
    d_adapt_jump = d_b * spikes
    d_spikes = d_spikes + (d_v * v_reset - d_v * v_1)
    d_v_reset = d_v * spikes
    d_v = d_v * inner_8
    d_inner_6 = spike_fn_gradient(inner_6, numbers, quant_fn_gradient(inner_7, numbers, d_spikes))
    d_v = d_v + d_inner_6
    d_b = d_b - d_inner_6
    d_inner_5 = d_b * inner_4
    d_inner_4 = d_b * inner_5
    d_dt = d_inner_5 * tau_adapt_inv
    d_tau_adapt_inv = d_inner_5 * dt
    d_v_th = d_inner_4
    d_b = d_b - d_inner_4
    d_inner_3 = -1.0 * (d_i * i)
    d_dt = d_dt + d_inner_3 * tau_syn_inv
    d_tau_syn_inv = d_inner_3 * dt
    d_x = d_i
    d_i = d_i - d_i * inner_3
    d_inner_2 = d_v * inner_1
    d_inner_1 = d_v * inner_2
    d_dt = d_dt + d_inner_2 * tau_mem_inv
    d_tau_mem_inv = d_inner_2 * dt
    d_v_leak = d_inner_1
    d_i = d_i + d_inner_1
    d_v = d_v - d_inner_1

    return (
        d_x,
        (
            d_tau_syn_inv,
            d_tau_mem_inv,
            d_v_leak,
            d_v_th,
            d_v_reset,
            d_tau_adapt_inv,
            d_adapt_jump,
            d_dt,
        ),
        (d_i, d_v, d_b),
    )
