# Generated from spec/snn.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 7722e2168eaef61a
# LIEMA, leaky integrator as a moving average.
# One timestep of a block of neurons.
# Digest of the timestep: c9dc9743024b04b1

import triton
import triton.language as tl  # noqa: F401, triton.jit requires it


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    (beta,) = parameters
    (mem,) = states

    mem = beta * mem + (1 - beta) * x

    return mem, (mem,)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    (beta,) = parameters
    (mem,) = states
    (d_mem,) = d_states

    inner_1 = 1 - beta

    d_mem = d_mem + d_output
    d_beta = d_mem * mem - d_mem * x
    d_x = d_mem * inner_1
    d_mem = d_mem * beta

    return d_x, (d_beta,), (d_mem,)
