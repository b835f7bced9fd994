# Generated from spec/zoo/peers/spikingjelly.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 725ce0c5ee712f03
# LIF, leaky integrate-and-fire neuron of SpikingJelly.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: 567a1c5aa36a2101

import triton
import triton.language as tl  # noqa: F401, triton.jit requires it


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    tau, v_threshold, v_reset = parameters
    (noise_0,) = noise
    (v,) = states

    v = v + (x - (v - v_reset)) / tau
    spikes = 1 - quant_fn(spike_fn(v_threshold - v, numbers), numbers, noise_0)
    v = spikes * v_reset + (1 - spikes) * v

    return spikes, (v,)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    tau, v_threshold, v_reset = parameters
    (noise_0,) = noise
    (v,) = states
    (d_v,) = d_states

    inner_1 = x - (v - v_reset)
    inner_2 = inner_1 / tau
    v_1 = v + inner_2
    inner_3 = v_threshold - v_1
    inner_4 = spike_fn(inner_3, numbers)
    spikes = 1 - quant_fn(inner_4, numbers, noise_0)
    inner_5 = 1 - spikes

    d_spikes = d_output
    d_spikes = d_spikes + (d_v * v_reset - d_v * v_1)
    d_v_reset = d_v * spikes
    d_v = d_v * inner_5
    d_inner_3 = spike_fn_gradient(
        inner_3, numbers, quant_fn_gradient(inner_4, numbers, -1.0 * d_spikes)
    )
    d_v_threshold = d_inner_3
    d_v = d_v - d_inner_3
    d_inner_1 = d_v / tau
    d_x = d_inner_1
    d_v_reset = d_v_reset + d_inner_1
    d_tau = -1.0 * (d_v * (inner_2 / tau))
    d_v = d_v - d_inner_1

    return d_x, (d_tau, d_v_threshold, d_v_reset), (d_v,)
