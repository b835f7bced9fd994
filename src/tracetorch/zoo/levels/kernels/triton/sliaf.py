# Generated from spec/zoo/levels.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: dceaa3c8a4177d31
# SLIAF, synaptic leaky integrator with binary reset and analog output.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: 7b684f43c31362d4

import triton
import triton.language as tl

from tracetorch.sequence.triton.language import relu


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    alpha, beta, threshold, bias = parameters
    (noise_0,) = noise
    syn, mem = states

    syn = alpha * syn + (1 - alpha) * x
    mem = beta * mem + syn
    analog = relu(mem)
    spikes = quant_fn(spike_fn(mem - threshold + bias, numbers), numbers, noise_0)
    mem = mem - spikes * threshold

    return analog, (syn, mem)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    alpha, beta, threshold, bias = parameters
    (noise_0,) = noise
    syn, mem = states
    d_syn, d_mem = d_states

    inner_1 = 1 - alpha
    syn_1 = alpha * syn + inner_1 * x
    mem_1 = beta * mem + syn_1
    analog = relu(mem_1)
    inner_2 = mem_1 - threshold + bias
    inner_3 = spike_fn(inner_2, numbers)
    spikes = quant_fn(inner_3, numbers, noise_0)

    d_analog = d_output
    d_spikes = -1.0 * (d_mem * threshold)
    d_threshold = -1.0 * (d_mem * spikes)
    d_inner_2 = spike_fn_gradient(inner_2, numbers, quant_fn_gradient(inner_3, numbers, d_spikes))
    d_mem = d_mem + d_inner_2
    d_threshold = d_threshold - d_inner_2
    d_bias = d_inner_2
    d_mem = d_mem + tl.where(analog <= 0, 0, d_analog)
    d_beta = d_mem * mem
    d_syn = d_syn + d_mem
    d_mem = d_mem * beta
    d_alpha = d_syn * syn - d_syn * x
    d_x = d_syn * inner_1
    d_syn = d_syn * alpha

    return d_x, (d_alpha, d_beta, d_threshold, d_bias), (d_syn, d_mem)
