# Generated from spec/zoo/peers/sinabs.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 86f79b2bcdd9ab08
# IAFSingle, integrate-and-fire neuron of Sinabs with one spike per timestep.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: c1f7bc5ca56f56b7

import triton
import triton.language as tl  # noqa: F401, triton.jit requires it


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    (spike_threshold,) = parameters
    (noise_0,) = noise
    (v_mem,) = states

    v_mem = v_mem + x
    spikes = 1 - quant_fn(spike_fn(1 - v_mem / spike_threshold, numbers), numbers, noise_0)
    v_mem = v_mem - spikes * spike_threshold

    return spikes, (v_mem,)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    (spike_threshold,) = parameters
    (noise_0,) = noise
    (v_mem,) = states
    (d_v_mem,) = d_states

    v_mem_1 = v_mem + x
    inner_1 = v_mem_1 / spike_threshold
    inner_2 = 1 - inner_1
    inner_3 = spike_fn(inner_2, numbers)
    spikes = 1 - quant_fn(inner_3, numbers, noise_0)

    d_spikes = d_output
    d_spikes = d_spikes - d_v_mem * spike_threshold
    d_spike_threshold = -1.0 * (d_v_mem * spikes)
    d_inner_1 = -1.0 * spike_fn_gradient(
        inner_2, numbers, quant_fn_gradient(inner_3, numbers, -1.0 * d_spikes)
    )
    d_v_mem = d_v_mem + d_inner_1 / spike_threshold
    d_spike_threshold = d_spike_threshold - d_inner_1 * (inner_1 / spike_threshold)
    d_x = d_v_mem

    return d_x, (d_spike_threshold,), (d_v_mem,)
