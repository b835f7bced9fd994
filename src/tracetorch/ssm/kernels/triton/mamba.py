# Generated from spec/ssm.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: dcbd48420bd3b3de
# Mamba, gated selective state space behind a short convolution.
# The recurrence of one timestep, for a block of neurons of one sample.
# Digest of the timestep: b83ed2e8fdfa6879

import triton
import triton.language as tl

from tracetorch.sequence.triton.language import expm1, sigmoid, silu, softplus, sum_of_block

# Whether a block must have all neurons of a sample, since they depend on each other.
MIXES = False


def measure(num_neurons, d_state):
    """Return the size of each dimension of a block, and the number of elements of each array."""
    dimensions = (d_state, num_neurons)
    streams = (num_neurons, num_neurons, d_state, d_state, num_neurons)
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
    streams = (n, n, k, k, n)
    parameters = (k * N + n, n)
    states = (k * N + n,)
    outputs = (n,)
    operands = ()
    results = ()
    return streams, parameters, states, outputs, operands, results


@triton.jit
def forward_step(streams, parameters, numbers, sizes, products, states, used):
    """Return the outputs and the next states."""
    main, gate, B, C, dt_1 = streams
    A, D = parameters
    (ssm_state,) = states

    dt = softplus(dt_1)
    dt_A = dt * A
    drive = B * main
    ssm_state_1 = tl.exp(dt_A) * ssm_state + expm1(dt_A) / A * drive
    summand_1 = ssm_state_1 * C
    total_1 = sum_of_block(summand_1, used, 0)
    y = total_1 + D * main
    y_1 = y * silu(gate)
    y_out = y_1

    return (y_out,), (ssm_state_1,)


@triton.jit
def backward_step(
    streams, parameters, numbers, sizes, products, states, used, d_outputs, d_states, d_parameters
):
    """Return the gradients of the streams, of the parameters, added to those of later timesteps,
    and of the states before the timestep."""
    main, gate, B, C, dt_1 = streams
    A, D = parameters
    (ssm_state,) = states
    (d_y_out,) = d_outputs
    (d_ssm_state,) = d_states
    d_A, d_D = d_parameters

    dt = softplus(dt_1)
    inner_4 = silu(gate)
    d_y_1 = d_y_out
    d_y = d_y_1 * inner_4
    d_total_1 = d_y
    d_D = d_D + d_y * main
    d_main = d_y * D
    dt_A = dt * A
    drive = B * main
    inner_1 = expm1(dt_A)
    inner_2 = inner_1 / A
    inner_3 = tl.exp(dt_A)
    ssm_state_1 = inner_3 * ssm_state + inner_2 * drive
    summand_1 = ssm_state_1 * C
    total_1 = sum_of_block(summand_1, used, 0)
    d_summand_1 = d_total_1
    d_ssm_state = d_ssm_state + d_summand_1 * C
    d_C = sum_of_block(d_summand_1 * ssm_state_1, used, 1)
    d_inner_2 = d_ssm_state * drive
    d_dt_A = d_ssm_state * ssm_state * inner_3 + d_inner_2 / A * (inner_1 + 1)
    d_A = d_A - d_inner_2 * (inner_2 / A)
    d_drive = d_ssm_state * inner_2
    d_ssm_state = d_ssm_state * inner_3
    d_B = sum_of_block(d_drive * main, used, 1)
    d_main = d_main + sum_of_block(d_drive * B, used, 0)
    d_dt = sum_of_block(d_dt_A * A, used, 0)
    d_A = d_A + d_dt_A * dt
    y = total_1 + D * main
    d_gate = d_y_1 * y * sigmoid(gate) * (1 + gate * (1 - sigmoid(gate)))
    d_dt_1 = d_dt * sigmoid(dt_1)

    return (d_main, d_gate, d_B, d_C, d_dt_1), (d_A, d_D), (d_ssm_state,)
