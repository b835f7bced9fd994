# Generated from spec/zoo/peers/sinabs.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 76bfb66571a07b25
# IAF, integrate-and-fire neuron of Sinabs.
# One timestep of a block of neurons.
# spike_fn and their gradients are set when this file is loaded.
# Digest of the timestep: ea377616b56d4b62

import triton
import triton.language as tl

from tracetorch.sequence.triton.language import maximum, straight_through


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    (spike_threshold,) = parameters
    (v_mem,) = states

    v_mem = v_mem + x
    spikes = straight_through(
        tl.floor(maximum(v_mem / spike_threshold, 0)),
        spike_fn(v_mem / spike_threshold - 1, numbers),
    )
    v_mem = v_mem - spikes * spike_threshold

    return spikes, (v_mem,)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    (spike_threshold,) = parameters
    (v_mem,) = states
    (d_v_mem,) = d_states

    v_mem_1 = v_mem + x
    inner_1 = v_mem_1 / spike_threshold
    inner_2 = inner_1 - 1
    spikes = straight_through(tl.floor(maximum(inner_1, 0)), spike_fn(inner_2, numbers))

    d_spikes = d_output
    d_spikes = d_spikes - d_v_mem * spike_threshold
    d_spike_threshold = -1.0 * (d_v_mem * spikes)
    d_inner_1 = spike_fn_gradient(inner_2, numbers, d_spikes)
    d_v_mem = d_v_mem + d_inner_1 / spike_threshold
    d_spike_threshold = d_spike_threshold - d_inner_1 * (inner_1 / spike_threshold)
    d_x = d_v_mem

    return d_x, (d_spike_threshold,), (d_v_mem,)
