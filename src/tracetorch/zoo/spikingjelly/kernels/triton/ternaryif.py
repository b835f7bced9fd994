# Generated from spec/zoo/peers/spikingjelly.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 49ff7fcc2600c015
# TernaryIF, ternary integrate-and-fire neuron of SpikingJelly.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: fc23b2500c83abab

import triton
import triton.language as tl  # noqa: F401, triton.jit requires it


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    v_threshold, v_reset = parameters
    noise_0, noise_1 = noise
    (v,) = states

    v = v + x
    up = 1 - quant_fn(spike_fn(v_threshold - v, numbers), numbers, noise_0)
    down = 1 - quant_fn(spike_fn(v_threshold + v, numbers), numbers, noise_1)
    v = (up + down) * v_reset + (1 - (up + down)) * v
    output = up - down

    return output, (v,)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    v_threshold, v_reset = parameters
    noise_0, noise_1 = noise
    (v,) = states
    (d_v,) = d_states

    v_1 = v + x
    inner_1 = v_threshold - v_1
    inner_2 = spike_fn(inner_1, numbers)
    up = 1 - quant_fn(inner_2, numbers, noise_0)
    inner_3 = v_threshold + v_1
    inner_4 = spike_fn(inner_3, numbers)
    down = 1 - quant_fn(inner_4, numbers, noise_1)
    inner_5 = up + down
    inner_6 = 1 - inner_5

    d_up = d_output
    d_down = -1.0 * d_output
    d_inner_5 = d_v * v_reset
    d_inner_12_1 = -1.0 * (d_v * v_1)
    d_up = d_up + (d_inner_5 + d_inner_12_1)
    d_down = d_down + (d_inner_5 + d_inner_12_1)
    d_v_reset = d_v * inner_5
    d_v = d_v * inner_6
    d_inner_3 = spike_fn_gradient(
        inner_3, numbers, quant_fn_gradient(inner_4, numbers, -1.0 * d_down)
    )
    d_v_threshold = d_inner_3
    d_v = d_v + d_inner_3
    d_inner_1 = spike_fn_gradient(
        inner_1, numbers, quant_fn_gradient(inner_2, numbers, -1.0 * d_up)
    )
    d_v_threshold = d_v_threshold + d_inner_1
    d_v = d_v - d_inner_1
    d_x = d_v

    return d_x, (d_v_threshold, d_v_reset), (d_v,)
