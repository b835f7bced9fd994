# Generated from spec/zoo/memory.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: b44c5cc889a64fa2
# CfC, closed-form continuous-time layer.
# The recurrence of one timestep, for a block of neurons of one sample.
# Digest of the timestep: 5054f921c805ad85

import triton
import triton.language as tl  # noqa: F401, triton.jit requires it

from tracetorch.sequence.triton.language import sigmoid, tanh
from tracetorch.sequence.triton.products import product_back, product_of, product_results

# Whether a block must have all neurons of a sample, since they depend on each other.
MIXES = True


def measure(out_features, backbone_features):
    """Return the size of each dimension of a block, and the number of elements of each array."""
    dimensions = (backbone_features, out_features)
    streams = ()
    parameters = (out_features, out_features, out_features, out_features, out_features)
    states = (out_features,)
    outputs = (out_features,)
    matrices = (
        (backbone_features, out_features),
        (out_features, backbone_features),
        (out_features, backbone_features),
        (out_features, backbone_features),
        (out_features, backbone_features),
    )
    return dimensions, streams, parameters, states, outputs, matrices


@triton.jit
def places(extents, indices):
    """Return which elements of each array are in a block, given those in each dimension."""
    K, N = extents
    k, n = indices
    streams = ()
    parameters = (n, n, n, n, n)
    states = (n,)
    outputs = (n,)
    operands = (n, k, k, k, k)
    results = (k, n, n, n, n)
    return streams, parameters, states, outputs, operands, results


@triton.jit
def forward_step(streams, parameters, numbers, sizes, products, states, used):
    """Return the outputs and the next states."""
    speed_layer_bias, shift_layer_bias, dt, early_layer_bias, late_layer_bias = parameters
    (H,) = states

    (shared_2,) = product_of(products, 0, 0, 1, H)
    shared = 1.7159 * tanh(0.666 * shared_2)
    (late_1,) = product_of(products, 1, 1, 1, shared)
    late_2 = late_1 + speed_layer_bias
    (late_3,) = product_of(products, 2, 2, 1, shared)
    late = late_3 + shift_layer_bias
    late_4 = sigmoid(late_2 * dt + late)
    (H_1,) = product_of(products, 3, 3, 1, shared)
    H_2 = H_1 + early_layer_bias
    (H_3,) = product_of(products, 4, 4, 1, shared)
    H_4 = H_3 + late_layer_bias
    H_5 = tanh(H_2) * (1 - late_4) + tanh(H_4) * late_4
    H_out = H_5

    return (H_out,), (H_5,)


@triton.jit
def backward_step(
    streams, parameters, numbers, sizes, products, states, used, d_outputs, d_states, d_parameters
):
    """Return the gradients of the streams, of the parameters, added to those of later timesteps,
    and of the states before the timestep."""
    speed_layer_bias, shift_layer_bias, dt, early_layer_bias, late_layer_bias = parameters
    (H,) = states
    (shared_2,) = product_results(products, 0, 0, 1)
    (late_1,) = product_results(products, 1, 1, 1)
    (late_3,) = product_results(products, 2, 2, 1)
    (H_1,) = product_results(products, 3, 3, 1)
    (H_3,) = product_results(products, 4, 4, 1)
    (d_H_out,) = d_outputs
    (d_H,) = d_states
    d_speed_layer_bias, d_shift_layer_bias, d_dt, d_early_layer_bias, d_late_layer_bias = (
        d_parameters
    )

    inner_1 = tanh(0.666 * shared_2)
    late_2 = late_1 + speed_layer_bias
    late = late_3 + shift_layer_bias
    inner_2 = late_2 * dt + late
    late_4 = sigmoid(inner_2)
    H_2 = H_1 + early_layer_bias
    H_4 = H_3 + late_layer_bias
    inner_3 = tanh(H_4)
    inner_4 = 1 - late_4
    inner_5 = tanh(H_2)
    d_H = d_H + d_H_out
    d_H_2 = d_H * inner_4 * (1 - inner_5 * inner_5)
    d_late_4 = d_H * inner_3 - d_H * inner_5
    d_H_4 = d_H * late_4 * (1 - inner_3 * inner_3)
    d_H_3 = d_H_4
    d_late_layer_bias = d_late_layer_bias + d_H_4
    d_shared = product_back(products, 4, 4, (d_H_3,))
    d_H_1 = d_H_2
    d_early_layer_bias = d_early_layer_bias + d_H_2
    d_shared = d_shared + product_back(products, 3, 3, (d_H_1,))
    d_inner_2 = d_late_4 * (1 - late_4) * late_4
    d_late_2 = d_inner_2 * dt
    d_dt = d_dt + d_inner_2 * late_2
    d_late = d_inner_2
    d_late_3 = d_late
    d_shift_layer_bias = d_shift_layer_bias + d_late
    d_shared = d_shared + product_back(products, 2, 2, (d_late_3,))
    d_late_1 = d_late_2
    d_speed_layer_bias = d_speed_layer_bias + d_late_2
    d_shared = d_shared + product_back(products, 1, 1, (d_late_1,))
    d_shared_2 = d_shared * 1.7159 * (1 - inner_1 * inner_1) * 0.666
    d_H = product_back(products, 0, 0, (d_shared_2,))

    return (
        (),
        (d_speed_layer_bias, d_shift_layer_bias, d_dt, d_early_layer_bias, d_late_layer_bias),
        (d_H,),
    )
