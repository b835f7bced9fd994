# Generated from spec/zoo/peers/spikingjelly.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 7734a0468cae88ef
# IFDetached, integrate-and-fire neuron of SpikingJelly without a gradient through its reset.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: 6e9b35430dc9d94b

import triton
import triton.language as tl  # noqa: F401, triton.jit requires it


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    v_threshold, v_reset = parameters
    (noise_0,) = noise
    (v,) = states

    v = v + x
    spikes = 1 - quant_fn(spike_fn(v_threshold - v, numbers), numbers, noise_0)
    v = (spikes) * v_reset + (1 - (spikes)) * v

    return spikes, (v,)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    v_threshold, _ = parameters
    (noise_0,) = noise
    (v,) = states
    (d_v,) = d_states

    v_1 = v + x
    inner_1 = v_threshold - v_1
    inner_2 = spike_fn(inner_1, numbers)
    spikes = 1 - quant_fn(inner_2, numbers, noise_0)
    inner_3 = spikes
    inner_4 = 1 - inner_3

    d_spikes = d_output
    d_v_reset = d_v * inner_3
    d_v = d_v * inner_4
    d_inner_1 = spike_fn_gradient(
        inner_1, numbers, quant_fn_gradient(inner_2, numbers, -1.0 * d_spikes)
    )
    d_v_threshold = d_inner_1
    d_v = d_v - d_inner_1
    d_x = d_v

    return d_x, (d_v_threshold, d_v_reset), (d_v,)
