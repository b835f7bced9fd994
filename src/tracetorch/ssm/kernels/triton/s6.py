# Generated from spec/ssm.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 3797737f172682bd
# S6, selective state space.
# The recurrence of one timestep, for a block of neurons of one sample.
# Digest of the timestep: d8e6c90b39fa2660

import triton
import triton.language as tl

from tracetorch.sequence.triton.language import expm1, sigmoid, softplus, sum_of_block

# Whether a block must have all neurons of a sample, since they depend on each other.
MIXES = False


def measure(num_neurons, d_state):
    """Return the size of each dimension of a block, and the number of elements of each array."""
    dimensions = (d_state, num_neurons)
    streams = (num_neurons, d_state, d_state, num_neurons)
    parameters = (d_state * num_neurons, num_neurons)
    states = (d_state * num_neurons,)
    outputs = (num_neurons,)
    matrices = ()
    return dimensions, streams, parameters, states, outputs, matrices


@triton.jit
def places(extents, indices):
    """Return which elements of each array are in a block, given those in each dimension."""
    K, N = extents
    k, n = indices
    streams = (n, k, k, n)
    parameters = (k * N + n, n)
    states = (k * N + n,)
    outputs = (n,)
    operands = ()
    results = ()
    return streams, parameters, states, outputs, operands, results


@triton.jit
def forward_step(streams, parameters, numbers, sizes, products, states, used):
    """Return the outputs and the next states."""
    x, B, C, dt_1 = streams
    A, D = parameters
    (state,) = states

    dt = softplus(dt_1)
    dt_A = dt * A
    drive = B * x
    state_1 = tl.exp(dt_A) * state + expm1(dt_A) / A * drive
    summand_1 = state_1 * C
    total_1 = sum_of_block(summand_1, used, 0)
    y = total_1 + D * x
    y_out = y

    return (y_out,), (state_1,)


@triton.jit
def backward_step(
    streams, parameters, numbers, sizes, products, states, used, d_outputs, d_states, d_parameters
):
    """Return the gradients of the streams, of the parameters, added to those of later timesteps,
    and of the states before the timestep."""
    x, B, C, dt_1 = streams
    A, D = parameters
    (state,) = states
    (d_y_out,) = d_outputs
    (d_state,) = d_states
    d_A, d_D = d_parameters

    dt = softplus(dt_1)
    d_y = d_y_out
    d_total_1 = d_y
    d_D = d_D + d_y * x
    d_x = d_y * D
    dt_A = dt * A
    drive = B * x
    inner_1 = expm1(dt_A)
    inner_2 = inner_1 / A
    inner_3 = tl.exp(dt_A)
    state_1 = inner_3 * state + inner_2 * drive
    d_summand_1 = d_total_1
    d_state = d_state + d_summand_1 * C
    d_C = sum_of_block(d_summand_1 * state_1, used, 1)
    d_inner_2 = d_state * drive
    d_dt_A = d_state * state * inner_3 + d_inner_2 / A * (inner_1 + 1)
    d_A = d_A - d_inner_2 * (inner_2 / A)
    d_drive = d_state * inner_2
    d_state = d_state * inner_3
    d_B = sum_of_block(d_drive * x, used, 1)
    d_x = d_x + sum_of_block(d_drive * B, used, 0)
    d_dt = sum_of_block(d_dt_A * A, used, 0)
    d_A = d_A + d_dt_A * dt
    d_dt_1 = d_dt * sigmoid(dt_1)

    return (d_x, d_B, d_C, d_dt_1), (d_A, d_D), (d_state,)
