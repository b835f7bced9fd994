# Generated from spec/snn.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 9facb58ee66ece30
# SLI, synaptic leaky integrator.
# One timestep of a block of neurons.
# Digest of the timestep: 69425e8d6130d062

import triton
import triton.language as tl  # noqa: F401, triton.jit requires it


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    alpha, beta = parameters
    syn, mem = states

    syn = alpha * syn + (1 - alpha) * x
    mem = beta * mem + syn

    return mem, (syn, mem)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    alpha, beta = parameters
    syn, mem = states
    d_syn, d_mem = d_states

    inner_1 = 1 - alpha

    d_mem = d_mem + d_output
    d_beta = d_mem * mem
    d_syn = d_syn + d_mem
    d_mem = d_mem * beta
    d_alpha = d_syn * syn - d_syn * x
    d_x = d_syn * inner_1
    d_syn = d_syn * alpha

    return d_x, (d_alpha, d_beta), (d_syn, d_mem)
