# Generated from spec/zoo/peers/sinabs.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 943d385ca4648ec7
# LIFSynaptic, synaptic leaky integrate-and-fire neuron of Sinabs.
# One timestep of a block of neurons.
# spike_fn and their gradients are set when this file is loaded.
# Digest of the timestep: 312e7b979b1e4591

import triton
import triton.language as tl

from tracetorch.sequence.triton.language import maximum, straight_through


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    tau_mem, tau_syn, spike_threshold = parameters
    i_syn, v_mem = states

    alpha_mem = tl.exp(-1 / tau_mem)
    i_syn = tl.exp(-1 / tau_syn) * (i_syn + x)
    v_mem = alpha_mem * v_mem + (1 - alpha_mem) * i_syn
    spikes = straight_through(
        tl.floor(maximum(v_mem / spike_threshold, 0)),
        spike_fn(v_mem / spike_threshold - 1, numbers),
    )
    v_mem = v_mem - spikes * spike_threshold

    return spikes, (i_syn, v_mem)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    tau_mem, tau_syn, spike_threshold = parameters
    i_syn, v_mem = states
    d_i_syn, d_v_mem = d_states

    inner_1 = -1 / tau_mem
    alpha_mem = tl.exp(inner_1)
    inner_2 = i_syn + x
    inner_3 = -1 / tau_syn
    inner_4 = tl.exp(inner_3)
    i_syn_1 = inner_4 * inner_2
    inner_5 = 1 - alpha_mem
    v_mem_1 = alpha_mem * v_mem + inner_5 * i_syn_1
    inner_6 = v_mem_1 / spike_threshold
    inner_7 = inner_6 - 1
    spikes = straight_through(tl.floor(maximum(inner_6, 0)), spike_fn(inner_7, numbers))

    d_spikes = d_output
    d_spikes = d_spikes - d_v_mem * spike_threshold
    d_spike_threshold = -1.0 * (d_v_mem * spikes)
    d_inner_6 = spike_fn_gradient(inner_7, numbers, d_spikes)
    d_v_mem = d_v_mem + d_inner_6 / spike_threshold
    d_spike_threshold = d_spike_threshold - d_inner_6 * (inner_6 / spike_threshold)
    d_alpha_mem = d_v_mem * v_mem - d_v_mem * i_syn_1
    d_i_syn = d_i_syn + d_v_mem * inner_5
    d_v_mem = d_v_mem * alpha_mem
    d_inner_2 = d_i_syn * inner_4
    d_tau_syn = -1.0 * (d_i_syn * inner_2 * inner_4 * (inner_3 / tau_syn))
    d_x = d_inner_2
    d_i_syn = d_inner_2
    d_tau_mem = -1.0 * (d_alpha_mem * alpha_mem * (inner_1 / tau_mem))

    return d_x, (d_tau_mem, d_tau_syn, d_spike_threshold), (d_i_syn, d_v_mem)
