# Generated from spec/zoo/resets.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: ec73d51ac480b377
# SLIBV, synaptic leaky integrator with binary firing and a hard reset to a learned value.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: b77a28b8f0a75308

import triton
import triton.language as tl  # noqa: F401, triton.jit requires it


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    alpha, beta, threshold, bias, rest = parameters
    (noise_0,) = noise
    syn, mem = states

    syn = alpha * syn + (1 - alpha) * x
    mem = beta * mem + syn
    spikes = quant_fn(spike_fn(mem - threshold + bias, numbers), numbers, noise_0)
    mem = mem - spikes * (mem - rest)

    return spikes, (syn, mem)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    alpha, beta, threshold, bias, rest = parameters
    (noise_0,) = noise
    syn, mem = states
    d_syn, d_mem = d_states

    inner_1 = 1 - alpha
    syn_1 = alpha * syn + inner_1 * x
    mem_1 = beta * mem + syn_1
    inner_2 = mem_1 - threshold + bias
    inner_3 = spike_fn(inner_2, numbers)
    spikes = quant_fn(inner_3, numbers, noise_0)
    inner_4 = mem_1 - rest

    d_spikes = d_output
    d_inner_4 = -1.0 * (d_mem * spikes)
    d_spikes = d_spikes - d_mem * inner_4
    d_rest = -1.0 * d_inner_4
    d_mem = d_mem + d_inner_4
    d_inner_2 = spike_fn_gradient(inner_2, numbers, quant_fn_gradient(inner_3, numbers, d_spikes))
    d_mem = d_mem + d_inner_2
    d_threshold = -1.0 * d_inner_2
    d_bias = d_inner_2
    d_beta = d_mem * mem
    d_syn = d_syn + d_mem
    d_mem = d_mem * beta
    d_alpha = d_syn * syn - d_syn * x
    d_x = d_syn * inner_1
    d_syn = d_syn * alpha

    return d_x, (d_alpha, d_beta, d_threshold, d_bias, d_rest), (d_syn, d_mem)
