# Generated from spec/zoo/gated.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: c3b75b85d96f4d8a
# SpikingMGU, minimal gated unit with a spiking output.
# The recurrence of one timestep, for a block of neurons of one sample.
# Digest of the timestep: c1b34f8f0ca12e54

import triton
import triton.language as tl  # noqa: F401, triton.jit requires it

from tracetorch.sequence.triton.language import sigmoid
from tracetorch.sequence.triton.products import product_back, product_of, product_results

# Whether a block must have all neurons of a sample, since they depend on each other.
MIXES = True


def measure(out_features):
    """Return the size of each dimension of a block, and the number of elements of each array."""
    dimensions = (out_features,)
    streams = ()
    parameters = (out_features,)
    states = (out_features, out_features)
    outputs = (out_features,)
    matrices = ((out_features, out_features), (out_features, out_features))
    return dimensions, streams, parameters, states, outputs, matrices


@triton.jit
def places(extents, indices):
    """Return which elements of each array are in a block, given those in each dimension."""
    (N,) = extents
    (n,) = indices
    streams = ()
    parameters = (n,)
    states = (n, n)
    outputs = (n,)
    operands = (n, n)
    results = (n, n)
    return streams, parameters, states, outputs, operands, results


@triton.jit
def forward_step(streams, parameters, numbers, sizes, products, states, used):
    """Return the outputs and the next states."""
    (threshold,) = parameters
    mem, prev_output = states

    (update_2,) = product_of(products, 0, 0, 1, prev_output)
    update = sigmoid(update_2)
    candidate_2 = mem * update
    (candidate,) = product_of(products, 1, 1, 1, candidate_2)
    mem_1 = (1 - update) * mem + update * candidate
    spikes = quant_fn(spike_fn(mem_1 - threshold, numbers), numbers)
    mem_2 = mem_1 - spikes * threshold
    prev_output_1 = spikes
    spikes_out = spikes

    return (spikes_out,), (mem_2, prev_output_1)


@triton.jit
def backward_step(
    streams, parameters, numbers, sizes, products, states, used, d_outputs, d_states, d_parameters
):
    """Return the gradients of the streams, of the parameters, added to those of later timesteps,
    and of the states before the timestep."""
    (threshold,) = parameters
    mem, prev_output = states
    (update_2,) = product_results(products, 0, 0, 1)
    (candidate,) = product_results(products, 1, 1, 1)
    (d_spikes_out,) = d_outputs
    d_mem, d_prev_output = d_states
    (d_threshold,) = d_parameters

    update = sigmoid(update_2)
    inner_1 = 1 - update
    mem_1 = inner_1 * mem + update * candidate
    inner_2 = mem_1 - threshold
    inner_3 = spike_fn(inner_2, numbers)
    spikes = quant_fn(inner_3, numbers)
    d_spikes = d_spikes_out
    d_spikes = d_spikes + d_prev_output
    d_spikes = d_spikes - d_mem * threshold
    d_threshold = d_threshold - d_mem * spikes
    d_inner_2 = spike_fn_gradient(inner_2, numbers, quant_fn_gradient(inner_3, numbers, d_spikes))
    d_mem = d_mem + d_inner_2
    d_threshold = d_threshold - d_inner_2
    d_update = d_mem * candidate - d_mem * mem
    d_candidate = d_mem * update
    d_mem = d_mem * inner_1
    d_candidate_2 = product_back(products, 1, 1, (d_candidate,))
    d_mem = d_mem + d_candidate_2 * update
    d_update = d_update + d_candidate_2 * mem
    d_update_2 = d_update * (1 - update) * update
    d_prev_output = product_back(products, 0, 0, (d_update_2,))

    return (), (d_threshold,), (d_mem, d_prev_output)
