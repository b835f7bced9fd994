# Generated from spec/zoo/peers/sinabs.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 586a69885a33ab9d
# ExpLeak, leaky integrator of Sinabs.
# One timestep of a block of neurons.
# Digest of the timestep: fc51aed846dbb6d2

import triton
import triton.language as tl


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    (tau_mem,) = parameters
    (v_mem,) = states

    v_mem = tl.exp(-1 / tau_mem) * v_mem + x

    return v_mem, (v_mem,)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    (tau_mem,) = parameters
    (v_mem,) = states
    (d_v_mem,) = d_states

    inner_1 = -1 / tau_mem
    inner_2 = tl.exp(inner_1)

    d_v_mem = d_v_mem + d_output
    d_tau_mem = -1.0 * (d_v_mem * v_mem * inner_2 * (inner_1 / tau_mem))
    d_x = d_v_mem
    d_v_mem = d_v_mem * inner_2

    return d_x, (d_tau_mem,), (d_v_mem,)
