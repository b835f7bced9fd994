# Generated from spec/snn.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 1bdba4a749be300f
# LIT, leaky integrator with ternary firing.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: 03cedef2bb609e86

import triton
import triton.language as tl  # noqa: F401, triton.jit requires it


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    beta, pos_threshold, neg_threshold, bias = parameters
    noise_0, noise_1 = noise
    (mem,) = states

    mem = beta * mem + x
    pos_spikes = quant_fn(spike_fn(mem - pos_threshold + bias, numbers), numbers, noise_0)
    neg_spikes = -1.0 * quant_fn(
        spike_fn(-1.0 * mem - neg_threshold - bias, numbers), numbers, noise_1
    )
    mem = mem - pos_spikes * pos_threshold - neg_spikes * neg_threshold
    output = pos_spikes + neg_spikes

    return output, (mem,)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    beta, pos_threshold, neg_threshold, bias = parameters
    noise_0, noise_1 = noise
    (mem,) = states
    (d_mem,) = d_states

    mem_1 = beta * mem + x
    inner_1 = mem_1 - pos_threshold + bias
    inner_2 = spike_fn(inner_1, numbers)
    pos_spikes = quant_fn(inner_2, numbers, noise_0)
    inner_3 = -1.0 * mem_1 - neg_threshold - bias
    inner_4 = spike_fn(inner_3, numbers)
    neg_spikes = -1.0 * quant_fn(inner_4, numbers, noise_1)

    d_pos_spikes = d_output
    d_neg_spikes = d_output
    d_pos_spikes = d_pos_spikes - d_mem * pos_threshold
    d_pos_threshold = -1.0 * (d_mem * pos_spikes)
    d_neg_spikes = d_neg_spikes - d_mem * neg_threshold
    d_neg_threshold = -1.0 * (d_mem * neg_spikes)
    d_inner_3 = spike_fn_gradient(
        inner_3, numbers, quant_fn_gradient(inner_4, numbers, -1.0 * d_neg_spikes)
    )
    d_mem = d_mem - d_inner_3
    d_neg_threshold = d_neg_threshold - d_inner_3
    d_bias = -1.0 * d_inner_3
    d_inner_1 = spike_fn_gradient(
        inner_1, numbers, quant_fn_gradient(inner_2, numbers, d_pos_spikes)
    )
    d_mem = d_mem + d_inner_1
    d_pos_threshold = d_pos_threshold - d_inner_1
    d_bias = d_bias + d_inner_1
    d_beta = d_mem * mem
    d_x = d_mem
    d_mem = d_mem * beta

    return d_x, (d_beta, d_pos_threshold, d_neg_threshold, d_bias), (d_mem,)
