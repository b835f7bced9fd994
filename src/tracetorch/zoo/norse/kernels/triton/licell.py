# Generated from spec/zoo/peers/norse.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 90532792fb82d454
# LICell, leaky integrator of Norse.
# One timestep of a block of neurons.
# Digest of the timestep: 81b1cf812f964a23

import triton
import triton.language as tl  # noqa: F401, triton.jit requires it


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    tau_syn_inv, tau_mem_inv, v_leak, dt = parameters
    i, v = states

    i = i + x
    v = v + dt * tau_mem_inv * (v_leak - v + i)
    i = i - dt * tau_syn_inv * i

    return v, (i, v)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    tau_syn_inv, tau_mem_inv, v_leak, dt = parameters
    i, v = states
    d_i, d_v = d_states

    i_1 = i + x
    inner_1 = v_leak - v + i_1
    inner_2 = dt * tau_mem_inv
    inner_3 = dt * tau_syn_inv

    d_v = d_v + d_output
    d_inner_3 = -1.0 * (d_i * i_1)
    d_dt = d_inner_3 * tau_syn_inv
    d_tau_syn_inv = d_inner_3 * dt
    d_i = d_i - d_i * inner_3
    d_inner_2 = d_v * inner_1
    d_inner_1 = d_v * inner_2
    d_dt = d_dt + d_inner_2 * tau_mem_inv
    d_tau_mem_inv = d_inner_2 * dt
    d_v_leak = d_inner_1
    d_i = d_i + d_inner_1
    d_v = d_v - d_inner_1
    d_x = d_i

    return d_x, (d_tau_syn_inv, d_tau_mem_inv, d_v_leak, d_dt), (d_i, d_v)
