# Generated from spec/zoo/peers/snntorch.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 6efe158d802f324b
# AlphaNone, alpha neuron of snnTorch without a reset.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: 867b786774e6b62f

import triton
import triton.language as tl


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    alpha, beta, threshold = parameters
    (noise_0,) = noise
    syn_exc, syn_inh, mem = states

    scale = 1 + tl.log(alpha) / (tl.log(beta) - tl.log(alpha))
    syn_exc = alpha * syn_exc + x
    syn_inh = beta * syn_inh - x
    mem = scale * (syn_exc + syn_inh)
    spikes = quant_fn(spike_fn(mem - threshold, numbers), numbers, noise_0)

    return spikes, (syn_exc, syn_inh, mem)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    alpha, beta, threshold = parameters
    syn_exc, syn_inh, _ = states
    d_syn_exc, d_syn_inh, d_mem = d_states

    inner_1 = tl.log(beta) - tl.log(alpha)
    inner_2 = tl.log(alpha) / inner_1
    scale = 1 + inner_2
    syn_exc_1 = alpha * syn_exc + x
    syn_inh_1 = beta * syn_inh - x
    inner_3 = syn_exc_1 + syn_inh_1
    mem_1 = scale * inner_3
    inner_4 = mem_1 - threshold
    inner_5 = spike_fn(inner_4, numbers)

    d_spikes = d_output
    d_inner_4 = spike_fn_gradient(inner_4, numbers, quant_fn_gradient(inner_5, numbers, d_spikes))
    d_mem = d_mem + d_inner_4
    d_threshold = -1.0 * d_inner_4
    d_inner_3 = d_mem * scale
    d_scale = d_mem * inner_3
    d_syn_exc = d_syn_exc + d_inner_3
    d_syn_inh = d_syn_inh + d_inner_3
    d_beta = d_syn_inh * syn_inh
    d_x = -1.0 * d_syn_inh
    d_syn_inh = d_syn_inh * beta
    d_alpha = d_syn_exc * syn_exc
    d_x = d_x + d_syn_exc
    d_syn_exc = d_syn_exc * alpha
    d_inner_1 = -1.0 * (d_scale * (inner_2 / inner_1))
    d_alpha = d_alpha + (d_scale / inner_1 / alpha - d_inner_1 / alpha)
    d_beta = d_beta + d_inner_1 / beta

    return d_x, (d_alpha, d_beta, d_threshold), (d_syn_exc, d_syn_inh, tl.zeros_like(x))
