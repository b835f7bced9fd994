# Generated from spec/zoo/memory.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: f7a05ad433335f77
# LMU, Legendre memory unit.
# The recurrence of one timestep, for a block of neurons of one sample.
# Digest of the timestep: d60589dc03cb2607

import triton
import triton.language as tl  # noqa: F401, triton.jit requires it

from tracetorch.sequence.triton.language import sum_of_block, tanh
from tracetorch.sequence.triton.products import product_back, product_of, product_results

# Whether a block must have all neurons of a sample, since they depend on each other.
MIXES = True


def measure(out_features, order):
    """Return the size of each dimension of a block, and the number of elements of each array."""
    dimensions = (order, out_features)
    streams = ()
    parameters = (order,)
    states = (out_features, order)
    outputs = (out_features,)
    matrices = (
        (1, out_features),
        (1, order),
        (order, order),
        (out_features, out_features),
        (out_features, order),
    )
    return dimensions, streams, parameters, states, outputs, matrices


@triton.jit
def places(extents, indices):
    """Return which elements of each array are in a block, given those in each dimension."""
    K, N = extents
    k, n = indices
    streams = ()
    parameters = (k,)
    states = (n, k)
    outputs = (n,)
    operands = (n, k, k, n, k)
    results = (0, 0, k, n, n)
    return streams, parameters, states, outputs, operands, results


@triton.jit
def forward_step(streams, parameters, numbers, sizes, products, states, used):
    """Return the outputs and the next states."""
    (drive,) = parameters
    H, memory = states

    (u_2,) = product_of(products, 0, 0, 1, H)
    (u,) = product_of(products, 1, 1, 1, memory)
    u = u + u_2
    (memory_1,) = product_of(products, 2, 2, 1, memory)
    memory_2 = memory_1 + u * drive
    (H_2,) = product_of(products, 3, 3, 1, H)
    (H_3,) = product_of(products, 4, 4, 1, memory_2)
    H_3 = H_3 + H_2
    H_4 = tanh(H_3)
    H_out = H_4
    memory_3 = memory_2

    return (H_out,), (H_4, memory_3)


@triton.jit
def backward_step(
    streams, parameters, numbers, sizes, products, states, used, d_outputs, d_states, d_parameters
):
    """Return the gradients of the streams, of the parameters, added to those of later timesteps,
    and of the states before the timestep."""
    (drive,) = parameters
    H, memory = states
    (u_2,) = product_results(products, 0, 0, 1)
    (u,) = product_results(products, 1, 1, 1)
    u = u + u_2
    (H_2,) = product_results(products, 3, 3, 1)
    (H_3,) = product_results(products, 4, 4, 1)
    H_3 = H_3 + H_2
    (d_H_out,) = d_outputs
    d_H, d_memory = d_states
    (d_drive,) = d_parameters

    H_4 = tanh(H_3)
    d_H = d_H + d_H_out
    d_H_3 = d_H * (1 - H_4 * H_4)
    d_memory_2 = d_memory
    d_memory_2 = d_memory_2 + product_back(products, 4, 4, (d_H_3,))
    d_H_2 = d_H_3
    d_H = product_back(products, 3, 3, (d_H_2,))
    d_memory_1 = d_memory_2
    d_u = sum_of_block(d_memory_2 * drive, used, 0)
    d_drive = d_drive + d_memory_2 * u
    d_memory = product_back(products, 2, 2, (d_memory_1,))
    d_memory = d_memory + product_back(products, 1, 1, (d_u,))
    d_u_2 = d_u
    d_H = d_H + product_back(products, 0, 0, (d_u_2,))

    return (), (d_drive,), (d_H, d_memory)
