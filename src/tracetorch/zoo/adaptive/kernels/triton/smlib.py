# Generated from spec/zoo/adaptive.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 70a9ac3dcd0016c2
# SMLIB, synaptic fully recurrent leaky integrator with binary firing.
# The recurrence of one timestep, for a block of neurons of one sample.
# Digest of the timestep: 8cdcfb423ab542c2

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
    alpha, beta, threshold, bias = parameters
    syn, prev_output, mem = states

    syn_1 = alpha * syn + (1 - alpha) * x
    (lateral,) = product_of(products, 0, 0, 1, prev_output)
    mem_1 = beta * mem + syn_1 + lateral
    spikes = quant_fn(spike_fn(mem_1 - threshold + bias, numbers), numbers)
    mem_2 = mem_1 - spikes * threshold
    prev_output_1 = spikes
    spikes_out = spikes

    return (spikes_out,), (syn_1, prev_output_1, mem_2)


@triton.jit
def backward_step(
    streams, parameters, numbers, sizes, products, states, used, d_outputs, d_states, d_parameters
):
    """Return the gradients of the streams, of the parameters, added to those of later timesteps,
    and of the states before the timestep."""
    (x,) = streams
    alpha, beta, threshold, bias = parameters
    syn, prev_output, mem = states
    (lateral,) = product_results(products, 0, 0, 1)
    (d_spikes_out,) = d_outputs
    d_syn, d_prev_output, d_mem = d_states
    d_alpha, d_beta, d_threshold, d_bias = d_parameters

    inner_1 = 1 - alpha
    syn_1 = alpha * syn + inner_1 * x
    mem_1 = beta * mem + syn_1 + lateral
    inner_2 = mem_1 - threshold + bias
    inner_3 = spike_fn(inner_2, numbers)
    spikes = quant_fn(inner_3, numbers)
    d_spikes = d_spikes_out
    d_spikes = d_spikes + d_prev_output
    d_spikes = d_spikes - d_mem * threshold
    d_threshold = d_threshold - d_mem * spikes
    d_inner_2 = spike_fn_gradient(inner_2, numbers, quant_fn_gradient(inner_3, numbers, d_spikes))
    d_mem = d_mem + d_inner_2
    d_threshold = d_threshold - d_inner_2
    d_bias = d_bias + d_inner_2
    d_beta = d_beta + d_mem * mem
    d_syn = d_syn + d_mem
    d_lateral = d_mem
    d_mem = d_mem * beta
    d_prev_output = product_back(products, 0, 0, (d_lateral,))
    d_alpha = d_alpha + (d_syn * syn - d_syn * x)
    d_x = d_syn * inner_1
    d_syn = d_syn * alpha

    return (d_x,), (d_alpha, d_beta, d_threshold, d_bias), (d_syn, d_prev_output, d_mem)
