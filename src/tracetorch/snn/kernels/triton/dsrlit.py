# Generated from spec/snn.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: b6d75e58ec99f9c1
# DSRLIT, dual synaptic recurrent leaky integrator with ternary firing.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: 0da952a65810e8ca

import triton
import triton.language as tl  # noqa: F401, triton.jit requires it

from tracetorch.sequence.triton.language import (
    negative,
    negative_gradient,
    positive,
    positive_gradient,
)


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    (
        pos_alpha,
        neg_alpha,
        pos_beta,
        neg_beta,
        pos_gamma,
        neg_gamma,
        pos_threshold,
        neg_threshold,
        bias,
        pos_rec_weight,
        neg_rec_weight,
    ) = parameters
    noise_0, noise_1 = noise
    pos_syn, neg_syn, pos_rec, neg_rec, prev_output, pos_mem, neg_mem = states

    pos_syn = pos_alpha * pos_syn + (1 - pos_alpha) * positive(x)
    neg_syn = neg_alpha * neg_syn + (1 - neg_alpha) * negative(x)
    syn = pos_syn + neg_syn
    pos_rec = pos_gamma * pos_rec + (1 - pos_gamma) * positive(prev_output)
    neg_rec = neg_gamma * neg_rec + (1 - neg_gamma) * negative(prev_output)
    rec = pos_rec + neg_rec
    pos_mem = pos_beta * pos_mem + positive(syn) + pos_rec_weight * positive(rec)
    neg_mem = neg_beta * neg_mem + negative(syn) + neg_rec_weight * negative(rec)
    mem = pos_mem + neg_mem
    pos_spikes = quant_fn(spike_fn(mem - pos_threshold + bias, numbers), numbers, noise_0)
    neg_spikes = -1.0 * quant_fn(
        spike_fn(-1.0 * mem - neg_threshold - bias, numbers), numbers, noise_1
    )
    reset = pos_spikes * pos_threshold + neg_spikes * neg_threshold
    pos_mem = pos_mem - 0.5 * reset
    neg_mem = neg_mem - 0.5 * reset
    output = pos_spikes + neg_spikes
    prev_output = output

    return output, (pos_syn, neg_syn, pos_rec, neg_rec, prev_output, pos_mem, neg_mem)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    (
        pos_alpha,
        neg_alpha,
        pos_beta,
        neg_beta,
        pos_gamma,
        neg_gamma,
        pos_threshold,
        neg_threshold,
        bias,
        pos_rec_weight,
        neg_rec_weight,
    ) = parameters
    noise_0, noise_1 = noise
    pos_syn, neg_syn, pos_rec, neg_rec, prev_output, pos_mem, neg_mem = states
    d_pos_syn, d_neg_syn, d_pos_rec, d_neg_rec, d_prev_output, d_pos_mem, d_neg_mem = d_states

    inner_1 = positive(x)
    inner_2 = 1 - pos_alpha
    pos_syn_1 = pos_alpha * pos_syn + inner_2 * inner_1
    inner_3 = negative(x)
    inner_4 = 1 - neg_alpha
    neg_syn_1 = neg_alpha * neg_syn + inner_4 * inner_3
    syn = pos_syn_1 + neg_syn_1
    inner_5 = positive(prev_output)
    inner_6 = 1 - pos_gamma
    pos_rec_1 = pos_gamma * pos_rec + inner_6 * inner_5
    inner_7 = negative(prev_output)
    inner_8 = 1 - neg_gamma
    neg_rec_1 = neg_gamma * neg_rec + inner_8 * inner_7
    rec = pos_rec_1 + neg_rec_1
    inner_9 = positive(rec)
    pos_mem_1 = pos_beta * pos_mem + positive(syn) + pos_rec_weight * inner_9
    inner_10 = negative(rec)
    neg_mem_1 = neg_beta * neg_mem + negative(syn) + neg_rec_weight * inner_10
    mem = pos_mem_1 + neg_mem_1
    inner_11 = mem - pos_threshold + bias
    inner_12 = spike_fn(inner_11, numbers)
    pos_spikes = quant_fn(inner_12, numbers, noise_0)
    inner_13 = -1.0 * mem - neg_threshold - bias
    inner_14 = spike_fn(inner_13, numbers)
    neg_spikes = -1.0 * quant_fn(inner_14, numbers, noise_1)

    d_output = d_output + d_prev_output
    d_pos_spikes = d_output
    d_neg_spikes = d_output
    d_reset = -1.0 * (d_neg_mem * 0.5)
    d_reset = d_reset - d_pos_mem * 0.5
    d_pos_spikes = d_pos_spikes + d_reset * pos_threshold
    d_pos_threshold = d_reset * pos_spikes
    d_neg_spikes = d_neg_spikes + d_reset * neg_threshold
    d_neg_threshold = d_reset * neg_spikes
    d_inner_13 = spike_fn_gradient(
        inner_13, numbers, quant_fn_gradient(inner_14, numbers, -1.0 * d_neg_spikes)
    )
    d_mem = -1.0 * d_inner_13
    d_neg_threshold = d_neg_threshold - d_inner_13
    d_bias = -1.0 * d_inner_13
    d_inner_11 = spike_fn_gradient(
        inner_11, numbers, quant_fn_gradient(inner_12, numbers, d_pos_spikes)
    )
    d_mem = d_mem + d_inner_11
    d_pos_threshold = d_pos_threshold - d_inner_11
    d_bias = d_bias + d_inner_11
    d_pos_mem = d_pos_mem + d_mem
    d_neg_mem = d_neg_mem + d_mem
    d_neg_beta = d_neg_mem * neg_mem
    d_syn = negative_gradient(syn, d_neg_mem)
    d_neg_rec_weight = d_neg_mem * inner_10
    d_rec = negative_gradient(rec, d_neg_mem * neg_rec_weight)
    d_neg_mem = d_neg_mem * neg_beta
    d_pos_beta = d_pos_mem * pos_mem
    d_syn = d_syn + positive_gradient(syn, d_pos_mem)
    d_pos_rec_weight = d_pos_mem * inner_9
    d_rec = d_rec + positive_gradient(rec, d_pos_mem * pos_rec_weight)
    d_pos_mem = d_pos_mem * pos_beta
    d_pos_rec = d_pos_rec + d_rec
    d_neg_rec = d_neg_rec + d_rec
    d_neg_gamma = d_neg_rec * neg_rec - d_neg_rec * inner_7
    d_prev_output = negative_gradient(prev_output, d_neg_rec * inner_8)
    d_neg_rec = d_neg_rec * neg_gamma
    d_pos_gamma = d_pos_rec * pos_rec - d_pos_rec * inner_5
    d_prev_output = d_prev_output + positive_gradient(prev_output, d_pos_rec * inner_6)
    d_pos_rec = d_pos_rec * pos_gamma
    d_pos_syn = d_pos_syn + d_syn
    d_neg_syn = d_neg_syn + d_syn
    d_neg_alpha = d_neg_syn * neg_syn - d_neg_syn * inner_3
    d_x = negative_gradient(x, d_neg_syn * inner_4)
    d_neg_syn = d_neg_syn * neg_alpha
    d_pos_alpha = d_pos_syn * pos_syn - d_pos_syn * inner_1
    d_x = d_x + positive_gradient(x, d_pos_syn * inner_2)
    d_pos_syn = d_pos_syn * pos_alpha

    return (
        d_x,
        (
            d_pos_alpha,
            d_neg_alpha,
            d_pos_beta,
            d_neg_beta,
            d_pos_gamma,
            d_neg_gamma,
            d_pos_threshold,
            d_neg_threshold,
            d_bias,
            d_pos_rec_weight,
            d_neg_rec_weight,
        ),
        (d_pos_syn, d_neg_syn, d_pos_rec, d_neg_rec, d_prev_output, d_pos_mem, d_neg_mem),
    )
