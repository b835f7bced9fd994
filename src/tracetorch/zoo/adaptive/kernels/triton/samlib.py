# Generated from spec/zoo/adaptive.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 7c1e9307ea073dd1
# SAMLIB, synaptic adaptive fully recurrent leaky integrator with binary firing.
# The recurrence of one timestep, for a block of neurons of one sample.
# Digest of the timestep: 4ac76e49fba57973

import triton
import triton.language as tl

from tracetorch.sequence.triton.language import sign
from tracetorch.sequence.triton.products import product_back, product_of, product_results

# Whether a block must have all neurons of a sample, since they depend on each other.
MIXES = True


def measure(num_neurons):
    """Return the size of each dimension of a block, and the number of elements of each array."""
    dimensions = (num_neurons,)
    streams = (num_neurons,)
    parameters = (num_neurons, num_neurons, num_neurons, num_neurons, num_neurons, num_neurons)
    states = (num_neurons, num_neurons, num_neurons, num_neurons)
    outputs = (num_neurons,)
    matrices = ((num_neurons, num_neurons),)
    return dimensions, streams, parameters, states, outputs, matrices


@triton.jit
def places(extents, indices):
    """Return which elements of each array are in a block, given those in each dimension."""
    (N,) = extents
    (n,) = indices
    streams = (n,)
    parameters = (n, n, n, n, n, n)
    states = (n, n, n, n)
    outputs = (n,)
    operands = (n,)
    results = (n,)
    return streams, parameters, states, outputs, operands, results


@triton.jit
def forward_step(streams, parameters, numbers, sizes, products, states, used):
    """Return the outputs and the next states."""
    (x,) = streams
    alpha, rho, threshold, adapt_weight, beta, bias = parameters
    syn, adapt, prev_output, mem = states

    syn_1 = alpha * syn + (1 - alpha) * x
    adapt_1 = rho * adapt + (1 - rho) * tl.abs(prev_output)
    threshold_1 = threshold + adapt_weight * adapt_1
    (lateral,) = product_of(products, 0, 0, 1, prev_output)
    mem_1 = beta * mem + syn_1 + lateral
    spikes = quant_fn(spike_fn(mem_1 - threshold_1 + bias, numbers), numbers)
    mem_2 = mem_1 - spikes * threshold_1
    prev_output_1 = spikes
    spikes_out = spikes

    return (spikes_out,), (syn_1, adapt_1, prev_output_1, mem_2)


@triton.jit
def backward_step(
    streams, parameters, numbers, sizes, products, states, used, d_outputs, d_states, d_parameters
):
    """Return the gradients of the streams, of the parameters, added to those of later timesteps,
    and of the states before the timestep."""
    (x,) = streams
    alpha, rho, threshold, adapt_weight, beta, bias = parameters
    syn, adapt, prev_output, mem = states
    (lateral,) = product_results(products, 0, 0, 1)
    (d_spikes_out,) = d_outputs
    d_syn, d_adapt, d_prev_output, d_mem = d_states
    d_alpha, d_rho, d_threshold, d_adapt_weight, d_beta, d_bias = d_parameters

    inner_1 = 1 - alpha
    syn_1 = alpha * syn + inner_1 * x
    inner_2 = tl.abs(prev_output)
    inner_3 = 1 - rho
    adapt_1 = rho * adapt + inner_3 * inner_2
    threshold_1 = threshold + adapt_weight * adapt_1
    mem_1 = beta * mem + syn_1 + lateral
    inner_4 = mem_1 - threshold_1 + bias
    inner_5 = spike_fn(inner_4, numbers)
    spikes = quant_fn(inner_5, numbers)
    d_spikes = d_spikes_out
    d_spikes = d_spikes + d_prev_output
    d_spikes = d_spikes - d_mem * threshold_1
    d_threshold_1 = -1.0 * (d_mem * spikes)
    d_inner_4 = spike_fn_gradient(inner_4, numbers, quant_fn_gradient(inner_5, numbers, d_spikes))
    d_mem = d_mem + d_inner_4
    d_threshold_1 = d_threshold_1 - d_inner_4
    d_bias = d_bias + d_inner_4
    d_beta = d_beta + d_mem * mem
    d_syn = d_syn + d_mem
    d_lateral = d_mem
    d_mem = d_mem * beta
    d_prev_output = product_back(products, 0, 0, (d_lateral,))
    d_threshold = d_threshold + d_threshold_1
    d_adapt_weight = d_adapt_weight + d_threshold_1 * adapt_1
    d_adapt = d_adapt + d_threshold_1 * adapt_weight
    d_rho = d_rho + (d_adapt * adapt - d_adapt * inner_2)
    d_prev_output = d_prev_output + d_adapt * inner_3 * sign(prev_output)
    d_adapt = d_adapt * rho
    d_alpha = d_alpha + (d_syn * syn - d_syn * x)
    d_x = d_syn * inner_1
    d_syn = d_syn * alpha

    return (
        (d_x,),
        (d_alpha, d_rho, d_threshold, d_adapt_weight, d_beta, d_bias),
        (d_syn, d_adapt, d_prev_output, d_mem),
    )
