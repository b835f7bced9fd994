# Generated from spec/zoo/charging.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 9df4b48f607b0fe8
# GLIF, gated leaky integrate-and-fire neuron.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: 26c7b530983b18e5

import triton
import triton.language as tl  # noqa: F401, triton.jit requires it


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    threshold, leak_gate, input_gate, reset_gate, decay, leak, conductance, drop = parameters
    (noise_0,) = noise
    mem, prev_output = states

    mem = (1 - leak_gate * (1 - decay)) * mem * (1 - reset_gate * prev_output)
    mem = mem - (1 - leak_gate) * leak - (1 - reset_gate) * drop * prev_output
    mem = mem + (1 - input_gate * (1 - conductance)) * x
    spikes = quant_fn(spike_fn(mem - threshold, numbers), numbers, noise_0)
    prev_output = spikes

    return spikes, (mem, prev_output)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    threshold, leak_gate, input_gate, reset_gate, decay, leak, conductance, drop = parameters
    mem, prev_output = states
    d_mem, d_prev_output = d_states

    inner_1 = reset_gate * prev_output
    inner_2 = 1 - inner_1
    inner_3 = 1 - decay
    inner_4 = leak_gate * inner_3
    inner_5 = 1 - inner_4
    inner_6 = inner_5 * mem
    mem_1 = inner_6 * inner_2
    inner_7 = 1 - reset_gate
    inner_8 = inner_7 * drop
    inner_9 = 1 - leak_gate
    mem_2 = mem_1 - inner_9 * leak - inner_8 * prev_output
    inner_10 = 1 - conductance
    inner_11 = input_gate * inner_10
    inner_12 = 1 - inner_11
    mem_3 = mem_2 + inner_12 * x
    inner_13 = mem_3 - threshold
    inner_14 = spike_fn(inner_13, numbers)

    d_spikes = d_output
    d_spikes = d_spikes + d_prev_output
    d_inner_13 = spike_fn_gradient(
        inner_13, numbers, quant_fn_gradient(inner_14, numbers, d_spikes)
    )
    d_mem = d_mem + d_inner_13
    d_threshold = -1.0 * d_inner_13
    d_inner_11 = -1.0 * (d_mem * x)
    d_input_gate = d_inner_11 * inner_10
    d_conductance = -1.0 * (d_inner_11 * input_gate)
    d_x = d_mem * inner_12
    d_inner_8 = -1.0 * (d_mem * prev_output)
    d_leak_gate = d_mem * leak
    d_leak = -1.0 * (d_mem * inner_9)
    d_reset_gate = -1.0 * (d_inner_8 * drop)
    d_drop = d_inner_8 * inner_7
    d_prev_output = -1.0 * (d_mem * inner_8)
    d_inner_6 = d_mem * inner_2
    d_inner_4 = -1.0 * (d_inner_6 * mem)
    d_inner_1 = -1.0 * (d_mem * inner_6)
    d_leak_gate = d_leak_gate + d_inner_4 * inner_3
    d_decay = -1.0 * (d_inner_4 * leak_gate)
    d_reset_gate = d_reset_gate + d_inner_1 * prev_output
    d_prev_output = d_prev_output + d_inner_1 * reset_gate
    d_mem = d_inner_6 * inner_5

    return (
        d_x,
        (
            d_threshold,
            d_leak_gate,
            d_input_gate,
            d_reset_gate,
            d_decay,
            d_leak,
            d_conductance,
            d_drop,
        ),
        (d_mem, d_prev_output),
    )
