# Generated from spec/zoo/charging.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: b3d1175aad5875d7
# SPLIF, synaptic parametric leaky integrate-and-fire neuron.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: 31073324ba9e326e

import triton
import triton.language as tl  # noqa: F401, triton.jit requires it


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    alpha, threshold, rate = parameters
    (noise_0,) = noise
    syn, mem = states

    syn = alpha * syn + (1 - alpha) * x
    mem = mem + (syn - mem) * rate
    spikes = quant_fn(spike_fn(mem - threshold, numbers), numbers, noise_0)
    mem = mem - spikes * mem

    return spikes, (syn, mem)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    alpha, threshold, rate = parameters
    (noise_0,) = noise
    syn, mem = states
    d_syn, d_mem = d_states

    inner_1 = 1 - alpha
    syn_1 = alpha * syn + inner_1 * x
    inner_2 = syn_1 - mem
    mem_1 = mem + inner_2 * rate
    inner_3 = mem_1 - threshold
    inner_4 = spike_fn(inner_3, numbers)
    spikes = quant_fn(inner_4, numbers, noise_0)

    d_spikes = d_output
    d_spikes = d_spikes - d_mem * mem_1
    d_mem = d_mem - d_mem * spikes
    d_inner_3 = spike_fn_gradient(inner_3, numbers, quant_fn_gradient(inner_4, numbers, d_spikes))
    d_mem = d_mem + d_inner_3
    d_threshold = -1.0 * d_inner_3
    d_inner_2 = d_mem * rate
    d_syn = d_syn + d_inner_2
    d_rate = d_mem * inner_2
    d_mem = d_mem - d_inner_2
    d_alpha = d_syn * syn - d_syn * x
    d_x = d_syn * inner_1
    d_syn = d_syn * alpha

    return d_x, (d_alpha, d_threshold, d_rate), (d_syn, d_mem)
