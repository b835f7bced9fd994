# Generated from spec/zoo/peers/spikingjelly.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: ddfd04c1d37bd618
# KLIFScaled, leaky integrate-and-fire neuron of SpikingJelly with a trained factor that its reset divides by.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: 957a9a5657dad48e

import triton
import triton.language as tl

from tracetorch.sequence.triton.language import relu


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    tau, v_threshold, v_reset, k = parameters
    (noise_0,) = noise
    (v,) = states

    v = relu(k * (v + (x - (v - v_reset)) / tau))
    spikes = 1 - quant_fn(spike_fn(v_threshold - v, numbers), numbers, noise_0)
    v = spikes * v_reset + (1 - spikes) * v / k

    return spikes, (v,)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    tau, v_threshold, v_reset, k = parameters
    (noise_0,) = noise
    (v,) = states
    (d_v,) = d_states

    inner_1 = x - (v - v_reset)
    inner_2 = inner_1 / tau
    inner_3 = v + inner_2
    inner_4 = k * inner_3
    v_1 = relu(inner_4)
    inner_5 = v_threshold - v_1
    inner_6 = spike_fn(inner_5, numbers)
    spikes = 1 - quant_fn(inner_6, numbers, noise_0)
    inner_7 = 1 - spikes
    inner_8 = inner_7 * v_1
    inner_9 = inner_8 / k

    d_spikes = d_output
    d_inner_8 = d_v / k
    d_spikes = d_spikes + (d_v * v_reset - d_inner_8 * v_1)
    d_v_reset = d_v * spikes
    d_k = -1.0 * (d_v * (inner_9 / k))
    d_v = d_inner_8 * inner_7
    d_inner_5 = spike_fn_gradient(
        inner_5, numbers, quant_fn_gradient(inner_6, numbers, -1.0 * d_spikes)
    )
    d_v_threshold = d_inner_5
    d_v = d_v - d_inner_5
    d_inner_4 = tl.where(v_1 <= 0, 0, d_v)
    d_inner_3 = d_inner_4 * k
    d_inner_1 = d_inner_3 / tau
    d_k = d_k + d_inner_4 * inner_3
    d_x = d_inner_1
    d_v_reset = d_v_reset + d_inner_1
    d_tau = -1.0 * (d_inner_3 * (inner_2 / tau))
    d_v = d_inner_3 - d_inner_1

    return d_x, (d_tau, d_v_threshold, d_v_reset, d_k), (d_v,)
