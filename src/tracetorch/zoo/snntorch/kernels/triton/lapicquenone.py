# Generated from spec/zoo/peers/snntorch.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 1a0bd27841f1fdd6
# LapicqueNone, Lapicque neuron of snnTorch without a reset.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: 70979b70aa95d3a1

import triton
import triton.language as tl  # noqa: F401, triton.jit requires it


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    threshold, R, C, time_step = parameters
    (noise_0,) = noise
    (mem,) = states

    mem = time_step / C * x + (1 - time_step / (R * C)) * mem
    spikes = quant_fn(spike_fn(mem - threshold, numbers), numbers, noise_0)

    return spikes, (mem,)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    threshold, R, C, time_step = parameters
    (mem,) = states
    (d_mem,) = d_states

    inner_1 = R * C
    inner_2 = time_step / inner_1
    inner_3 = 1 - inner_2
    inner_4 = time_step / C
    mem_1 = inner_4 * x + inner_3 * mem
    inner_5 = mem_1 - threshold
    inner_6 = spike_fn(inner_5, numbers)

    d_spikes = d_output
    d_inner_5 = spike_fn_gradient(inner_5, numbers, quant_fn_gradient(inner_6, numbers, d_spikes))
    d_mem = d_mem + d_inner_5
    d_threshold = -1.0 * d_inner_5
    d_inner_4 = d_mem * x
    d_inner_2 = -1.0 * (d_mem * mem)
    d_inner_1 = -1.0 * (d_inner_2 * (inner_2 / inner_1))
    d_time_step = d_inner_4 / C + d_inner_2 / inner_1
    d_C = d_inner_1 * R - d_inner_4 * (inner_4 / C)
    d_x = d_mem * inner_4
    d_R = d_inner_1 * C
    d_mem = d_mem * inner_3

    return d_x, (d_threshold, d_R, d_C, d_time_step), (d_mem,)
