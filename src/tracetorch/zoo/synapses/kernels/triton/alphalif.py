# Generated from spec/zoo/synapses.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 8cb35a864a895874
# AlphaLIF, leaky integrate-and-fire neuron with an alpha synapse.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: 7839e3d79ed74e21

import triton
import triton.language as tl  # noqa: F401, triton.jit requires it


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    beta, threshold, fall = parameters
    (noise_0,) = noise
    onset, current, mem = states

    onset = fall * onset + x
    current = fall * current + onset
    mem = beta * mem + (1 - fall) * (1 - fall) * current
    spikes = quant_fn(spike_fn(mem - threshold, numbers), numbers, noise_0)
    mem = mem - spikes * threshold

    return spikes, (onset, current, mem)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    beta, threshold, fall = parameters
    (noise_0,) = noise
    onset, current, mem = states
    d_onset, d_current, d_mem = d_states

    onset_1 = fall * onset + x
    current_1 = fall * current + onset_1
    inner_1 = 1 - fall
    inner_2 = inner_1 * inner_1
    mem_1 = beta * mem + inner_2 * current_1
    inner_3 = mem_1 - threshold
    inner_4 = spike_fn(inner_3, numbers)
    spikes = quant_fn(inner_4, numbers, noise_0)

    d_spikes = d_output
    d_spikes = d_spikes - d_mem * threshold
    d_threshold = -1.0 * (d_mem * spikes)
    d_inner_3 = spike_fn_gradient(inner_3, numbers, quant_fn_gradient(inner_4, numbers, d_spikes))
    d_mem = d_mem + d_inner_3
    d_threshold = d_threshold - d_inner_3
    d_inner_2 = d_mem * current_1
    d_beta = d_mem * mem
    d_fall = -1.0 * (d_inner_2 * inner_1) - d_inner_2 * inner_1
    d_current = d_current + d_mem * inner_2
    d_mem = d_mem * beta
    d_fall = d_fall + d_current * current
    d_onset = d_onset + d_current
    d_current = d_current * fall
    d_fall = d_fall + d_onset * onset
    d_x = d_onset
    d_onset = d_onset * fall

    return d_x, (d_beta, d_threshold, d_fall), (d_onset, d_current, d_mem)
