# Generated from spec/zoo/peers/sinabs.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 5160c30d76930305
# ALIFSynaptic, synaptic adaptive leaky integrate-and-fire neuron of Sinabs.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: fdc8dfb7b7d77a6a

import triton
import triton.language as tl


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    tau_mem, tau_syn, tau_adapt, adapt_scale, spike_threshold = parameters
    (noise_0,) = noise
    i_syn, v_mem, b = states

    alpha_mem = tl.exp(-1 / tau_mem)
    i_syn = (1 - alpha_mem) * tl.exp(-1 / tau_syn) * (i_syn + x)
    v_mem = alpha_mem * v_mem + i_syn
    threshold_now = spike_threshold + adapt_scale * b
    spikes = 1 - quant_fn(spike_fn(1 - v_mem / (threshold_now), numbers), numbers, noise_0)
    v_mem = v_mem - spikes * threshold_now
    b = tl.exp(-1 / tau_adapt) * b + (1 - tl.exp(-1 / tau_adapt)) * spikes

    return spikes, (i_syn, v_mem, b)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    tau_mem, tau_syn, tau_adapt, adapt_scale, spike_threshold = parameters
    (noise_0,) = noise
    i_syn, v_mem, b = states
    d_i_syn, d_v_mem, d_b = d_states

    inner_1 = -1 / tau_mem
    alpha_mem = tl.exp(inner_1)
    inner_2 = i_syn + x
    inner_3 = -1 / tau_syn
    inner_4 = tl.exp(inner_3)
    inner_5 = 1 - alpha_mem
    inner_6 = inner_5 * inner_4
    i_syn_1 = inner_6 * inner_2
    v_mem_1 = alpha_mem * v_mem + i_syn_1
    threshold_now = spike_threshold + adapt_scale * b
    inner_7 = threshold_now
    inner_8 = v_mem_1 / inner_7
    inner_9 = 1 - inner_8
    inner_10 = spike_fn(inner_9, numbers)
    spikes = 1 - quant_fn(inner_10, numbers, noise_0)
    inner_11 = -1 / tau_adapt
    inner_12 = tl.exp(inner_11)
    inner_13 = 1 - inner_12

    d_spikes = d_output
    d_tau_adapt = -1.0 * (-1.0 * (d_b * spikes * inner_12)) * (
        inner_11 / tau_adapt
    ) - d_b * b * inner_12 * (inner_11 / tau_adapt)
    d_spikes = d_spikes + d_b * inner_13
    d_b = d_b * inner_12
    d_spikes = d_spikes - d_v_mem * threshold_now
    d_threshold_now = -1.0 * (d_v_mem * spikes)
    d_inner_8 = -1.0 * spike_fn_gradient(
        inner_9, numbers, quant_fn_gradient(inner_10, numbers, -1.0 * d_spikes)
    )
    d_v_mem = d_v_mem + d_inner_8 / inner_7
    d_spike_threshold = d_threshold_now
    d_adapt_scale = d_threshold_now * b
    d_b = d_b + d_threshold_now * adapt_scale
    d_alpha_mem = d_v_mem * v_mem
    d_i_syn = d_i_syn + d_v_mem
    d_v_mem = d_v_mem * alpha_mem
    d_inner_6 = d_i_syn * inner_2
    d_inner_2 = d_i_syn * inner_6
    d_alpha_mem = d_alpha_mem - d_inner_6 * inner_4
    d_tau_syn = -1.0 * (d_inner_6 * inner_5 * inner_4 * (inner_3 / tau_syn))
    d_x = d_inner_2
    d_i_syn = d_inner_2
    d_tau_mem = -1.0 * (d_alpha_mem * alpha_mem * (inner_1 / tau_mem))

    return (
        d_x,
        (d_tau_mem, d_tau_syn, d_tau_adapt, d_adapt_scale, d_spike_threshold),
        (d_i_syn, d_v_mem, d_b),
    )
