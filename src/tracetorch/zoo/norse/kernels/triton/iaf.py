# Generated from spec/zoo/peers/norse.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 080a94ade2404d46
# IAF, integrate-and-fire neuron of Norse.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: b8c5a020268cba85

import triton
import triton.language as tl  # noqa: F401, triton.jit requires it


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    v_th, v_reset = parameters
    (noise_0,) = noise
    (v,) = states

    v = v + x
    spikes = quant_fn(spike_fn(v - v_th, numbers), numbers, noise_0)
    v = (1 - spikes) * v + spikes * v_reset

    return spikes, (v,)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    v_th, v_reset = parameters
    (noise_0,) = noise
    (v,) = states
    (d_v,) = d_states

    v_1 = v + x
    inner_1 = v_1 - v_th
    inner_2 = spike_fn(inner_1, numbers)
    spikes = quant_fn(inner_2, numbers, noise_0)
    inner_3 = 1 - spikes

    d_spikes = d_output
    d_spikes = d_spikes + (d_v * v_reset - d_v * v_1)
    d_v_reset = d_v * spikes
    d_v = d_v * inner_3
    d_inner_1 = spike_fn_gradient(inner_1, numbers, quant_fn_gradient(inner_2, numbers, d_spikes))
    d_v = d_v + d_inner_1
    d_v_th = -1.0 * d_inner_1
    d_x = d_v

    return d_x, (d_v_th, d_v_reset), (d_v,)
