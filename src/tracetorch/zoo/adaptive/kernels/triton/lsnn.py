# Generated from spec/zoo/adaptive.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 4b74399e6eeeb5b2
# LSNN, long short-term memory spiking neural network.
# The recurrence of one timestep, for a block of neurons of one sample.
# Digest of the timestep: 7aeef30419215757

import triton
import triton.language as tl  # noqa: F401, triton.jit requires it

from tracetorch.sequence.triton.products import product_back, product_of, product_results

# Whether a block must have all neurons of a sample, since they depend on each other.
MIXES = True


def measure(num_neurons):
    """Return the size of each dimension of a block, and the number of elements of each array."""
    dimensions = (num_neurons,)
    streams = (num_neurons,)
    parameters = (num_neurons, num_neurons, num_neurons, num_neurons)
    states = (num_neurons, num_neurons, num_neurons)
    outputs = (num_neurons,)
    matrices = ((num_neurons, num_neurons),)
    return dimensions, streams, parameters, states, outputs, matrices


@triton.jit
def places(extents, indices):
    """Return which elements of each array are in a block, given those in each dimension."""
    (N,) = extents
    (n,) = indices
    streams = (n,)
    parameters = (n, n, n, n)
    states = (n, n, n)
    outputs = (n,)
    operands = (n,)
    results = (n,)
    return streams, parameters, states, outputs, operands, results


@triton.jit
def forward_step(streams, parameters, numbers, sizes, products, states, used):
    """Return the outputs and the next states."""
    (x,) = streams
    beta, threshold, adapt_weight, rho = parameters
    mem, adapt, prev_output = states

    (drive_1,) = product_of(products, 0, 0, 1, prev_output)
    drive = (1 - beta) * (x + drive_1)
    mem_1 = beta * mem + drive - prev_output * (threshold + adapt_weight * adapt)
    adapt_1 = rho * adapt + (1 - rho) * prev_output
    raised = threshold + adapt_weight * adapt_1
    spikes = quant_fn(spike_fn((mem_1 - raised) / raised, numbers), numbers)
    prev_output_1 = spikes
    spikes_out = spikes

    return (spikes_out,), (mem_1, adapt_1, prev_output_1)


@triton.jit
def backward_step(
    streams, parameters, numbers, sizes, products, states, used, d_outputs, d_states, d_parameters
):
    """Return the gradients of the streams, of the parameters, added to those of later timesteps,
    and of the states before the timestep."""
    (x,) = streams
    beta, threshold, adapt_weight, rho = parameters
    mem, adapt, prev_output = states
    (drive_1,) = product_results(products, 0, 0, 1)
    (d_spikes_out,) = d_outputs
    d_mem, d_adapt, d_prev_output = d_states
    d_beta, d_threshold, d_adapt_weight, d_rho = d_parameters

    inner_1 = x + drive_1
    inner_2 = 1 - beta
    drive = inner_2 * inner_1
    inner_3 = threshold + adapt_weight * adapt
    mem_1 = beta * mem + drive - prev_output * inner_3
    inner_4 = 1 - rho
    adapt_1 = rho * adapt + inner_4 * prev_output
    raised = threshold + adapt_weight * adapt_1
    inner_5 = mem_1 - raised
    inner_6 = inner_5 / raised
    inner_7 = spike_fn(inner_6, numbers)
    d_spikes = d_spikes_out
    d_spikes = d_spikes + d_prev_output
    d_inner_6 = spike_fn_gradient(inner_6, numbers, quant_fn_gradient(inner_7, numbers, d_spikes))
    d_inner_5 = d_inner_6 / raised
    d_mem = d_mem + d_inner_5
    d_raised = -1.0 * d_inner_5 - d_inner_6 * (inner_6 / raised)
    d_threshold = d_threshold + d_raised
    d_adapt_weight = d_adapt_weight + d_raised * adapt_1
    d_adapt = d_adapt + d_raised * adapt_weight
    d_rho = d_rho + (d_adapt * adapt - d_adapt * prev_output)
    d_prev_output = d_adapt * inner_4
    d_adapt = d_adapt * rho
    d_inner_3 = -1.0 * (d_mem * prev_output)
    d_beta = d_beta + d_mem * mem
    d_drive = d_mem
    d_prev_output = d_prev_output - d_mem * inner_3
    d_threshold = d_threshold + d_inner_3
    d_adapt_weight = d_adapt_weight + d_inner_3 * adapt
    d_adapt = d_adapt + d_inner_3 * adapt_weight
    d_mem = d_mem * beta
    d_inner_1 = d_drive * inner_2
    d_beta = d_beta - d_drive * inner_1
    d_x = d_inner_1
    d_drive_1 = d_inner_1
    d_prev_output = d_prev_output + product_back(products, 0, 0, (d_drive_1,))

    return (d_x,), (d_beta, d_threshold, d_adapt_weight, d_rho), (d_mem, d_adapt, d_prev_output)
