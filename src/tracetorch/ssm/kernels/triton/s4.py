# Generated from spec/ssm.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 89bba410463d64ac
# S4, diagonal state space of each feature.
# The recurrence of one timestep, for a block of neurons of one sample.
# Digest of the timestep: af2032530f96d577

import triton
import triton.language as tl  # noqa: F401, triton.jit requires it

from tracetorch.sequence.triton.language import sum_of_block

# Whether a block must have all neurons of a sample, since they depend on each other.
MIXES = False


def measure(num_neurons, d_state):
    """Return the size of each dimension of a block, and the number of elements of each array."""
    dimensions = (d_state, num_neurons)
    streams = (num_neurons,)
    parameters = (
        d_state * num_neurons,
        d_state * num_neurons,
        d_state * num_neurons,
        d_state * num_neurons,
        num_neurons,
    )
    states = (d_state * num_neurons,)
    outputs = (num_neurons,)
    matrices = ()
    return dimensions, streams, parameters, states, outputs, matrices


@triton.jit
def places(extents, indices):
    """Return which elements of each array are in a block, given those in each dimension."""
    K, N = extents
    k, n = indices
    streams = (n,)
    parameters = (k * N + n, k * N + n, k * N + n, k * N + n, n)
    states = (k * N + n,)
    outputs = (n,)
    operands = ()
    results = ()
    return streams, parameters, states, outputs, operands, results


@triton.jit
def forward_step(streams, parameters, numbers, sizes, products, states, used):
    """Return the outputs and the next states."""
    (x,) = streams
    B, state_1, state_2, C, D = parameters
    (state,) = states

    drive = B * x
    state_3 = state_1 * state + state_2 * drive
    summand_1 = state_3 * C
    total_1 = sum_of_block(summand_1, used, 0)
    y = total_1 + D * x
    y_out = y

    return (y_out,), (state_3,)


@triton.jit
def backward_step(
    streams, parameters, numbers, sizes, products, states, used, d_outputs, d_states, d_parameters
):
    """Return the gradients of the streams, of the parameters, added to those of later timesteps,
    and of the states before the timestep."""
    (x,) = streams
    B, state_1, state_2, C, D = parameters
    (state,) = states
    (d_y_out,) = d_outputs
    (d_state,) = d_states
    d_B, d_state_1, d_state_2, d_C, d_D = d_parameters

    d_y = d_y_out
    d_total_1 = d_y
    d_D = d_D + d_y * x
    d_x = d_y * D
    drive = B * x
    state_3 = state_1 * state + state_2 * drive
    d_summand_1 = d_total_1
    d_state = d_state + d_summand_1 * C
    d_C = d_C + d_summand_1 * state_3
    d_state_1 = d_state_1 + d_state * state
    d_state_2 = d_state_2 + d_state * drive
    d_drive = d_state * state_2
    d_state = d_state * state_1
    d_B = d_B + d_drive * x
    d_x = d_x + sum_of_block(d_drive * B, used, 0)

    return (d_x,), (d_B, d_state_1, d_state_2, d_C, d_D), (d_state,)
