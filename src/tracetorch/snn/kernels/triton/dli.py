# Generated from spec/snn.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: c01833af9a5cacbe
# DLI, dual leaky integrator.
# One timestep of a block of neurons.
# Digest of the timestep: 8262f7214df84e6a

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
    pos_beta, neg_beta = parameters
    pos_mem, neg_mem = states

    pos_mem = pos_beta * pos_mem + positive(x)
    neg_mem = neg_beta * neg_mem + negative(x)
    mem = pos_mem + neg_mem

    return mem, (pos_mem, neg_mem)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    pos_beta, neg_beta = parameters
    pos_mem, neg_mem = states
    d_pos_mem, d_neg_mem = d_states

    d_mem = d_output
    d_pos_mem = d_pos_mem + d_mem
    d_neg_mem = d_neg_mem + d_mem
    d_neg_beta = d_neg_mem * neg_mem
    d_x = negative_gradient(x, d_neg_mem)
    d_neg_mem = d_neg_mem * neg_beta
    d_pos_beta = d_pos_mem * pos_mem
    d_x = d_x + positive_gradient(x, d_pos_mem)
    d_pos_mem = d_pos_mem * pos_beta

    return d_x, (d_pos_beta, d_neg_beta), (d_pos_mem, d_neg_mem)
