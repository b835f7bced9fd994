# Generated from spec/zoo/peers/spikingjelly.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 48b80b0a76abdd22
# Izhikevich, quadratic integrate-and-fire neuron of SpikingJelly with adaptation.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: e1344eba265e616e

import triton
import triton.language as tl


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    tau, v_threshold, v_reset, v_rest, v_c, a0, _, tau_w, a, b = parameters
    (noise_0,) = noise
    v, w = states

    v = v + (x + a0 * (v - v_rest) * (v - v_c) - w) / tau
    spikes = 1 - quant_fn(spike_fn(v_threshold - v, numbers), numbers, noise_0)
    w = w + (a * (v - v_rest) - w) / tau_w + b * spikes
    v = spikes * v_reset + (1 - spikes) * v

    return spikes, (v, w)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    tau, v_threshold, v_reset, v_rest, v_c, a0, _, tau_w, a, b = parameters
    (noise_0,) = noise
    v, w = states
    d_v, d_w = d_states

    inner_1 = v - v_c
    inner_2 = v - v_rest
    inner_3 = a0 * inner_2
    inner_4 = x + inner_3 * inner_1 - w
    inner_5 = inner_4 / tau
    v_1 = v + inner_5
    inner_6 = v_threshold - v_1
    inner_7 = spike_fn(inner_6, numbers)
    spikes = 1 - quant_fn(inner_7, numbers, noise_0)
    inner_8 = v_1 - v_rest
    inner_9 = a * inner_8 - w
    inner_10 = inner_9 / tau_w
    inner_11 = 1 - spikes

    d_spikes = d_output
    d_spikes = d_spikes + (d_v * v_reset - d_v * v_1)
    d_v_reset = d_v * spikes
    d_v = d_v * inner_11
    d_inner_9 = d_w / tau_w
    d_inner_8 = d_inner_9 * a
    d_a = d_inner_9 * inner_8
    d_v = d_v + d_inner_8
    d_v_rest = -1.0 * d_inner_8
    d_tau_w = -1.0 * (d_w * (inner_10 / tau_w))
    d_b = d_w * spikes
    d_spikes = d_spikes + d_w * b
    d_w = d_w - d_inner_9
    d_inner_6 = spike_fn_gradient(
        inner_6, numbers, quant_fn_gradient(inner_7, numbers, -1.0 * d_spikes)
    )
    d_v_threshold = d_inner_6
    d_v = d_v - d_inner_6
    d_inner_4 = d_v / tau
    d_inner_3 = d_inner_4 * inner_1
    d_inner_2 = d_inner_3 * a0
    d_inner_1 = d_inner_4 * inner_3
    d_x = d_inner_4
    d_a0 = d_inner_3 * inner_2
    d_v_rest = d_v_rest - d_inner_2
    d_v_c = -1.0 * d_inner_1
    d_w = d_w - d_inner_4
    d_tau = -1.0 * (d_v * (inner_5 / tau))
    d_v = d_v + d_inner_2 + d_inner_1

    return (
        d_x,
        (
            d_tau,
            d_v_threshold,
            d_v_reset,
            d_v_rest,
            d_v_c,
            d_a0,
            tl.zeros_like(x),
            d_tau_w,
            d_a,
            d_b,
        ),
        (d_v, d_w),
    )
