# Generated from spec/zoo/synapses.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 0bb2f5daeb374e24
# CLIB, current-based leaky integrator with binary firing.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: 6c1f9dda43193a3d

import triton
import triton.language as tl  # noqa: F401, triton.jit requires it


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    beta, threshold, bias, fall = parameters
    (noise_0,) = noise
    current, mem = states

    current = fall * current + x
    mem = beta * mem + current
    spikes = quant_fn(spike_fn(mem - threshold + bias, numbers), numbers, noise_0)
    mem = mem - spikes * threshold

    return spikes, (current, mem)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    beta, threshold, bias, fall = parameters
    (noise_0,) = noise
    current, mem = states
    d_current, d_mem = d_states

    current_1 = fall * current + x
    mem_1 = beta * mem + current_1
    inner_1 = mem_1 - threshold + bias
    inner_2 = spike_fn(inner_1, numbers)
    spikes = quant_fn(inner_2, numbers, noise_0)

    d_spikes = d_output
    d_spikes = d_spikes - d_mem * threshold
    d_threshold = -1.0 * (d_mem * spikes)
    d_inner_1 = spike_fn_gradient(inner_1, numbers, quant_fn_gradient(inner_2, numbers, d_spikes))
    d_mem = d_mem + d_inner_1
    d_threshold = d_threshold - d_inner_1
    d_bias = d_inner_1
    d_beta = d_mem * mem
    d_current = d_current + d_mem
    d_mem = d_mem * beta
    d_fall = d_current * current
    d_x = d_current
    d_current = d_current * fall

    return d_x, (d_beta, d_threshold, d_bias, d_fall), (d_current, d_mem)
