# Generated from spec/snn.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 3f1dca2a22971d70
# DSLITS, dual synaptic leaky integrator with scaled ternary firing.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: e0bb7bff85bec9cb

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
        pos_threshold,
        neg_threshold,
        bias,
        pos_scale,
        neg_scale,
    ) = parameters
    noise_0, noise_1 = noise
    pos_syn, neg_syn, pos_mem, neg_mem = states

    pos_syn = pos_alpha * pos_syn + (1 - pos_alpha) * positive(x)
    neg_syn = neg_alpha * neg_syn + (1 - neg_alpha) * negative(x)
    syn = pos_syn + neg_syn
    pos_mem = pos_beta * pos_mem + positive(syn)
    neg_mem = neg_beta * neg_mem + negative(syn)
    mem = pos_mem + neg_mem
    pos_spikes = quant_fn(spike_fn(mem - pos_threshold + bias, numbers), numbers, noise_0)
    neg_spikes = -1.0 * quant_fn(
        spike_fn(-1.0 * mem - neg_threshold - bias, numbers), numbers, noise_1
    )
    reset = pos_spikes * pos_threshold + neg_spikes * neg_threshold
    pos_mem = pos_mem - 0.5 * reset
    neg_mem = neg_mem - 0.5 * reset
    output = pos_spikes * pos_scale + neg_spikes * neg_scale

    return output, (pos_syn, neg_syn, pos_mem, neg_mem)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    (
        pos_alpha,
        neg_alpha,
        pos_beta,
        neg_beta,
        pos_threshold,
        neg_threshold,
        bias,
        pos_scale,
        neg_scale,
    ) = parameters
    noise_0, noise_1 = noise
    pos_syn, neg_syn, pos_mem, neg_mem = states
    d_pos_syn, d_neg_syn, d_pos_mem, d_neg_mem = d_states

    inner_1 = positive(x)
    inner_2 = 1 - pos_alpha
    pos_syn_1 = pos_alpha * pos_syn + inner_2 * inner_1
    inner_3 = negative(x)
    inner_4 = 1 - neg_alpha
    neg_syn_1 = neg_alpha * neg_syn + inner_4 * inner_3
    syn = pos_syn_1 + neg_syn_1
    pos_mem_1 = pos_beta * pos_mem + positive(syn)
    neg_mem_1 = neg_beta * neg_mem + negative(syn)
    mem = pos_mem_1 + neg_mem_1
    inner_5 = mem - pos_threshold + bias
    inner_6 = spike_fn(inner_5, numbers)
    pos_spikes = quant_fn(inner_6, numbers, noise_0)
    inner_7 = -1.0 * mem - neg_threshold - bias
    inner_8 = spike_fn(inner_7, numbers)
    neg_spikes = -1.0 * quant_fn(inner_8, numbers, noise_1)

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
    d_inner_7 = spike_fn_gradient(
        inner_7, numbers, quant_fn_gradient(inner_8, numbers, -1.0 * d_neg_spikes)
    )
    d_mem = -1.0 * d_inner_7
    d_neg_threshold = d_neg_threshold - d_inner_7
    d_bias = -1.0 * d_inner_7
    d_inner_5 = spike_fn_gradient(
        inner_5, numbers, quant_fn_gradient(inner_6, numbers, d_pos_spikes)
    )
    d_mem = d_mem + d_inner_5
    d_pos_threshold = d_pos_threshold - d_inner_5
    d_bias = d_bias + d_inner_5
    d_pos_mem = d_pos_mem + d_mem
    d_neg_mem = d_neg_mem + d_mem
    d_neg_beta = d_neg_mem * neg_mem
    d_syn = negative_gradient(syn, d_neg_mem)
    d_neg_mem = d_neg_mem * neg_beta
    d_pos_beta = d_pos_mem * pos_mem
    d_syn = d_syn + positive_gradient(syn, d_pos_mem)
    d_pos_mem = d_pos_mem * pos_beta
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
            d_pos_threshold,
            d_neg_threshold,
            d_bias,
            d_pos_scale,
            d_neg_scale,
        ),
        (d_pos_syn, d_neg_syn, d_pos_mem, d_neg_mem),
    )
