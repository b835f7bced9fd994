# Generated from spec/zoo/peers/snntorch.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 66c0d67ec21043d7
# LinearLeaky, linear map and leaky neuron without a reset of snnTorch.
# The recurrence of one timestep, for a block of neurons of one sample.
# Digest of the timestep: 714d3e65da2a7b29

import triton
import triton.language as tl  # noqa: F401, triton.jit requires it

# Whether a block must have all neurons of a sample, since they depend on each other.
MIXES = False


def measure(out_features):
    """Return the size of each dimension of a block, and the number of elements of each array."""
    dimensions = (out_features,)
    streams = (out_features,)
    parameters = (out_features, out_features, out_features)
    states = (out_features,)
    outputs = (out_features,)
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
    (mem_2,) = streams
    mem_1, threshold, graded_spikes_factor = parameters
    (mem,) = states

    mem_3 = mem_1 * mem + mem_2
    spikes = quant_fn(spike_fn(mem_3 - threshold, numbers), numbers)
    output = graded_spikes_factor * graded_spikes_factor * spikes
    output_out = output

    return (output_out,), (mem_3,)


@triton.jit
def backward_step(
    streams, parameters, numbers, sizes, products, states, used, d_outputs, d_states, d_parameters
):
    """Return the gradients of the streams, of the parameters, added to those of later timesteps,
    and of the states before the timestep."""
    (mem_2,) = streams
    mem_1, threshold, graded_spikes_factor = parameters
    (mem,) = states
    (d_output_out,) = d_outputs
    (d_mem,) = d_states
    d_mem_1, d_threshold, d_graded_spikes_factor = d_parameters

    mem_3 = mem_1 * mem + mem_2
    inner_1 = mem_3 - threshold
    inner_2 = spike_fn(inner_1, numbers)
    spikes = quant_fn(inner_2, numbers)
    inner_3 = graded_spikes_factor * graded_spikes_factor
    d_output = d_output_out
    d_inner_3 = d_output * spikes
    d_graded_spikes_factor = d_graded_spikes_factor + (
        d_inner_3 * graded_spikes_factor + d_inner_3 * graded_spikes_factor
    )
    d_spikes = d_output * inner_3
    d_inner_1 = spike_fn_gradient(inner_1, numbers, quant_fn_gradient(inner_2, numbers, d_spikes))
    d_mem = d_mem + d_inner_1
    d_threshold = d_threshold - d_inner_1
    d_mem_1 = d_mem_1 + d_mem * mem
    d_mem_2 = d_mem
    d_mem = d_mem * mem_1

    return (d_mem_2,), (d_mem_1, d_threshold, d_graded_spikes_factor), (d_mem,)
