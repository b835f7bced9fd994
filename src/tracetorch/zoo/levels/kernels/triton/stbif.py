# Generated from spec/zoo/levels.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: f2c37519f4823c56
# STBIF, bipolar integrate-and-fire neuron with a spike tracer.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: 62e14cfdf7eea8ef

import triton
import triton.language as tl


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    threshold, most, least = parameters
    noise_0, noise_1 = noise
    mem, tracer = states

    mem = mem + x / threshold
    pos_spikes = (1 - quant_fn(spike_fn(1 - mem, numbers), numbers, noise_0)) * (tracer < most).to(
        x.dtype
    )
    neg_spikes = quant_fn(spike_fn(-1.0 * mem, numbers), numbers, noise_1) * (tracer > least).to(
        x.dtype
    )
    spikes = pos_spikes - neg_spikes
    mem = mem - spikes
    tracer = tracer + spikes
    output = spikes * threshold

    return output, (mem, tracer)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    threshold, most, least = parameters
    noise_0, noise_1 = noise
    mem, tracer = states
    d_mem, d_tracer = d_states

    inner_1 = x / threshold
    mem_1 = mem + inner_1
    inner_2 = (tracer < most).to(x.dtype)
    inner_3 = 1 - mem_1
    inner_4 = spike_fn(inner_3, numbers)
    pos_spikes = (1 - quant_fn(inner_4, numbers, noise_0)) * inner_2
    inner_5 = (tracer > least).to(x.dtype)
    inner_6 = spike_fn(-1.0 * mem_1, numbers)
    neg_spikes = quant_fn(inner_6, numbers, noise_1) * inner_5
    spikes = pos_spikes - neg_spikes

    d_spikes = d_output * threshold
    d_threshold = d_output * spikes
    d_spikes = d_spikes + d_tracer
    d_spikes = d_spikes - d_mem
    d_pos_spikes = d_spikes
    d_neg_spikes = -1.0 * d_spikes
    d_mem = d_mem - spike_fn_gradient(
        -1.0 * mem_1, numbers, quant_fn_gradient(inner_6, numbers, d_neg_spikes * inner_5)
    )
    d_mem = d_mem - spike_fn_gradient(
        inner_3, numbers, quant_fn_gradient(inner_4, numbers, -1.0 * (d_pos_spikes * inner_2))
    )
    d_x = d_mem / threshold
    d_threshold = d_threshold - d_mem * (inner_1 / threshold)

    return d_x, (d_threshold, tl.zeros_like(x), tl.zeros_like(x)), (d_mem, d_tracer)
