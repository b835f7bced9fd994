# Generated from spec/zoo/peers/norse.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 5fdc89cee216abbe
# TsodyksMakram, synapse of Norse with short-term plasticity.
# One timestep of a block of neurons.
# Digest of the timestep: 57bd395c0f9e02b2

import triton
import triton.language as tl  # noqa: F401, triton.jit requires it


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    tau_f_inv, tau_d_inv, U, dt = parameters
    u, resources = states

    u = u - dt * tau_f_inv * u + U * (1 - u) * x
    released = u * resources * x
    resources = resources + dt * tau_d_inv * (1 - resources) - released

    return released, (u, resources)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    tau_f_inv, tau_d_inv, U, dt = parameters
    u, resources = states
    d_u, d_resources = d_states

    inner_1 = 1 - u
    inner_2 = U * inner_1
    inner_3 = dt * tau_f_inv
    u_1 = u - inner_3 * u + inner_2 * x
    inner_4 = u_1 * resources
    inner_5 = 1 - resources
    inner_6 = dt * tau_d_inv

    d_released = d_output
    d_inner_6 = d_resources * inner_5
    d_dt = d_inner_6 * tau_d_inv
    d_tau_d_inv = d_inner_6 * dt
    d_released = d_released - d_resources
    d_resources = d_resources - d_resources * inner_6
    d_inner_4 = d_released * x
    d_u = d_u + d_inner_4 * resources
    d_resources = d_resources + d_inner_4 * u_1
    d_x = d_released * inner_4
    d_inner_3 = -1.0 * (d_u * u)
    d_inner_2 = d_u * x
    d_dt = d_dt + d_inner_3 * tau_f_inv
    d_tau_f_inv = d_inner_3 * dt
    d_U = d_inner_2 * inner_1
    d_x = d_x + d_u * inner_2
    d_u = d_u - d_u * inner_3 - d_inner_2 * U

    return d_x, (d_tau_f_inv, d_tau_d_inv, d_U, d_dt), (d_u, d_resources)
