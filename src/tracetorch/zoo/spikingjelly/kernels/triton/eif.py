# Generated from spec/zoo/peers/spikingjelly.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: e2f7533f859d135d
# EIF, exponential integrate-and-fire neuron of SpikingJelly.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: 0443d9e98b986c29

import triton
import triton.language as tl


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    tau, v_threshold, v_reset, v_rest, delta_T, theta_rh = parameters
    (noise_0,) = noise
    (v,) = states

    v = v + (x + v_rest - v + delta_T * tl.exp((v - theta_rh) / delta_T)) / tau
    spikes = 1 - quant_fn(spike_fn(v_threshold - v, numbers), numbers, noise_0)
    v = spikes * v_reset + (1 - spikes) * v

    return spikes, (v,)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    tau, v_threshold, v_reset, v_rest, delta_T, theta_rh = parameters
    (noise_0,) = noise
    (v,) = states
    (d_v,) = d_states

    inner_1 = v - theta_rh
    inner_2 = inner_1 / delta_T
    inner_3 = tl.exp(inner_2)
    inner_4 = x + v_rest - v + delta_T * inner_3
    inner_5 = inner_4 / tau
    v_1 = v + inner_5
    inner_6 = v_threshold - v_1
    inner_7 = spike_fn(inner_6, numbers)
    spikes = 1 - quant_fn(inner_7, numbers, noise_0)
    inner_8 = 1 - spikes

    d_spikes = d_output
    d_spikes = d_spikes + (d_v * v_reset - d_v * v_1)
    d_v_reset = d_v * spikes
    d_v = d_v * inner_8
    d_inner_6 = spike_fn_gradient(
        inner_6, numbers, quant_fn_gradient(inner_7, numbers, -1.0 * d_spikes)
    )
    d_v_threshold = d_inner_6
    d_v = d_v - d_inner_6
    d_inner_4 = d_v / tau
    d_inner_2 = d_inner_4 * delta_T * inner_3
    d_inner_1 = d_inner_2 / delta_T
    d_x = d_inner_4
    d_v_rest = d_inner_4
    d_delta_T = d_inner_4 * inner_3 - d_inner_2 * (inner_2 / delta_T)
    d_theta_rh = -1.0 * d_inner_1
    d_tau = -1.0 * (d_v * (inner_5 / tau))
    d_v = d_v - d_inner_4 + d_inner_1

    return d_x, (d_tau, d_v_threshold, d_v_reset, d_v_rest, d_delta_T, d_theta_rh), (d_v,)
