# Generated from spec/zoo/peers/snntorch.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: e273ed6e77dee530
# SynapticZero, synaptic leaky integrate-and-fire neuron of snnTorch with a reset to zero.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: 7a1dbe84e0a95a60

import triton
import triton.language as tl  # noqa: F401, triton.jit requires it


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    alpha, beta, threshold = parameters
    (noise_0,) = noise
    syn, mem = states

    reset = (mem > threshold).to(x.dtype)
    syn = alpha * syn + x
    mem = (1 - reset) * (beta * mem + syn)
    spikes = quant_fn(spike_fn(mem - threshold, numbers), numbers, noise_0)

    return spikes, (syn, mem)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    alpha, beta, threshold = parameters
    syn, mem = states
    d_syn, d_mem = d_states

    reset = (mem > threshold).to(x.dtype)
    syn_1 = alpha * syn + x
    inner_1 = beta * mem + syn_1
    inner_2 = 1 - reset
    mem_1 = inner_2 * inner_1
    inner_3 = mem_1 - threshold
    inner_4 = spike_fn(inner_3, numbers)

    d_spikes = d_output
    d_inner_3 = spike_fn_gradient(inner_3, numbers, quant_fn_gradient(inner_4, numbers, d_spikes))
    d_mem = d_mem + d_inner_3
    d_threshold = -1.0 * d_inner_3
    d_inner_1 = d_mem * inner_2
    d_beta = d_inner_1 * mem
    d_syn = d_syn + d_inner_1
    d_mem = d_inner_1 * beta
    d_alpha = d_syn * syn
    d_x = d_syn
    d_syn = d_syn * alpha

    return d_x, (d_alpha, d_beta, d_threshold), (d_syn, d_mem)
