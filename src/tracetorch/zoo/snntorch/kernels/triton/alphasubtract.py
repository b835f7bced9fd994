# Generated from spec/zoo/peers/snntorch.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 42a36d85f1d22e7c
# AlphaSubtract, alpha neuron of snnTorch with a subtractive reset.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: 7508effd8a34c043

import triton
import triton.language as tl


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    alpha, beta, threshold = parameters
    (noise_0,) = noise
    syn_exc, syn_inh, mem = states

    reset = (mem > threshold).to(x.dtype)
    scale = 1 + tl.log(alpha) / (tl.log(beta) - tl.log(alpha))
    excited = alpha * syn_exc + x
    inhibited = beta * syn_inh - x
    mem = scale * (excited + inhibited) + reset * syn_inh
    syn_exc = excited - reset * threshold
    syn_inh = (1 - reset) * inhibited
    spikes = quant_fn(spike_fn(mem - threshold, numbers), numbers, noise_0)

    return spikes, (syn_exc, syn_inh, mem)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    alpha, beta, threshold = parameters
    syn_exc, syn_inh, mem = states
    d_syn_exc, d_syn_inh, d_mem = d_states

    reset = (mem > threshold).to(x.dtype)
    inner_1 = tl.log(beta) - tl.log(alpha)
    inner_2 = tl.log(alpha) / inner_1
    scale = 1 + inner_2
    excited = alpha * syn_exc + x
    inhibited = beta * syn_inh - x
    inner_3 = excited + inhibited
    mem_1 = scale * inner_3 + reset * syn_inh
    inner_4 = 1 - reset
    inner_5 = mem_1 - threshold
    inner_6 = spike_fn(inner_5, numbers)

    d_spikes = d_output
    d_inner_5 = spike_fn_gradient(inner_5, numbers, quant_fn_gradient(inner_6, numbers, d_spikes))
    d_mem = d_mem + d_inner_5
    d_threshold = -1.0 * d_inner_5
    d_inhibited = d_syn_inh * inner_4
    d_excited = d_syn_exc
    d_threshold = d_threshold - d_syn_exc * reset
    d_inner_3 = d_mem * scale
    d_scale = d_mem * inner_3
    d_excited = d_excited + d_inner_3
    d_inhibited = d_inhibited + d_inner_3
    d_syn_inh = d_mem * reset
    d_beta = d_inhibited * syn_inh
    d_syn_inh = d_syn_inh + d_inhibited * beta
    d_x = -1.0 * d_inhibited
    d_alpha = d_excited * syn_exc
    d_syn_exc = d_excited * alpha
    d_x = d_x + d_excited
    d_inner_1 = -1.0 * (d_scale * (inner_2 / inner_1))
    d_alpha = d_alpha + (d_scale / inner_1 / alpha - d_inner_1 / alpha)
    d_beta = d_beta + d_inner_1 / beta

    return d_x, (d_alpha, d_beta, d_threshold), (d_syn_exc, d_syn_inh, tl.zeros_like(x))
