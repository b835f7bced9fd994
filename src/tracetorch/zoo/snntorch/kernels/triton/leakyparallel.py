# Generated from spec/zoo/peers/snntorch.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: bfd6a3575162b210
# LeakyParallel, rectified leaky neuron of snnTorch.
# The recurrence of one timestep, for a block of neurons of one sample.
# Digest of the timestep: 4abf24b5d0d11e3c

import triton
import triton.language as tl

from tracetorch.sequence.triton.language import relu

# Whether a block must have all neurons of a sample, since they depend on each other.
MIXES = False


def measure(hidden_size):
    """Return the size of each dimension of a block, and the number of elements of each array."""
    dimensions = (hidden_size,)
    streams = (hidden_size,)
    parameters = (hidden_size, hidden_size, hidden_size)
    states = (hidden_size,)
    outputs = (hidden_size,)
    matrices = ()
    return dimensions, streams, parameters, states, outputs, matrices


@triton.jit
def places(extents, indices):
    """Return which elements of each array are in a block, given those in each dimension."""
    (N,) = extents
    (n,) = indices
    streams = (n,)
    parameters = (n, n, n)
    states = (n,)
    outputs = (n,)
    operands = ()
    results = ()
    return streams, parameters, states, outputs, operands, results


@triton.jit
def forward_step(streams, parameters, numbers, sizes, products, states, used):
    """Return the outputs and the next states."""
    (mem_1,) = streams
    beta, threshold, graded_spikes_factor = parameters
    (mem,) = states

    mem_2 = relu(beta * mem + mem_1)
    spikes = quant_fn(spike_fn(mem_2 - threshold, numbers), numbers)
    output = graded_spikes_factor * spikes
    output_out = output

    return (output_out,), (mem_2,)


@triton.jit
def backward_step(
    streams, parameters, numbers, sizes, products, states, used, d_outputs, d_states, d_parameters
):
    """Return the gradients of the streams, of the parameters, added to those of later timesteps,
    and of the states before the timestep."""
    (mem_1,) = streams
    beta, threshold, graded_spikes_factor = parameters
    (mem,) = states
    (d_output_out,) = d_outputs
    (d_mem,) = d_states
    d_beta, d_threshold, d_graded_spikes_factor = d_parameters

    inner_1 = beta * mem + mem_1
    mem_2 = relu(inner_1)
    inner_2 = mem_2 - threshold
    inner_3 = spike_fn(inner_2, numbers)
    spikes = quant_fn(inner_3, numbers)
    d_output = d_output_out
    d_graded_spikes_factor = d_graded_spikes_factor + d_output * spikes
    d_spikes = d_output * graded_spikes_factor
    d_inner_2 = spike_fn_gradient(inner_2, numbers, quant_fn_gradient(inner_3, numbers, d_spikes))
    d_mem = d_mem + d_inner_2
    d_threshold = d_threshold - d_inner_2
    d_inner_1 = tl.where(mem_2 <= 0, 0, d_mem)
    d_beta = d_beta + d_inner_1 * mem
    d_mem_1 = d_inner_1
    d_mem = d_inner_1 * beta

    return (d_mem_1,), (d_beta, d_threshold, d_graded_spikes_factor), (d_mem,)
