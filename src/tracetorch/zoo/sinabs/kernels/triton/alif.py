# Generated from spec/zoo/peers/sinabs.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 07f3a5d03cfedef6
# ALIF, adaptive leaky integrate-and-fire neuron of Sinabs.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: 004942d20bd2ea5a

import triton
import triton.language as tl


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    tau_mem, tau_adapt, adapt_scale, spike_threshold = parameters
    (noise_0,) = noise
    v_mem, b = states

    alpha_mem = tl.exp(-1 / tau_mem)
    v_mem = alpha_mem * v_mem + (1 - alpha_mem) * x
    threshold_now = spike_threshold + adapt_scale * b
    spikes = 1 - quant_fn(spike_fn(1 - v_mem / (threshold_now), numbers), numbers, noise_0)
    v_mem = v_mem - spikes * threshold_now
    b = tl.exp(-1 / tau_adapt) * b + (1 - tl.exp(-1 / tau_adapt)) * spikes

    return spikes, (v_mem, b)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    tau_mem, tau_adapt, adapt_scale, spike_threshold = parameters
    (noise_0,) = noise
    v_mem, b = states
    d_v_mem, d_b = d_states

    inner_1 = -1 / tau_mem
    alpha_mem = tl.exp(inner_1)
    inner_2 = 1 - alpha_mem
    v_mem_1 = alpha_mem * v_mem + inner_2 * x
    threshold_now = spike_threshold + adapt_scale * b
    inner_3 = threshold_now
    inner_4 = v_mem_1 / inner_3
    inner_5 = 1 - inner_4
    inner_6 = spike_fn(inner_5, numbers)
    spikes = 1 - quant_fn(inner_6, numbers, noise_0)
    inner_7 = -1 / tau_adapt
    inner_8 = tl.exp(inner_7)
    inner_9 = 1 - inner_8

    d_spikes = d_output
    d_tau_adapt = -1.0 * (-1.0 * (d_b * spikes * inner_8)) * (
        inner_7 / tau_adapt
    ) - d_b * b * inner_8 * (inner_7 / tau_adapt)
    d_spikes = d_spikes + d_b * inner_9
    d_b = d_b * inner_8
    d_spikes = d_spikes - d_v_mem * threshold_now
    d_threshold_now = -1.0 * (d_v_mem * spikes)
    d_inner_4 = -1.0 * spike_fn_gradient(
        inner_5, numbers, quant_fn_gradient(inner_6, numbers, -1.0 * d_spikes)
    )
    d_v_mem = d_v_mem + d_inner_4 / inner_3
    d_spike_threshold = d_threshold_now
    d_adapt_scale = d_threshold_now * b
    d_b = d_b + d_threshold_now * adapt_scale
    d_alpha_mem = d_v_mem * v_mem - d_v_mem * x
    d_x = d_v_mem * inner_2
    d_v_mem = d_v_mem * alpha_mem
    d_tau_mem = -1.0 * (d_alpha_mem * alpha_mem * (inner_1 / tau_mem))

    return d_x, (d_tau_mem, d_tau_adapt, d_adapt_scale, d_spike_threshold), (d_v_mem, d_b)
