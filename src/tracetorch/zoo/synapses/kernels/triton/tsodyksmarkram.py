# Generated from spec/zoo/synapses.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 38461f77404b31b9
# TsodyksMarkram, synapse with short-term plasticity.
# One timestep of a block of neurons.
# Digest of the timestep: 824cb3e7b9e7e0ce

import triton
import triton.language as tl  # noqa: F401, triton.jit requires it


@triton.jit
def forward_step(x, noise, numbers, parameters, states):
    """Return the output and the next states."""
    release, facilitation, depression = parameters
    use, resources = states

    use = facilitation * use
    use = use + release * (1 - use) * x
    resources = 1 - depression * (1 - resources)
    sent = use * resources * x
    resources = resources - sent

    return sent, (use, resources)


@triton.jit
def backward_step(x, noise, numbers, parameters, states, d_output, d_states):
    """Return the gradients of the input, the parameters and the states before the timestep, given
    those of its output and of the states after it."""
    release, facilitation, depression = parameters
    use, resources = states
    d_use, d_resources = d_states

    use_1 = facilitation * use
    inner_1 = 1 - use_1
    inner_2 = release * inner_1
    use_2 = use_1 + inner_2 * x
    inner_3 = 1 - resources
    resources_1 = 1 - depression * inner_3
    inner_4 = use_2 * resources_1

    d_sent = d_output
    d_sent = d_sent - d_resources
    d_inner_4 = d_sent * x
    d_use = d_use + d_inner_4 * resources_1
    d_resources = d_resources + d_inner_4 * use_2
    d_x = d_sent * inner_4
    d_depression = -1.0 * (d_resources * inner_3)
    d_resources = d_resources * depression
    d_inner_2 = d_use * x
    d_release = d_inner_2 * inner_1
    d_x = d_x + d_use * inner_2
    d_use = d_use - d_inner_2 * release
    d_facilitation = d_use * use
    d_use = d_use * facilitation

    return d_x, (d_release, d_facilitation, d_depression), (d_use, d_resources)
