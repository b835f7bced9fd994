# Generated from spec/zoo/compartments.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 0e6df2086c288414
# DHLIF, leaky integrate-and-fire neuron with dendritic branches.
# The recurrence of one timestep, for a block of neurons of one sample.
# Digest of the timestep: 9376c3ebd406358d

import triton
import triton.language as tl  # noqa: F401, triton.jit requires it

from tracetorch.sequence.triton.language import sum_of_block

# Whether a block must have all neurons of a sample, since they depend on each other.
MIXES = False


def measure(out_features, branches):
    """Return the size of each dimension of a block, and the number of elements of each array."""
    dimensions = (branches, out_features)
    streams = (branches * out_features,)
    parameters = (branches * out_features, out_features, out_features)
    states = (branches * out_features, out_features)
    outputs = (out_features,)
    matrices = ()
    return dimensions, streams, parameters, states, outputs, matrices


@triton.jit
def places(extents, indices):
    """Return which elements of each array are in a block, given those in each dimension."""
    K, N = extents
    k, n = indices
    streams = (k * N + n,)
    parameters = (k * N + n, n, n)
    states = (k * N + n, n)
    outputs = (n,)
    operands = ()
    results = ()
    return streams, parameters, states, outputs, operands, results


@triton.jit
def forward_step(streams, parameters, numbers, sizes, products, states, used):
    """Return the outputs and the next states."""
    (drive_1,) = streams
    decays, beta, threshold = parameters
    dendrites, mem = states

    drive = drive_1
    dendrites_1 = decays * dendrites + (1 - decays) * drive
    total_1 = sum_of_block(dendrites_1, used, 0)
    mem_1 = beta * mem + (1 - beta) * total_1
    spikes = quant_fn(spike_fn(mem_1 - threshold, numbers), numbers)
    mem_2 = mem_1 - spikes * threshold
    spikes_out = spikes

    return (spikes_out,), (dendrites_1, mem_2)


@triton.jit
def backward_step(
    streams, parameters, numbers, sizes, products, states, used, d_outputs, d_states, d_parameters
):
    """Return the gradients of the streams, of the parameters, added to those of later timesteps,
    and of the states before the timestep."""
    (drive_1,) = streams
    decays, beta, threshold = parameters
    dendrites, mem = states
    (d_spikes_out,) = d_outputs
    d_dendrites, d_mem = d_states
    d_decays, d_beta, d_threshold = d_parameters

    inner_2 = 1 - beta
    d_spikes = d_spikes_out
    d_spikes = d_spikes - d_mem * threshold
    drive = drive_1
    inner_1 = 1 - decays
    dendrites_1 = decays * dendrites + inner_1 * drive
    total_1 = sum_of_block(dendrites_1, used, 0)
    mem_1 = beta * mem + inner_2 * total_1
    inner_3 = mem_1 - threshold
    inner_4 = spike_fn(inner_3, numbers)
    spikes = quant_fn(inner_4, numbers)
    d_threshold = d_threshold - d_mem * spikes
    d_inner_3 = spike_fn_gradient(inner_3, numbers, quant_fn_gradient(inner_4, numbers, d_spikes))
    d_mem = d_mem + d_inner_3
    d_threshold = d_threshold - d_inner_3
    d_beta = d_beta + (d_mem * mem - d_mem * total_1)
    d_total_1 = d_mem * inner_2
    d_mem = d_mem * beta
    d_dendrites = d_dendrites + d_total_1
    d_decays = d_decays + (d_dendrites * dendrites - d_dendrites * drive)
    d_drive = d_dendrites * inner_1
    d_dendrites = d_dendrites * decays
    d_drive_1 = d_drive

    return (d_drive_1,), (d_decays, d_beta, d_threshold), (d_dendrites, d_mem)
