# Generated from spec/zoo/peers/spikingjelly.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 4a76af894aadf3ac
# OTTTLIF, leaky integrate-and-fire neuron of SpikingJelly for online training through time.
# One timestep of a block of neurons.
# spike_fn, quant_fn and their gradients are set when this file is loaded.
# Digest of the timestep: 9c50a03874e33342

import triton
import triton.language as tl


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    tau, v_threshold = parameters
    (noise_0,) = noise
    v, trace = states

    v = (1 - 1 / tau) * (v) + x
    spikes = 1 - quant_fn(spike_fn(v_threshold - v, numbers), numbers, noise_0)
    v = v - (spikes) * v_threshold
    trace = (1 - 1 / tau) * trace + spikes

    return spikes, (v, trace)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    tau, v_threshold = parameters
    (noise_0,) = noise
    v, _ = states
    d_v, d_trace = d_states

    inner_1 = v
    inner_2 = 1 / tau
    v_1 = (1 - inner_2) * inner_1 + x
    inner_3 = v_threshold - v_1
    inner_4 = spike_fn(inner_3, numbers)
    spikes = 1 - quant_fn(inner_4, numbers, noise_0)
    inner_5 = spikes

    d_spikes = d_output
    d_v_threshold = -1.0 * (d_v * inner_5)
    d_inner_3 = spike_fn_gradient(
        inner_3, numbers, quant_fn_gradient(inner_4, numbers, -1.0 * d_spikes)
    )
    d_v_threshold = d_v_threshold + d_inner_3
    d_v = d_v - d_inner_3
    d_tau = -1.0 * (-1.0 * (d_v * inner_1)) * (inner_2 / tau)
    d_x = d_v

    return d_x, (d_tau, d_v_threshold), (tl.zeros_like(x), tl.zeros_like(x))
