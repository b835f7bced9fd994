# Generated from spec/snn.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 6076b3d58eaa58b5
# SRLIT, synaptic recurrent leaky integrator with ternary firing.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: 0277be87cf912136

import triton
import triton.language as tl  # noqa: F401, triton.jit requires it


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    alpha, beta, gamma, pos_threshold, neg_threshold, bias, rec_weight = parameters
    noise_0, noise_1 = noise
    syn, rec, prev_output, mem = states

    syn = alpha * syn + (1 - alpha) * x
    rec = gamma * rec + (1 - gamma) * prev_output
    mem = beta * mem + syn + rec_weight * rec
    pos_spikes = quant_fn(spike_fn(mem - pos_threshold + bias, numbers), numbers, noise_0)
    neg_spikes = -1.0 * quant_fn(
        spike_fn(-1.0 * mem - neg_threshold - bias, numbers), numbers, noise_1
    )
    mem = mem - pos_spikes * pos_threshold - neg_spikes * neg_threshold
    output = pos_spikes + neg_spikes
    prev_output = output

    return output, (syn, rec, prev_output, mem)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    alpha, beta, gamma, pos_threshold, neg_threshold, bias, rec_weight = parameters
    noise_0, noise_1 = noise
    syn, rec, prev_output, mem = states
    d_syn, d_rec, d_prev_output, d_mem = d_states

    inner_1 = 1 - alpha
    syn_1 = alpha * syn + inner_1 * x
    inner_2 = 1 - gamma
    rec_1 = gamma * rec + inner_2 * prev_output
    mem_1 = beta * mem + syn_1 + rec_weight * rec_1
    inner_3 = mem_1 - pos_threshold + bias
    inner_4 = spike_fn(inner_3, numbers)
    pos_spikes = quant_fn(inner_4, numbers, noise_0)
    inner_5 = -1.0 * mem_1 - neg_threshold - bias
    inner_6 = spike_fn(inner_5, numbers)
    neg_spikes = -1.0 * quant_fn(inner_6, numbers, noise_1)

    d_output = d_output + d_prev_output
    d_pos_spikes = d_output
    d_neg_spikes = d_output
    d_pos_spikes = d_pos_spikes - d_mem * pos_threshold
    d_pos_threshold = -1.0 * (d_mem * pos_spikes)
    d_neg_spikes = d_neg_spikes - d_mem * neg_threshold
    d_neg_threshold = -1.0 * (d_mem * neg_spikes)
    d_inner_5 = spike_fn_gradient(
        inner_5, numbers, quant_fn_gradient(inner_6, numbers, -1.0 * d_neg_spikes)
    )
    d_mem = d_mem - d_inner_5
    d_neg_threshold = d_neg_threshold - d_inner_5
    d_bias = -1.0 * d_inner_5
    d_inner_3 = spike_fn_gradient(
        inner_3, numbers, quant_fn_gradient(inner_4, numbers, d_pos_spikes)
    )
    d_mem = d_mem + d_inner_3
    d_pos_threshold = d_pos_threshold - d_inner_3
    d_bias = d_bias + d_inner_3
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
        (d_alpha, d_beta, d_gamma, d_pos_threshold, d_neg_threshold, d_bias, d_rec_weight),
        (d_syn, d_rec, d_prev_output, d_mem),
    )
