# Generated from spec/zoo/peers/spikingjelly.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 174f212ad5de231d
# TernaryLIF, ternary leaky integrate-and-fire neuron of SpikingJelly.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: 98c3bd8ff443a102

import triton
import triton.language as tl  # noqa: F401, triton.jit requires it


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    tau, v_threshold, v_reset = parameters
    noise_0, noise_1 = noise
    (v,) = states

    v = v + (x - (v - v_reset)) / tau
    up = 1 - quant_fn(spike_fn(v_threshold - v, numbers), numbers, noise_0)
    down = 1 - quant_fn(spike_fn(v_threshold + v, numbers), numbers, noise_1)
    v = (up + down) * v_reset + (1 - (up + down)) * v
    output = up - down

    return output, (v,)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    tau, v_threshold, v_reset = parameters
    noise_0, noise_1 = noise
    (v,) = states
    (d_v,) = d_states

    inner_1 = x - (v - v_reset)
    inner_2 = inner_1 / tau
    v_1 = v + inner_2
    inner_3 = v_threshold - v_1
    inner_4 = spike_fn(inner_3, numbers)
    up = 1 - quant_fn(inner_4, numbers, noise_0)
    inner_5 = v_threshold + v_1
    inner_6 = spike_fn(inner_5, numbers)
    down = 1 - quant_fn(inner_6, numbers, noise_1)
    inner_7 = up + down
    inner_8 = 1 - inner_7

    d_up = d_output
    d_down = -1.0 * d_output
    d_inner_7 = d_v * v_reset
    d_inner_15_1 = -1.0 * (d_v * v_1)
    d_up = d_up + (d_inner_7 + d_inner_15_1)
    d_down = d_down + (d_inner_7 + d_inner_15_1)
    d_v_reset = d_v * inner_7
    d_v = d_v * inner_8
    d_inner_5 = spike_fn_gradient(
        inner_5, numbers, quant_fn_gradient(inner_6, numbers, -1.0 * d_down)
    )
    d_v_threshold = d_inner_5
    d_v = d_v + d_inner_5
    d_inner_3 = spike_fn_gradient(
        inner_3, numbers, quant_fn_gradient(inner_4, numbers, -1.0 * d_up)
    )
    d_v_threshold = d_v_threshold + d_inner_3
    d_v = d_v - d_inner_3
    d_inner_1 = d_v / tau
    d_x = d_inner_1
    d_v_reset = d_v_reset + d_inner_1
    d_tau = -1.0 * (d_v * (inner_2 / tau))
    d_v = d_v - d_inner_1

    return d_x, (d_tau, d_v_threshold, d_v_reset), (d_v,)
