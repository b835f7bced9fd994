# Generated from spec/zoo/charging.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 3bdd1f75816472de
# PLIF, parametric leaky integrate-and-fire neuron.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: 7839d11642c19629

import triton
import triton.language as tl  # noqa: F401, triton.jit requires it


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    threshold, rate = parameters
    (noise_0,) = noise
    (mem,) = states

    mem = mem + (x - mem) * rate
    spikes = quant_fn(spike_fn(mem - threshold, numbers), numbers, noise_0)
    mem = mem - spikes * mem

    return spikes, (mem,)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    threshold, rate = parameters
    (noise_0,) = noise
    (mem,) = states
    (d_mem,) = d_states

    inner_1 = x - mem
    mem_1 = mem + inner_1 * rate
    inner_2 = mem_1 - threshold
    inner_3 = spike_fn(inner_2, numbers)
    spikes = quant_fn(inner_3, numbers, noise_0)

    d_spikes = d_output
    d_spikes = d_spikes - d_mem * mem_1
    d_mem = d_mem - d_mem * spikes
    d_inner_2 = spike_fn_gradient(inner_2, numbers, quant_fn_gradient(inner_3, numbers, d_spikes))
    d_mem = d_mem + d_inner_2
    d_threshold = -1.0 * d_inner_2
    d_inner_1 = d_mem * rate
    d_x = d_inner_1
    d_rate = d_mem * inner_1
    d_mem = d_mem - d_inner_1

    return d_x, (d_threshold, d_rate), (d_mem,)
