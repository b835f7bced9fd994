# Generated from spec/zoo/peers/sinabs.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 1a1c8ead2ac6d35d
# LIFSingle, leaky integrate-and-fire neuron of Sinabs with one spike per timestep.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: d573a10c1e96bc70

import triton
import triton.language as tl


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    tau_mem, spike_threshold = parameters
    (noise_0,) = noise
    (v_mem,) = states

    alpha_mem = tl.exp(-1 / tau_mem)
    v_mem = alpha_mem * v_mem + (1 - alpha_mem) * x
    spikes = 1 - quant_fn(spike_fn(1 - v_mem / spike_threshold, numbers), numbers, noise_0)
    v_mem = v_mem - spikes * spike_threshold

    return spikes, (v_mem,)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    tau_mem, spike_threshold = parameters
    (noise_0,) = noise
    (v_mem,) = states
    (d_v_mem,) = d_states

    inner_1 = -1 / tau_mem
    alpha_mem = tl.exp(inner_1)
    inner_2 = 1 - alpha_mem
    v_mem_1 = alpha_mem * v_mem + inner_2 * x
    inner_3 = v_mem_1 / spike_threshold
    inner_4 = 1 - inner_3
    inner_5 = spike_fn(inner_4, numbers)
    spikes = 1 - quant_fn(inner_5, numbers, noise_0)

    d_spikes = d_output
    d_spikes = d_spikes - d_v_mem * spike_threshold
    d_spike_threshold = -1.0 * (d_v_mem * spikes)
    d_inner_3 = -1.0 * spike_fn_gradient(
        inner_4, numbers, quant_fn_gradient(inner_5, numbers, -1.0 * d_spikes)
    )
    d_v_mem = d_v_mem + d_inner_3 / spike_threshold
    d_spike_threshold = d_spike_threshold - d_inner_3 * (inner_3 / spike_threshold)
    d_alpha_mem = d_v_mem * v_mem - d_v_mem * x
    d_x = d_v_mem * inner_2
    d_v_mem = d_v_mem * alpha_mem
    d_tau_mem = -1.0 * (d_alpha_mem * alpha_mem * (inner_1 / tau_mem))

    return d_x, (d_tau_mem, d_spike_threshold), (d_v_mem,)
