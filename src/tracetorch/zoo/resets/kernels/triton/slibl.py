# Generated from spec/zoo/resets.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: ecdb14845d907b65
# SLIBL, synaptic leaky integrator with binary firing and a late reset.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: 1d64da76c5988b39

import triton
import triton.language as tl


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    alpha, beta, threshold, bias = parameters
    (noise_0,) = noise
    syn, mem, prev_output = states

    syn = alpha * syn + (1 - alpha) * x
    mem = beta * mem + (syn - (prev_output) * threshold)
    spikes = quant_fn(spike_fn(mem - threshold + bias, numbers), numbers, noise_0)
    prev_output = spikes

    return spikes, (syn, mem, prev_output)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    alpha, beta, threshold, bias = parameters
    syn, mem, prev_output = states
    d_syn, d_mem, d_prev_output = d_states

    inner_1 = 1 - alpha
    syn_1 = alpha * syn + inner_1 * x
    inner_2 = prev_output
    mem_1 = beta * mem + (syn_1 - inner_2 * threshold)
    inner_3 = mem_1 - threshold + bias
    inner_4 = spike_fn(inner_3, numbers)

    d_spikes = d_output
    d_spikes = d_spikes + d_prev_output
    d_inner_3 = spike_fn_gradient(inner_3, numbers, quant_fn_gradient(inner_4, numbers, d_spikes))
    d_mem = d_mem + d_inner_3
    d_threshold = -1.0 * d_inner_3
    d_bias = d_inner_3
    d_beta = d_mem * mem
    d_syn = d_syn + d_mem
    d_threshold = d_threshold - d_mem * inner_2
    d_mem = d_mem * beta
    d_alpha = d_syn * syn - d_syn * x
    d_x = d_syn * inner_1
    d_syn = d_syn * alpha

    return d_x, (d_alpha, d_beta, d_threshold, d_bias), (d_syn, d_mem, tl.zeros_like(x))
