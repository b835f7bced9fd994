# Generated from spec/zoo/resets.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: d9e4c4a018d47329
# LIBZ, leaky integrator with binary firing and a hard reset to zero.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: 7bc3688c9739fce4

import triton
import triton.language as tl  # noqa: F401, triton.jit requires it


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    beta, threshold, bias = parameters
    (noise_0,) = noise
    (mem,) = states

    mem = beta * mem + x
    spikes = quant_fn(spike_fn(mem - threshold + bias, numbers), numbers, noise_0)
    mem = mem - spikes * mem

    return spikes, (mem,)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    beta, threshold, bias = parameters
    (noise_0,) = noise
    (mem,) = states
    (d_mem,) = d_states

    mem_1 = beta * mem + x
    inner_1 = mem_1 - threshold + bias
    inner_2 = spike_fn(inner_1, numbers)
    spikes = quant_fn(inner_2, numbers, noise_0)

    d_spikes = d_output
    d_spikes = d_spikes - d_mem * mem_1
    d_mem = d_mem - d_mem * spikes
    d_inner_1 = spike_fn_gradient(inner_1, numbers, quant_fn_gradient(inner_2, numbers, d_spikes))
    d_mem = d_mem + d_inner_1
    d_threshold = -1.0 * d_inner_1
    d_bias = d_inner_1
    d_beta = d_mem * mem
    d_x = d_mem
    d_mem = d_mem * beta

    return d_x, (d_beta, d_threshold, d_bias), (d_mem,)
