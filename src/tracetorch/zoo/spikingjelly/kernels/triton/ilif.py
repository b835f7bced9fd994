# Generated from spec/zoo/peers/spikingjelly.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: b1a2d9b130f1e098
# ILIF, integer leaky integrate-and-fire neuron of SpikingJelly.
# One timestep of a block of neurons.
# quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: 9fdeaaeaf106f74f

import triton
import triton.language as tl

from tracetorch.sequence.triton.language import maximum, minimum


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    tau, v_threshold, max_spike_count = parameters
    (noise_0,) = noise
    (v,) = states

    v = v - v / tau + x
    spikes = quant_fn(minimum(maximum(v / v_threshold, 0), max_spike_count), numbers, noise_0)
    v = v - spikes * v_threshold

    return spikes, (v,)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    tau, v_threshold, max_spike_count = parameters
    (noise_0,) = noise
    (v,) = states
    (d_v,) = d_states

    inner_1 = v / tau
    v_1 = v - inner_1 + x
    inner_2 = v_1 / v_threshold
    inner_3 = maximum(inner_2, 0)
    inner_4 = minimum(inner_3, max_spike_count)
    spikes = quant_fn(inner_4, numbers, noise_0)

    d_spikes = d_output
    d_spikes = d_spikes - d_v * v_threshold
    d_v_threshold = -1.0 * (d_v * spikes)
    d_inner_4 = quant_fn_gradient(inner_4, numbers, d_spikes)
    d_inner_2 = tl.where(inner_2 >= 0, tl.where(inner_3 <= max_spike_count, d_inner_4, 0), 0)
    d_v = d_v + d_inner_2 / v_threshold
    d_v_threshold = d_v_threshold - d_inner_2 * (inner_2 / v_threshold)
    d_max_spike_count = tl.where(inner_3 > max_spike_count, d_inner_4, 0)
    d_tau = -1.0 * (-1.0 * d_v) * (inner_1 / tau)
    d_x = d_v
    d_v = d_v - d_v / tau

    return d_x, (d_tau, d_v_threshold, d_max_spike_count), (d_v,)
