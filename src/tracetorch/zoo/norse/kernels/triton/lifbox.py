# Generated from spec/zoo/peers/norse.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 5385bdcac9e7eecb
# LIFBox, leaky integrate-and-fire neuron of Norse without a synapse.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: 790ab66a069adfbc

import triton
import triton.language as tl  # noqa: F401, triton.jit requires it


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    tau_mem_inv, v_leak, v_th, v_reset, dt = parameters
    (noise_0,) = noise
    (v,) = states

    v = v + dt * tau_mem_inv * (x + v_leak - v)
    spikes = quant_fn(spike_fn(v - v_th, numbers), numbers, noise_0)
    v = (1 - spikes) * v + spikes * v_reset

    return spikes, (v,)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    tau_mem_inv, v_leak, v_th, v_reset, dt = parameters
    (noise_0,) = noise
    (v,) = states
    (d_v,) = d_states

    inner_1 = x + v_leak - v
    inner_2 = dt * tau_mem_inv
    v_1 = v + inner_2 * inner_1
    inner_3 = v_1 - v_th
    inner_4 = spike_fn(inner_3, numbers)
    spikes = quant_fn(inner_4, numbers, noise_0)
    inner_5 = 1 - spikes

    d_spikes = d_output
    d_spikes = d_spikes + (d_v * v_reset - d_v * v_1)
    d_v_reset = d_v * spikes
    d_v = d_v * inner_5
    d_inner_3 = spike_fn_gradient(inner_3, numbers, quant_fn_gradient(inner_4, numbers, d_spikes))
    d_v = d_v + d_inner_3
    d_v_th = -1.0 * d_inner_3
    d_inner_2 = d_v * inner_1
    d_inner_1 = d_v * inner_2
    d_dt = d_inner_2 * tau_mem_inv
    d_tau_mem_inv = d_inner_2 * dt
    d_x = d_inner_1
    d_v_leak = d_inner_1
    d_v = d_v - d_inner_1

    return d_x, (d_tau_mem_inv, d_v_leak, d_v_th, d_v_reset, d_dt), (d_v,)
