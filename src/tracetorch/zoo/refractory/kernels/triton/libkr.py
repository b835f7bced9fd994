# Generated from spec/zoo/refractory.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: ef81266308a5ffd0
# LIBKR, leaky integrator with binary firing and a relative refractory period.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: 331fc7d156686f55

import triton
import triton.language as tl  # noqa: F401, triton.jit requires it


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    beta, threshold, bias, recovery, rise = parameters
    (noise_0,) = noise
    mem, raised = states

    mem = beta * mem + x
    spikes = quant_fn(spike_fn(mem - threshold - raised + bias, numbers), numbers, noise_0)
    raised = recovery * raised + rise * spikes
    mem = mem - spikes * threshold

    return spikes, (mem, raised)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    beta, threshold, bias, recovery, rise = parameters
    (noise_0,) = noise
    mem, raised = states
    d_mem, d_raised = d_states

    mem_1 = beta * mem + x
    inner_1 = mem_1 - threshold - raised + bias
    inner_2 = spike_fn(inner_1, numbers)
    spikes = quant_fn(inner_2, numbers, noise_0)

    d_spikes = d_output
    d_spikes = d_spikes - d_mem * threshold
    d_threshold = -1.0 * (d_mem * spikes)
    d_recovery = d_raised * raised
    d_rise = d_raised * spikes
    d_spikes = d_spikes + d_raised * rise
    d_raised = d_raised * recovery
    d_inner_1 = spike_fn_gradient(inner_1, numbers, quant_fn_gradient(inner_2, numbers, d_spikes))
    d_mem = d_mem + d_inner_1
    d_threshold = d_threshold - d_inner_1
    d_raised = d_raised - d_inner_1
    d_bias = d_inner_1
    d_beta = d_mem * mem
    d_x = d_mem
    d_mem = d_mem * beta

    return d_x, (d_beta, d_threshold, d_bias, d_recovery, d_rise), (d_mem, d_raised)
