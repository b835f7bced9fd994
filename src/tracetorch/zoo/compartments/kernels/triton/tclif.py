# Generated from spec/zoo/compartments.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: de9a096875bc6e89
# TCLIF, two-compartment leaky integrate-and-fire neuron.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: d037f04e3858e68d

import triton
import triton.language as tl  # noqa: F401, triton.jit requires it


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    threshold, to_dendrite, to_soma, drop = parameters
    (noise_0,) = noise
    dendrite, mem = states

    dendrite = dendrite - to_dendrite * mem + x
    mem = mem + to_soma * dendrite
    spikes = quant_fn(spike_fn(mem - threshold, numbers), numbers, noise_0)
    dendrite = dendrite - spikes * drop
    mem = mem - spikes * threshold

    return spikes, (dendrite, mem)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    threshold, to_dendrite, to_soma, drop = parameters
    (noise_0,) = noise
    dendrite, mem = states
    d_dendrite, d_mem = d_states

    dendrite_1 = dendrite - to_dendrite * mem + x
    mem_1 = mem + to_soma * dendrite_1
    inner_1 = mem_1 - threshold
    inner_2 = spike_fn(inner_1, numbers)
    spikes = quant_fn(inner_2, numbers, noise_0)

    d_spikes = d_output
    d_spikes = d_spikes - d_mem * threshold
    d_threshold = -1.0 * (d_mem * spikes)
    d_spikes = d_spikes - d_dendrite * drop
    d_drop = -1.0 * (d_dendrite * spikes)
    d_inner_1 = spike_fn_gradient(inner_1, numbers, quant_fn_gradient(inner_2, numbers, d_spikes))
    d_mem = d_mem + d_inner_1
    d_threshold = d_threshold - d_inner_1
    d_to_soma = d_mem * dendrite_1
    d_dendrite = d_dendrite + d_mem * to_soma
    d_to_dendrite = -1.0 * (d_dendrite * mem)
    d_mem = d_mem - d_dendrite * to_dendrite
    d_x = d_dendrite

    return d_x, (d_threshold, d_to_dendrite, d_to_soma, d_drop), (d_dendrite, d_mem)
