# Generated from spec/zoo/peers/snntorch.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: e806558bb0c8d961
# RLeaky, recurrent leaky integrate-and-fire neuron of snnTorch.
# The recurrence of one timestep, for a block of neurons of one sample.
# Digest of the timestep: 9b14f49c8d675247

import triton
import triton.language as tl  # noqa: F401, triton.jit requires it

from tracetorch.sequence.triton.products import product_back, product_of, product_results

# Whether a block must have all neurons of a sample, since they depend on each other.
MIXES = True


def measure(num_neurons):
    """Return the size of each dimension of a block, and the number of elements of each array."""
    dimensions = (num_neurons,)
    streams = (num_neurons,)
    parameters = (num_neurons, num_neurons, num_neurons)
    states = (num_neurons, num_neurons)
    outputs = (num_neurons,)
    matrices = ((num_neurons, num_neurons),)
    return dimensions, streams, parameters, states, outputs, matrices


@triton.jit
def places(extents, indices):
    """Return which elements of each array are in a block, given those in each dimension."""
    (N,) = extents
    (n,) = indices
    streams = (n,)
    parameters = (n, n, n)
    states = (n, n)
    outputs = (n,)
    operands = (n,)
    results = (n,)
    return streams, parameters, states, outputs, operands, results


@triton.jit
def forward_step(streams, parameters, numbers, sizes, products, states, used):
    """Return the outputs and the next states."""
    (x,) = streams
    threshold, recurrent_bias, beta = parameters
    mem, prev_output = states

    reset = (mem > threshold).to(x.dtype)
    (mem_1,) = product_of(products, 0, 0, 1, prev_output)
    mem_2 = mem_1 + recurrent_bias
    mem_3 = beta * mem + x + mem_2 - reset * threshold
    spikes = quant_fn(spike_fn(mem_3 - threshold, numbers), numbers)
    prev_output_1 = spikes
    spikes_out = spikes

    return (spikes_out,), (mem_3, prev_output_1)


@triton.jit
def backward_step(
    streams, parameters, numbers, sizes, products, states, used, d_outputs, d_states, d_parameters
):
    """Return the gradients of the streams, of the parameters, added to those of later timesteps,
    and of the states before the timestep."""
    (x,) = streams
    threshold, recurrent_bias, beta = parameters
    mem, prev_output = states
    (mem_1,) = product_results(products, 0, 0, 1)
    (d_spikes_out,) = d_outputs
    d_mem, d_prev_output = d_states
    d_threshold, d_recurrent_bias, d_beta = d_parameters

    reset = (mem > threshold).to(x.dtype)
    mem_2 = mem_1 + recurrent_bias
    mem_3 = beta * mem + x + mem_2 - reset * threshold
    inner_1 = mem_3 - threshold
    inner_2 = spike_fn(inner_1, numbers)
    d_spikes = d_spikes_out
    d_spikes = d_spikes + d_prev_output
    d_inner_1 = spike_fn_gradient(inner_1, numbers, quant_fn_gradient(inner_2, numbers, d_spikes))
    d_mem = d_mem + d_inner_1
    d_threshold = d_threshold - d_inner_1
    d_beta = d_beta + d_mem * mem
    d_x = d_mem
    d_mem_2 = d_mem
    d_threshold = d_threshold - d_mem * reset
    d_mem = d_mem * beta
    d_mem_1 = d_mem_2
    d_recurrent_bias = d_recurrent_bias + d_mem_2
    d_prev_output = product_back(products, 0, 0, (d_mem_1,))

    return (d_x,), (d_threshold, d_recurrent_bias, d_beta), (d_mem, d_prev_output)
