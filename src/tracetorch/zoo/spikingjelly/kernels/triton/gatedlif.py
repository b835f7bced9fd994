# Generated from spec/zoo/peers/spikingjelly.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 88fe1b372f421d76
# GatedLIF, gated leaky integrate-and-fire neuron of SpikingJelly.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: d9b37db903090de3

import triton
import triton.language as tl  # noqa: F401, triton.jit requires it


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    alpha, beta, gamma, exp_decay, linear_decay, conduct, v_subreset, v_firing = parameters
    (noise_0,) = noise
    v, prev_output = states

    leaky = (1 - alpha * (1 - exp_decay)) * v
    v = (
        leaky * (1 - gamma * prev_output)
        - (1 - alpha) * linear_decay
        + x * (1 - beta * (1 - conduct))
        - (1 - gamma) * v_subreset * prev_output
    )
    spikes = 1 - quant_fn(spike_fn(v_firing - v, numbers), numbers, noise_0)
    prev_output = spikes

    return spikes, (v, prev_output)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    alpha, beta, gamma, exp_decay, linear_decay, conduct, v_subreset, v_firing = parameters
    v, prev_output = states
    d_v, d_prev_output = d_states

    inner_1 = 1 - exp_decay
    inner_2 = alpha * inner_1
    inner_3 = 1 - inner_2
    leaky = inner_3 * v
    inner_4 = 1 - gamma
    inner_5 = inner_4 * v_subreset
    inner_6 = 1 - conduct
    inner_7 = beta * inner_6
    inner_8 = 1 - inner_7
    inner_9 = 1 - alpha
    inner_10 = gamma * prev_output
    inner_11 = 1 - inner_10
    v_1 = leaky * inner_11 - inner_9 * linear_decay + x * inner_8 - inner_5 * prev_output
    inner_12 = v_firing - v_1
    inner_13 = spike_fn(inner_12, numbers)

    d_spikes = d_output
    d_spikes = d_spikes + d_prev_output
    d_inner_12 = spike_fn_gradient(
        inner_12, numbers, quant_fn_gradient(inner_13, numbers, -1.0 * d_spikes)
    )
    d_v_firing = d_inner_12
    d_v = d_v - d_inner_12
    d_inner_10 = -1.0 * (d_v * leaky)
    d_inner_7 = -1.0 * (d_v * x)
    d_inner_5 = -1.0 * (d_v * prev_output)
    d_leaky = d_v * inner_11
    d_gamma = d_inner_10 * prev_output - d_inner_5 * v_subreset
    d_prev_output = d_inner_10 * gamma - d_v * inner_5
    d_alpha = d_v * linear_decay
    d_linear_decay = -1.0 * (d_v * inner_9)
    d_x = d_v * inner_8
    d_beta = d_inner_7 * inner_6
    d_conduct = -1.0 * (d_inner_7 * beta)
    d_v_subreset = d_inner_5 * inner_4
    d_inner_2 = -1.0 * (d_leaky * v)
    d_alpha = d_alpha + d_inner_2 * inner_1
    d_exp_decay = -1.0 * (d_inner_2 * alpha)
    d_v = d_leaky * inner_3

    return (
        d_x,
        (
            d_alpha,
            d_beta,
            d_gamma,
            d_exp_decay,
            d_linear_decay,
            d_conduct,
            d_v_subreset,
            d_v_firing,
        ),
        (d_v, d_prev_output),
    )
