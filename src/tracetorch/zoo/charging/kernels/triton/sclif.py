# Generated from spec/zoo/charging.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 3f9f50693a2ae093
# SCLIF, synaptic complementary leaky integrate-and-fire neuron.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: c946de2c133dfdc9

import triton
import triton.language as tl  # noqa: F401, triton.jit requires it

from tracetorch.sequence.triton.language import sigmoid


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    alpha, threshold, rate = parameters
    (noise_0,) = noise
    syn, mem, complement = states

    syn = alpha * syn + (1 - alpha) * x
    mem = (1 - rate) * mem + syn
    spikes = quant_fn(spike_fn(mem - threshold, numbers), numbers, noise_0)
    complement = complement * sigmoid(rate * mem) + spikes
    mem = mem - spikes * (threshold + sigmoid(complement))

    return spikes, (syn, mem, complement)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    alpha, threshold, rate = parameters
    (noise_0,) = noise
    syn, mem, complement = states
    d_syn, d_mem, d_complement = d_states

    inner_1 = 1 - alpha
    syn_1 = alpha * syn + inner_1 * x
    inner_2 = 1 - rate
    mem_1 = inner_2 * mem + syn_1
    inner_3 = mem_1 - threshold
    inner_4 = spike_fn(inner_3, numbers)
    spikes = quant_fn(inner_4, numbers, noise_0)
    inner_5 = rate * mem_1
    inner_6 = sigmoid(inner_5)
    complement_1 = complement * inner_6 + spikes
    inner_7 = sigmoid(complement_1)
    inner_8 = threshold + inner_7

    d_spikes = d_output
    d_inner_8 = -1.0 * (d_mem * spikes)
    d_spikes = d_spikes - d_mem * inner_8
    d_threshold = d_inner_8
    d_complement = d_complement + d_inner_8 * (1 - inner_7) * inner_7
    d_inner_5 = d_complement * complement * (1 - inner_6) * inner_6
    d_rate = d_inner_5 * mem_1
    d_mem = d_mem + d_inner_5 * rate
    d_spikes = d_spikes + d_complement
    d_complement = d_complement * inner_6
    d_inner_3 = spike_fn_gradient(inner_3, numbers, quant_fn_gradient(inner_4, numbers, d_spikes))
    d_mem = d_mem + d_inner_3
    d_threshold = d_threshold - d_inner_3
    d_rate = d_rate - d_mem * mem
    d_syn = d_syn + d_mem
    d_mem = d_mem * inner_2
    d_alpha = d_syn * syn - d_syn * x
    d_x = d_syn * inner_1
    d_syn = d_syn * alpha

    return d_x, (d_alpha, d_threshold, d_rate), (d_syn, d_mem, d_complement)
