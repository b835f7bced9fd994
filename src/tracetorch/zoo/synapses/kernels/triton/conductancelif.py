# Generated from spec/zoo/synapses.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 1789fb8acdbeb19a
# ConductanceLIF, conductance-based leaky integrate-and-fire neuron.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: 199f46640c0e529b

import triton
import triton.language as tl  # noqa: F401, triton.jit requires it

from tracetorch.sequence.triton.language import (
    negative,
    negative_gradient,
    positive,
    positive_gradient,
)


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    threshold, exc_decay, inh_decay, exc_reversal, inh_reversal, rate = parameters
    (noise_0,) = noise
    exc, inh, mem = states

    exc = exc_decay * exc + positive(x)
    inh = inh_decay * inh - negative(x)
    drive = exc * (exc_reversal - mem) + inh * (inh_reversal - mem)
    mem = mem + rate * (drive - mem)
    spikes = quant_fn(spike_fn(mem - threshold, numbers), numbers, noise_0)
    mem = mem - spikes * mem

    return spikes, (exc, inh, mem)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    threshold, exc_decay, inh_decay, exc_reversal, inh_reversal, rate = parameters
    (noise_0,) = noise
    exc, inh, mem = states
    d_exc, d_inh, d_mem = d_states

    exc_1 = exc_decay * exc + positive(x)
    inh_1 = inh_decay * inh - negative(x)
    inner_1 = inh_reversal - mem
    inner_2 = exc_reversal - mem
    drive = exc_1 * inner_2 + inh_1 * inner_1
    inner_3 = drive - mem
    mem_1 = mem + rate * inner_3
    inner_4 = mem_1 - threshold
    inner_5 = spike_fn(inner_4, numbers)
    spikes = quant_fn(inner_5, numbers, noise_0)

    d_spikes = d_output
    d_spikes = d_spikes - d_mem * mem_1
    d_mem = d_mem - d_mem * spikes
    d_inner_4 = spike_fn_gradient(inner_4, numbers, quant_fn_gradient(inner_5, numbers, d_spikes))
    d_mem = d_mem + d_inner_4
    d_threshold = -1.0 * d_inner_4
    d_inner_3 = d_mem * rate
    d_rate = d_mem * inner_3
    d_drive = d_inner_3
    d_mem = d_mem - d_inner_3
    d_inner_2 = d_drive * exc_1
    d_inner_1 = d_drive * inh_1
    d_exc = d_exc + d_drive * inner_2
    d_exc_reversal = d_inner_2
    d_mem = d_mem + (-1.0 * d_inner_2 - d_inner_1)
    d_inh = d_inh + d_drive * inner_1
    d_inh_reversal = d_inner_1
    d_inh_decay = d_inh * inh
    d_x = negative_gradient(x, -1.0 * d_inh)
    d_inh = d_inh * inh_decay
    d_exc_decay = d_exc * exc
    d_x = d_x + positive_gradient(x, d_exc)
    d_exc = d_exc * exc_decay

    return (
        d_x,
        (d_threshold, d_exc_decay, d_inh_decay, d_exc_reversal, d_inh_reversal, d_rate),
        (d_exc, d_inh, d_mem),
    )
