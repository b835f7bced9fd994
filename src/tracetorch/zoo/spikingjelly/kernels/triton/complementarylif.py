# Generated from spec/zoo/peers/spikingjelly.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: eb3a49f91a481381
# ComplementaryLIF, complementary leaky integrate-and-fire neuron of SpikingJelly.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: 5cb6e19f9b1ba41e

import triton
import triton.language as tl  # noqa: F401, triton.jit requires it

from tracetorch.sequence.triton.language import sigmoid


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    tau, v_threshold = parameters
    (noise_0,) = noise
    v, m = states

    v = v - v / tau + x
    spikes = 1 - quant_fn(spike_fn(v_threshold - v, numbers), numbers, noise_0)
    m = m * sigmoid(v / tau) + spikes
    v = v - spikes * (v_threshold + sigmoid(m))

    return spikes, (v, m)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    tau, v_threshold = parameters
    (noise_0,) = noise
    v, m = states
    d_v, d_m = d_states

    inner_1 = v / tau
    v_1 = v - inner_1 + x
    inner_2 = v_threshold - v_1
    inner_3 = spike_fn(inner_2, numbers)
    spikes = 1 - quant_fn(inner_3, numbers, noise_0)
    inner_4 = v_1 / tau
    inner_5 = sigmoid(inner_4)
    m_1 = m * inner_5 + spikes
    inner_6 = sigmoid(m_1)
    inner_7 = v_threshold + inner_6

    d_spikes = d_output
    d_inner_7 = -1.0 * (d_v * spikes)
    d_spikes = d_spikes - d_v * inner_7
    d_v_threshold = d_inner_7
    d_m = d_m + d_inner_7 * (1 - inner_6) * inner_6
    d_inner_4 = d_m * m * (1 - inner_5) * inner_5
    d_v = d_v + d_inner_4 / tau
    d_tau = -1.0 * (d_inner_4 * (inner_4 / tau))
    d_spikes = d_spikes + d_m
    d_m = d_m * inner_5
    d_inner_2 = spike_fn_gradient(
        inner_2, numbers, quant_fn_gradient(inner_3, numbers, -1.0 * d_spikes)
    )
    d_v_threshold = d_v_threshold + d_inner_2
    d_v = d_v - d_inner_2
    d_tau = d_tau + -1.0 * (-1.0 * d_v) * (inner_1 / tau)
    d_x = d_v
    d_v = d_v - d_v / tau

    return d_x, (d_tau, d_v_threshold), (d_v, d_m)
