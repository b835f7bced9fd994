# Generated from spec/zoo/peers/spikingjelly.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: fffc046fa91119b0
# STBIF, bipolar integrate-and-fire neuron of SpikingJelly with a spike tracer.
# One timestep of a block of neurons.
# Digest of the timestep: bb3a246ae7d99e61

import triton
import triton.language as tl


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    q_threshold, pos_max, neg_min = parameters
    q, acc_q = states

    q = q + x / q_threshold
    spikes = (q >= 1).to(x.dtype) * (acc_q < pos_max).to(x.dtype) - (q < 0).to(x.dtype) * (
        acc_q > neg_min
    ).to(x.dtype)
    q = q - spikes
    acc_q = acc_q + spikes
    output = spikes * q_threshold

    return output, (q, acc_q)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    q_threshold, pos_max, neg_min = parameters
    q, acc_q = states
    d_q, d_acc_q = d_states

    inner_1 = x / q_threshold
    q_1 = q + inner_1
    spikes = (q_1 >= 1).to(x.dtype) * (acc_q < pos_max).to(x.dtype) - (q_1 < 0).to(x.dtype) * (
        acc_q > neg_min
    ).to(x.dtype)

    d_q_threshold = d_output * spikes
    d_x = d_q / q_threshold
    d_q_threshold = d_q_threshold - d_q * (inner_1 / q_threshold)

    return d_x, (d_q_threshold, tl.zeros_like(x), tl.zeros_like(x)), (d_q, d_acc_q)
