# Generated from spec/zoo/resets.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: edf7541b4ee4c6e3
# RLIBLZ, recurrent leaky integrator with binary firing and a late hard reset to zero.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: 5fbccb6b9c43a728

import triton
import triton.language as tl  # noqa: F401, triton.jit requires it


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    beta, gamma, threshold, bias, rec_weight = parameters
    (noise_0,) = noise
    rec, prev_output, mem = states

    mem = mem - (prev_output) * mem
    rec = gamma * rec + (1 - gamma) * prev_output
    mem = beta * mem + x + rec_weight * rec
    spikes = quant_fn(spike_fn(mem - threshold + bias, numbers), numbers, noise_0)
    prev_output = spikes

    return spikes, (rec, prev_output, mem)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    beta, gamma, threshold, bias, rec_weight = parameters
    rec, prev_output, mem = states
    d_rec, d_prev_output, d_mem = d_states

    inner_1 = prev_output
    mem_1 = mem - inner_1 * mem
    inner_2 = 1 - gamma
    rec_1 = gamma * rec + inner_2 * prev_output
    mem_2 = beta * mem_1 + x + rec_weight * rec_1
    inner_3 = mem_2 - threshold + bias
    inner_4 = spike_fn(inner_3, numbers)

    d_spikes = d_output
    d_spikes = d_spikes + d_prev_output
    d_inner_3 = spike_fn_gradient(inner_3, numbers, quant_fn_gradient(inner_4, numbers, d_spikes))
    d_mem = d_mem + d_inner_3
    d_threshold = -1.0 * d_inner_3
    d_bias = d_inner_3
    d_beta = d_mem * mem_1
    d_x = d_mem
    d_rec_weight = d_mem * rec_1
    d_rec = d_rec + d_mem * rec_weight
    d_mem = d_mem * beta
    d_gamma = d_rec * rec - d_rec * prev_output
    d_prev_output = d_rec * inner_2
    d_rec = d_rec * gamma
    d_mem = d_mem - d_mem * inner_1

    return d_x, (d_beta, d_gamma, d_threshold, d_bias, d_rec_weight), (d_rec, d_prev_output, d_mem)
