# Generated from spec/zoo/peers/sinabs.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 19c00cee959870f8
# ALIFRecurrent, recurrent adaptive leaky integrate-and-fire neuron of Sinabs.
# The recurrence of one timestep, for a block of neurons of one sample.
# Digest of the timestep: 44c56fa498b01630

import triton
import triton.language as tl  # noqa: F401, triton.jit requires it

from tracetorch.sequence.triton.products import product_back, product_of, product_results

# Whether a block must have all neurons of a sample, since they depend on each other.
MIXES = True


def measure(num_neurons):
    """Return the size of each dimension of a block, and the number of elements of each array."""
    dimensions = (num_neurons,)
    streams = (num_neurons,)
    parameters = (num_neurons, num_neurons, num_neurons, num_neurons, num_neurons, num_neurons)
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
    parameters = (n, n, n, n, n, n)
    states = (n, n, n)
    outputs = (n,)
    operands = (n,)
    results = (n,)
    return streams, parameters, states, outputs, operands, results


@triton.jit
def forward_step(streams, parameters, numbers, sizes, products, states, used):
    """Return the outputs and the next states."""
    (x,) = streams
    alpha_mem, spike_threshold, adapt_scale, b_1, b_2, rec_connect_bias = parameters
    v_mem, b, own_rec_out = states

    v_mem_1 = alpha_mem * v_mem + (1 - alpha_mem) * (x + own_rec_out)
    threshold_now = spike_threshold + adapt_scale * b
    spikes = 1 - quant_fn(spike_fn(1 - v_mem_1 / (threshold_now), numbers), numbers)
    v_mem_2 = v_mem_1 - spikes * threshold_now
    b_3 = b_1 * b + b_2 * spikes
    (rec_out_1,) = product_of(products, 0, 0, 1, spikes)
    own_rec_out_1 = rec_out_1 + rec_connect_bias
    spikes_out = spikes

    return (spikes_out,), (v_mem_2, b_3, own_rec_out_1)


@triton.jit
def backward_step(
    streams, parameters, numbers, sizes, products, states, used, d_outputs, d_states, d_parameters
):
    """Return the gradients of the streams, of the parameters, added to those of later timesteps,
    and of the states before the timestep."""
    (x,) = streams
    alpha_mem, spike_threshold, adapt_scale, b_1, b_2, _ = parameters
    v_mem, b, own_rec_out = states
    (d_spikes_out,) = d_outputs
    d_v_mem, d_b, d_own_rec_out = d_states
    d_alpha_mem, d_spike_threshold, d_adapt_scale, d_b_1, d_b_2, d_rec_connect_bias = d_parameters

    inner_1 = x + own_rec_out
    inner_2 = 1 - alpha_mem
    v_mem_1 = alpha_mem * v_mem + inner_2 * inner_1
    threshold_now = spike_threshold + adapt_scale * b
    inner_3 = threshold_now
    inner_4 = v_mem_1 / inner_3
    inner_5 = 1 - inner_4
    inner_6 = spike_fn(inner_5, numbers)
    spikes = 1 - quant_fn(inner_6, numbers)
    d_spikes = d_spikes_out
    d_rec_out_1 = d_own_rec_out
    d_rec_connect_bias = d_rec_connect_bias + d_own_rec_out
    d_spikes = d_spikes + product_back(products, 0, 0, (d_rec_out_1,))
    d_b_1 = d_b_1 + d_b * b
    d_b_2 = d_b_2 + d_b * spikes
    d_spikes = d_spikes + d_b * b_2
    d_b = d_b * b_1
    d_spikes = d_spikes - d_v_mem * threshold_now
    d_threshold_now = -1.0 * (d_v_mem * spikes)
    d_inner_4 = -1.0 * spike_fn_gradient(
        inner_5, numbers, quant_fn_gradient(inner_6, numbers, -1.0 * d_spikes)
    )
    d_v_mem = d_v_mem + d_inner_4 / inner_3
    d_spike_threshold = d_spike_threshold + d_threshold_now
    d_adapt_scale = d_adapt_scale + d_threshold_now * b
    d_b = d_b + d_threshold_now * adapt_scale
    d_inner_1 = d_v_mem * inner_2
    d_alpha_mem = d_alpha_mem + (d_v_mem * v_mem - d_v_mem * inner_1)
    d_x = d_inner_1
    d_own_rec_out = d_inner_1
    d_v_mem = d_v_mem * alpha_mem

    return (
        (d_x,),
        (d_alpha_mem, d_spike_threshold, d_adapt_scale, d_b_1, d_b_2, d_rec_connect_bias),
        (d_v_mem, d_b, d_own_rec_out),
    )
