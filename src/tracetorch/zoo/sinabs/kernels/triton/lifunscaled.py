# Generated from spec/zoo/peers/sinabs.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 52676467f5f0ca38
# LIFUnscaled, leaky integrate-and-fire neuron of Sinabs without scaled input.
# One timestep of a block of neurons.
# spike_fn and their gradients are set when this file is loaded.
# Digest of the timestep: ef9fde62e6088397

import triton
import triton.language as tl

from tracetorch.sequence.triton.language import maximum, straight_through


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    tau_mem, spike_threshold = parameters
    (v_mem,) = states

    v_mem = tl.exp(-1 / tau_mem) * v_mem + x
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
    tau_mem, spike_threshold = parameters
    (v_mem,) = states
    (d_v_mem,) = d_states

    inner_1 = -1 / tau_mem
    inner_2 = tl.exp(inner_1)
    v_mem_1 = inner_2 * v_mem + x
    inner_3 = v_mem_1 / spike_threshold
    inner_4 = inner_3 - 1
    spikes = straight_through(tl.floor(maximum(inner_3, 0)), spike_fn(inner_4, numbers))

    d_spikes = d_output
    d_spikes = d_spikes - d_v_mem * spike_threshold
    d_spike_threshold = -1.0 * (d_v_mem * spikes)
    d_inner_3 = spike_fn_gradient(inner_4, numbers, d_spikes)
    d_v_mem = d_v_mem + d_inner_3 / spike_threshold
    d_spike_threshold = d_spike_threshold - d_inner_3 * (inner_3 / spike_threshold)
    d_tau_mem = -1.0 * (d_v_mem * v_mem * inner_2 * (inner_1 / tau_mem))
    d_x = d_v_mem
    d_v_mem = d_v_mem * inner_2

    return d_x, (d_tau_mem, d_spike_threshold), (d_v_mem,)
