# Generated from spec/snn.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: e73e32325f44ba89
# DRLITS, dual recurrent leaky integrator with scaled ternary firing.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: e3bcf38750a562bd

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
        pos_beta,
        neg_beta,
        pos_gamma,
        neg_gamma,
        pos_threshold,
        neg_threshold,
        bias,
        pos_scale,
        neg_scale,
        pos_rec_weight,
        neg_rec_weight,
    ) = parameters
    noise_0, noise_1 = noise
    pos_rec, neg_rec, prev_output, pos_mem, neg_mem = states

    pos_rec = pos_gamma * pos_rec + (1 - pos_gamma) * positive(prev_output)
    neg_rec = neg_gamma * neg_rec + (1 - neg_gamma) * negative(prev_output)
    rec = pos_rec + neg_rec
    pos_mem = pos_beta * pos_mem + positive(x) + pos_rec_weight * positive(rec)
    neg_mem = neg_beta * neg_mem + negative(x) + neg_rec_weight * negative(rec)
    mem = pos_mem + neg_mem
    pos_spikes = quant_fn(spike_fn(mem - pos_threshold + bias, numbers), numbers, noise_0)
    neg_spikes = -1.0 * quant_fn(
        spike_fn(-1.0 * mem - neg_threshold - bias, numbers), numbers, noise_1
    )
    reset = pos_spikes * pos_threshold + neg_spikes * neg_threshold
    pos_mem = pos_mem - 0.5 * reset
    neg_mem = neg_mem - 0.5 * reset
    output = pos_spikes * pos_scale + neg_spikes * neg_scale
    prev_output = output

    return output, (pos_rec, neg_rec, prev_output, pos_mem, neg_mem)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    (
        pos_beta,
        neg_beta,
        pos_gamma,
        neg_gamma,
        pos_threshold,
        neg_threshold,
        bias,
        pos_scale,
        neg_scale,
        pos_rec_weight,
        neg_rec_weight,
    ) = parameters
    noise_0, noise_1 = noise
    pos_rec, neg_rec, prev_output, pos_mem, neg_mem = states
    d_pos_rec, d_neg_rec, d_prev_output, d_pos_mem, d_neg_mem = d_states

    inner_1 = positive(prev_output)
    inner_2 = 1 - pos_gamma
    pos_rec_1 = pos_gamma * pos_rec + inner_2 * inner_1
    inner_3 = negative(prev_output)
    inner_4 = 1 - neg_gamma
    neg_rec_1 = neg_gamma * neg_rec + inner_4 * inner_3
    rec = pos_rec_1 + neg_rec_1
    inner_5 = positive(rec)
    pos_mem_1 = pos_beta * pos_mem + positive(x) + pos_rec_weight * inner_5
    inner_6 = negative(rec)
    neg_mem_1 = neg_beta * neg_mem + negative(x) + neg_rec_weight * inner_6
    mem = pos_mem_1 + neg_mem_1
    inner_7 = mem - pos_threshold + bias
    inner_8 = spike_fn(inner_7, numbers)
    pos_spikes = quant_fn(inner_8, numbers, noise_0)
    inner_9 = -1.0 * mem - neg_threshold - bias
    inner_10 = spike_fn(inner_9, numbers)
    neg_spikes = -1.0 * quant_fn(inner_10, numbers, noise_1)

    d_output = d_output + d_prev_output
    d_pos_spikes = d_output * pos_scale
    d_pos_scale = d_output * pos_spikes
    d_neg_spikes = d_output * neg_scale
    d_neg_scale = d_output * neg_spikes
    d_reset = -1.0 * (d_neg_mem * 0.5)
    d_reset = d_reset - d_pos_mem * 0.5
    d_pos_spikes = d_pos_spikes + d_reset * pos_threshold
    d_pos_threshold = d_reset * pos_spikes
    d_neg_spikes = d_neg_spikes + d_reset * neg_threshold
    d_neg_threshold = d_reset * neg_spikes
    d_inner_9 = spike_fn_gradient(
        inner_9, numbers, quant_fn_gradient(inner_10, numbers, -1.0 * d_neg_spikes)
    )
    d_mem = -1.0 * d_inner_9
    d_neg_threshold = d_neg_threshold - d_inner_9
    d_bias = -1.0 * d_inner_9
    d_inner_7 = spike_fn_gradient(
        inner_7, numbers, quant_fn_gradient(inner_8, numbers, d_pos_spikes)
    )
    d_mem = d_mem + d_inner_7
    d_pos_threshold = d_pos_threshold - d_inner_7
    d_bias = d_bias + d_inner_7
    d_pos_mem = d_pos_mem + d_mem
    d_neg_mem = d_neg_mem + d_mem
    d_neg_beta = d_neg_mem * neg_mem
    d_x = negative_gradient(x, d_neg_mem)
    d_neg_rec_weight = d_neg_mem * inner_6
    d_rec = negative_gradient(rec, d_neg_mem * neg_rec_weight)
    d_neg_mem = d_neg_mem * neg_beta
    d_pos_beta = d_pos_mem * pos_mem
    d_x = d_x + positive_gradient(x, d_pos_mem)
    d_pos_rec_weight = d_pos_mem * inner_5
    d_rec = d_rec + positive_gradient(rec, d_pos_mem * pos_rec_weight)
    d_pos_mem = d_pos_mem * pos_beta
    d_pos_rec = d_pos_rec + d_rec
    d_neg_rec = d_neg_rec + d_rec
    d_neg_gamma = d_neg_rec * neg_rec - d_neg_rec * inner_3
    d_prev_output = negative_gradient(prev_output, d_neg_rec * inner_4)
    d_neg_rec = d_neg_rec * neg_gamma
    d_pos_gamma = d_pos_rec * pos_rec - d_pos_rec * inner_1
    d_prev_output = d_prev_output + positive_gradient(prev_output, d_pos_rec * inner_2)
    d_pos_rec = d_pos_rec * pos_gamma

    return (
        d_x,
        (
            d_pos_beta,
            d_neg_beta,
            d_pos_gamma,
            d_neg_gamma,
            d_pos_threshold,
            d_neg_threshold,
            d_bias,
            d_pos_scale,
            d_neg_scale,
            d_pos_rec_weight,
            d_neg_rec_weight,
        ),
        (d_pos_rec, d_neg_rec, d_prev_output, d_pos_mem, d_neg_mem),
    )
