# Generated from spec/zoo/compartments.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 280bf02b3f3ef074
# PMSN, parallel multi-compartment spiking neuron.
# The recurrence of one timestep, for a block of neurons of one sample.
# Digest of the timestep: 259b5d97460d2ce3

import triton
import triton.language as tl

from tracetorch.sequence.triton.language import relu, sum_of_block

# Whether a block must have all neurons of a sample, since they depend on each other.
MIXES = False


def measure(num_neurons, compartments):
    """Return the size of each dimension of a block, and the number of elements of each array."""
    dimensions = (compartments, num_neurons)
    streams = (num_neurons,)
    parameters = (
        compartments * num_neurons,
        compartments * num_neurons,
        compartments * num_neurons,
        compartments * num_neurons,
        compartments * num_neurons,
        compartments * num_neurons,
        num_neurons,
        num_neurons,
    )
    states = (compartments * num_neurons, compartments * num_neurons, num_neurons)
    outputs = (num_neurons,)
    matrices = ()
    return dimensions, streams, parameters, states, outputs, matrices


@triton.jit
def places(extents, indices):
    """Return which elements of each array are in a block, given those in each dimension."""
    K, N = extents
    k, n = indices
    streams = (n,)
    parameters = (k * N + n, k * N + n, k * N + n, k * N + n, k * N + n, k * N + n, n, n)
    states = (k * N + n, k * N + n, n)
    outputs = (n,)
    operands = ()
    results = ()
    return streams, parameters, states, outputs, operands, results


@triton.jit
def forward_step(streams, parameters, numbers, sizes, products, states, used):
    """Return the outputs and the next states."""
    (x,) = streams
    turn_real, turn_imag, into_real, into_imag, out_real, out_imag, skip, threshold = parameters
    real, imag, mem = states

    drive = x
    prev_imag = imag
    prev_real = real
    real_1 = turn_real * prev_real - turn_imag * prev_imag + into_real * drive
    imag_1 = turn_imag * prev_real + turn_real * prev_imag + into_imag * drive
    summand_1 = out_real * real_1 - out_imag * imag_1
    total_1 = sum_of_block(summand_1, used, 0)
    mem_1 = mem + relu(total_1 + skip * x)
    spikes = quant_fn(spike_fn(mem_1 - threshold, numbers), numbers)
    mem_2 = mem_1 - tl.floor(mem_1 / threshold) * threshold
    spikes_out = spikes

    return (spikes_out,), (real_1, imag_1, mem_2)


@triton.jit
def backward_step(
    streams, parameters, numbers, sizes, products, states, used, d_outputs, d_states, d_parameters
):
    """Return the gradients of the streams, of the parameters, added to those of later timesteps,
    and of the states before the timestep."""
    (x,) = streams
    turn_real, turn_imag, into_real, into_imag, out_real, out_imag, skip, threshold = parameters
    real, imag, mem = states
    (d_spikes_out,) = d_outputs
    d_real, d_imag, d_mem = d_states
    (
        d_turn_real,
        d_turn_imag,
        d_into_real,
        d_into_imag,
        d_out_real,
        d_out_imag,
        d_skip,
        d_threshold,
    ) = d_parameters

    drive = x
    d_spikes = d_spikes_out
    prev_imag = imag
    prev_real = real
    real_1 = turn_real * prev_real - turn_imag * prev_imag + into_real * drive
    imag_1 = turn_imag * prev_real + turn_real * prev_imag + into_imag * drive
    summand_1 = out_real * real_1 - out_imag * imag_1
    total_1 = sum_of_block(summand_1, used, 0)
    inner_1 = total_1 + skip * x
    inner_2 = relu(inner_1)
    mem_1 = mem + inner_2
    inner_3 = mem_1 - threshold
    inner_4 = spike_fn(inner_3, numbers)
    d_inner_3 = spike_fn_gradient(inner_3, numbers, quant_fn_gradient(inner_4, numbers, d_spikes))
    d_mem = d_inner_3
    d_threshold = d_threshold - d_inner_3
    d_inner_1 = tl.where(inner_2 <= 0, 0, d_mem)
    d_total_1 = d_inner_1
    d_skip = d_skip + d_inner_1 * x
    d_x = d_inner_1 * skip
    d_summand_1 = d_total_1
    d_out_real = d_out_real + d_summand_1 * real_1
    d_real = d_real + d_summand_1 * out_real
    d_out_imag = d_out_imag - d_summand_1 * imag_1
    d_imag = d_imag - d_summand_1 * out_imag
    d_turn_imag = d_turn_imag + d_imag * prev_real
    d_prev_real = d_imag * turn_imag
    d_turn_real = d_turn_real + d_imag * prev_imag
    d_prev_imag = d_imag * turn_real
    d_into_imag = d_into_imag + d_imag * drive
    d_drive = sum_of_block(d_imag * into_imag, used, 0)
    d_turn_real = d_turn_real + d_real * prev_real
    d_prev_real = d_prev_real + d_real * turn_real
    d_turn_imag = d_turn_imag - d_real * prev_imag
    d_prev_imag = d_prev_imag - d_real * turn_imag
    d_into_real = d_into_real + d_real * drive
    d_imag = d_prev_imag
    d_drive = d_drive + sum_of_block(d_real * into_real, used, 0)
    d_real = d_prev_real
    d_x = d_x + d_drive

    return (
        (d_x,),
        (
            d_turn_real,
            d_turn_imag,
            d_into_real,
            d_into_imag,
            d_out_real,
            d_out_imag,
            d_skip,
            d_threshold,
        ),
        (d_real, d_imag, d_mem),
    )
