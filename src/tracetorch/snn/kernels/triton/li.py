# Generated from spec/snn.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 5c8d20d45af7a3a1
# LI, leaky integrator.
# One timestep of a block of neurons.
# Digest of the timestep: ce5804abde3874af

import triton
import triton.language as tl  # noqa: F401, triton.jit requires it


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    (beta,) = parameters
    (mem,) = states

    mem = beta * mem + x

    return mem, (mem,)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    (beta,) = parameters
    (mem,) = states
    (d_mem,) = d_states

    d_mem = d_mem + d_output
    d_beta = d_mem * mem
    d_x = d_mem
    d_mem = d_mem * beta

    return d_x, (d_beta,), (d_mem,)
