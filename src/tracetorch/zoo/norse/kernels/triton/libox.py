# Generated from spec/zoo/peers/norse.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: e676f014164fa4ef
# LIBox, leaky integrator of Norse without a synapse.
# One timestep of a block of neurons.
# Digest of the timestep: aa4d723f6bb0c0de

import triton
import triton.language as tl  # noqa: F401, triton.jit requires it


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    tau_mem_inv, v_leak, dt = parameters
    (v,) = states

    v = v + dt * tau_mem_inv * (x + v_leak - v)

    return v, (v,)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    tau_mem_inv, v_leak, dt = parameters
    (v,) = states
    (d_v,) = d_states

    inner_1 = x + v_leak - v
    inner_2 = dt * tau_mem_inv

    d_v = d_v + d_output
    d_inner_2 = d_v * inner_1
    d_inner_1 = d_v * inner_2
    d_dt = d_inner_2 * tau_mem_inv
    d_tau_mem_inv = d_inner_2 * dt
    d_x = d_inner_1
    d_v_leak = d_inner_1
    d_v = d_v - d_inner_1

    return d_x, (d_tau_mem_inv, d_v_leak, d_dt), (d_v,)
