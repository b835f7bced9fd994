# Generated from spec/ssm.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: de7b839d8dc0a465
# S5, state space shared by all features.
# The recurrence of one timestep, for a block of neurons of one sample.
# Digest of the timestep: 44619f4ccddcf1f1

import triton
import triton.language as tl  # noqa: F401, triton.jit requires it

# Whether a block must have all neurons of a sample, since they depend on each other.
MIXES = False


def measure(d_state):
    """Return the size of each dimension of a block, and the number of elements of each array."""
    dimensions = (d_state,)
    streams = (d_state,)
    parameters = (d_state, d_state)
    states = (d_state,)
    outputs = (d_state,)
    matrices = ()
    return dimensions, streams, parameters, states, outputs, matrices


@triton.jit
def places(extents, indices):
    """Return which elements of each array are in a block, given those in each dimension."""
    (N,) = extents
    (n,) = indices
    streams = (n,)
    parameters = (n, n)
    states = (n,)
    outputs = (n,)
    operands = ()
    results = ()
    return streams, parameters, states, outputs, operands, results


@triton.jit
def forward_step(streams, parameters, numbers, sizes, products, states, used):
    """Return the outputs and the next states."""
    (drive,) = streams
    global_state_1, global_state_2 = parameters
    (global_state,) = states

    global_state_3 = global_state_1 * global_state + global_state_2 * drive
    global_state_out = global_state_3

    return (global_state_out,), (global_state_3,)


@triton.jit
def backward_step(
    streams, parameters, numbers, sizes, products, states, used, d_outputs, d_states, d_parameters
):
    """Return the gradients of the streams, of the parameters, added to those of later timesteps,
    and of the states before the timestep."""
    (drive,) = streams
    global_state_1, global_state_2 = parameters
    (global_state,) = states
    (d_global_state_out,) = d_outputs
    (d_global_state,) = d_states
    d_global_state_1, d_global_state_2 = d_parameters

    d_global_state = d_global_state + d_global_state_out
    d_global_state_1 = d_global_state_1 + d_global_state * global_state
    d_global_state_2 = d_global_state_2 + d_global_state * drive
    d_drive = d_global_state * global_state_2
    d_global_state = d_global_state * global_state_1

    return (d_drive,), (d_global_state_1, d_global_state_2), (d_global_state,)
