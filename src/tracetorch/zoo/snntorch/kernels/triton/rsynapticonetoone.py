# Generated from spec/zoo/peers/snntorch.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 5b08bf4db10df0ac
# RSynapticOneToOne, recurrent synaptic leaky integrate-and-fire neuron of snnTorch without connections between neurons.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: 1d019993decc7ad8

import triton
import triton.language as tl  # noqa: F401, triton.jit requires it


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    alpha, beta, threshold, V = parameters
    (noise_0,) = noise
    syn, mem, prev_output = states

    reset = (mem > threshold).to(x.dtype)
    syn = alpha * syn + x + V * prev_output
    mem = beta * mem + syn - reset * threshold
    spikes = quant_fn(spike_fn(mem - threshold, numbers), numbers, noise_0)
    prev_output = spikes

    return spikes, (syn, mem, prev_output)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    alpha, beta, threshold, V = parameters
    syn, mem, prev_output = states
    d_syn, d_mem, d_prev_output = d_states

    reset = (mem > threshold).to(x.dtype)
    syn_1 = alpha * syn + x + V * prev_output
    mem_1 = beta * mem + syn_1 - reset * threshold
    inner_1 = mem_1 - threshold
    inner_2 = spike_fn(inner_1, numbers)

    d_spikes = d_output
    d_spikes = d_spikes + d_prev_output
    d_inner_1 = spike_fn_gradient(inner_1, numbers, quant_fn_gradient(inner_2, numbers, d_spikes))
    d_mem = d_mem + d_inner_1
    d_threshold = -1.0 * d_inner_1
    d_beta = d_mem * mem
    d_syn = d_syn + d_mem
    d_threshold = d_threshold - d_mem * reset
    d_mem = d_mem * beta
    d_alpha = d_syn * syn
    d_x = d_syn
    d_V = d_syn * prev_output
    d_prev_output = d_syn * V
    d_syn = d_syn * alpha

    return d_x, (d_alpha, d_beta, d_threshold, d_V), (d_syn, d_mem, d_prev_output)
