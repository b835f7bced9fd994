# Generated from spec/snn.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: cad5a90958ee948b
# SRLIB, synaptic recurrent leaky integrator with binary firing.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: 8a416ca549eead9d

import triton
import triton.language as tl  # noqa: F401, triton.jit requires it


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    alpha, beta, gamma, threshold, bias, rec_weight = parameters
    (noise_0,) = noise
    syn, rec, prev_output, mem = states

    syn = alpha * syn + (1 - alpha) * x
    rec = gamma * rec + (1 - gamma) * prev_output
    mem = beta * mem + syn + rec_weight * rec
    spikes = quant_fn(spike_fn(mem - threshold + bias, numbers), numbers, noise_0)
    mem = mem - spikes * threshold
    prev_output = spikes

    return spikes, (syn, rec, prev_output, mem)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    alpha, beta, gamma, threshold, bias, rec_weight = parameters
    (noise_0,) = noise
    syn, rec, prev_output, mem = states
    d_syn, d_rec, d_prev_output, d_mem = d_states

    inner_1 = 1 - alpha
    syn_1 = alpha * syn + inner_1 * x
    inner_2 = 1 - gamma
    rec_1 = gamma * rec + inner_2 * prev_output
    mem_1 = beta * mem + syn_1 + rec_weight * rec_1
    inner_3 = mem_1 - threshold + bias
    inner_4 = spike_fn(inner_3, numbers)
    spikes = quant_fn(inner_4, numbers, noise_0)

    d_spikes = d_output
    d_spikes = d_spikes + d_prev_output
    d_spikes = d_spikes - d_mem * threshold
    d_threshold = -1.0 * (d_mem * spikes)
    d_inner_3 = spike_fn_gradient(inner_3, numbers, quant_fn_gradient(inner_4, numbers, d_spikes))
    d_mem = d_mem + d_inner_3
    d_threshold = d_threshold - d_inner_3
    d_bias = d_inner_3
    d_beta = d_mem * mem
    d_syn = d_syn + d_mem
    d_rec_weight = d_mem * rec_1
    d_rec = d_rec + d_mem * rec_weight
    d_mem = d_mem * beta
    d_gamma = d_rec * rec - d_rec * prev_output
    d_prev_output = d_rec * inner_2
    d_rec = d_rec * gamma
    d_alpha = d_syn * syn - d_syn * x
    d_x = d_syn * inner_1
    d_syn = d_syn * alpha

    return (
        d_x,
        (d_alpha, d_beta, d_gamma, d_threshold, d_bias, d_rec_weight),
        (d_syn, d_rec, d_prev_output, d_mem),
    )
