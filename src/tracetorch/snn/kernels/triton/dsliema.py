# Generated from spec/snn.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 41dbcd474aa2ff7d
# DSLIEMA, dual synaptic leaky integrator as a moving average.
# One timestep of a block of neurons.
# Digest of the timestep: 7113ec8951f29e99

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
    pos_alpha, neg_alpha, pos_beta, neg_beta = parameters
    pos_syn, neg_syn, pos_mem, neg_mem = states

    pos_syn = pos_alpha * pos_syn + (1 - pos_alpha) * positive(x)
    neg_syn = neg_alpha * neg_syn + (1 - neg_alpha) * negative(x)
    syn = pos_syn + neg_syn
    pos_mem = pos_beta * pos_mem + (1 - pos_beta) * positive(syn)
    neg_mem = neg_beta * neg_mem + (1 - neg_beta) * negative(syn)
    mem = pos_mem + neg_mem

    return mem, (pos_syn, neg_syn, pos_mem, neg_mem)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    pos_alpha, neg_alpha, pos_beta, neg_beta = parameters
    pos_syn, neg_syn, pos_mem, neg_mem = states
    d_pos_syn, d_neg_syn, d_pos_mem, d_neg_mem = d_states

    inner_1 = positive(x)
    inner_2 = 1 - pos_alpha
    pos_syn_1 = pos_alpha * pos_syn + inner_2 * inner_1
    inner_3 = negative(x)
    inner_4 = 1 - neg_alpha
    neg_syn_1 = neg_alpha * neg_syn + inner_4 * inner_3
    syn = pos_syn_1 + neg_syn_1
    inner_5 = positive(syn)
    inner_6 = 1 - pos_beta
    inner_7 = negative(syn)
    inner_8 = 1 - neg_beta

    d_mem = d_output
    d_pos_mem = d_pos_mem + d_mem
    d_neg_mem = d_neg_mem + d_mem
    d_neg_beta = d_neg_mem * neg_mem - d_neg_mem * inner_7
    d_syn = negative_gradient(syn, d_neg_mem * inner_8)
    d_neg_mem = d_neg_mem * neg_beta
    d_pos_beta = d_pos_mem * pos_mem - d_pos_mem * inner_5
    d_syn = d_syn + positive_gradient(syn, d_pos_mem * inner_6)
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
        (d_pos_alpha, d_neg_alpha, d_pos_beta, d_neg_beta),
        (d_pos_syn, d_neg_syn, d_pos_mem, d_neg_mem),
    )
