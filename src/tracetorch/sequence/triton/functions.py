# Generated from spec/functional.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: 8da06e8581635ddc
# The spike functions and quantizers of spiking layers, and their gradients.
# `numbers` holds the numbers of all functions of a layer. `run.py` sets `FIRST`, the index of the
# first number of the function in use, when it loads this file.

import triton
import triton.language as tl

from tracetorch.sequence.triton.language import (
    atan,
    maximum,
    minimum,
    round,
    sigmoid,
    sign,
    straight_through,
)


# Smooth step by the logistic function: the slope falls exponentially.
@triton.jit
def sigmoid4x(x, numbers, noise=None):
    slope = numbers[FIRST]
    return sigmoid(slope * x)


@triton.jit
def sigmoid4x_gradient(x, numbers, d_output):
    slope = numbers[FIRST]
    inner_1 = slope * x
    output = sigmoid(inner_1)
    d_inner_1 = d_output * (1 - output) * output
    d_x = d_inner_1 * slope
    return d_x


# Smooth step by the arctangent: the slope, by default `1 / (1 + (pi x)^2)`, has long tails.
@triton.jit
def arctan(x, numbers, noise=None):
    alpha = numbers[FIRST]
    return 0.5 + 0.3183098861837907 * atan(1.5707963267948966 * alpha * x)


@triton.jit
def arctan_gradient(x, numbers, d_output):
    alpha = numbers[FIRST]
    inner_1 = 1.5707963267948966 * alpha
    inner_2 = inner_1 * x
    d_inner_2 = d_output * 0.3183098861837907 / (1 + inner_2 * inner_2)
    d_x = d_inner_2 * inner_1
    return d_x


# Smooth step without an exponential: the slope is by default `1 / (1 + 2 |x|)^2`.
@triton.jit
def fast_sigmoid(x, numbers, noise=None):
    slope = numbers[FIRST]
    return 0.5 + x / (2 / slope + 2 * tl.abs(x))


@triton.jit
def fast_sigmoid_gradient(x, numbers, d_output):
    slope = numbers[FIRST]
    inner_1 = 2 / slope
    inner_2 = inner_1 + 2 * tl.abs(x)
    inner_3 = x / inner_2
    d_inner_2 = -1.0 * (d_output * (inner_3 / inner_2))
    d_x = d_output / inner_2 + d_inner_2 * 2 * sign(x)
    return d_x


# Smooth step near the threshold: the slope is by default `1 - |x|` within 1, and 0 elsewhere.
@triton.jit
def triangular(x, numbers, noise=None):
    width = numbers[FIRST]
    near = maximum(minimum(x / width, 1), -1)
    return 0.5 + near * (1 - 0.5 * tl.abs(near))


@triton.jit
def triangular_gradient(x, numbers, d_output):
    width = numbers[FIRST]
    inner_1 = x / width
    inner_2 = minimum(inner_1, 1)
    near = maximum(inner_2, -1)
    inner_3 = 1 - 0.5 * tl.abs(near)
    d_near = d_output * inner_3 - d_output * near * 0.5 * sign(near)
    d_inner_1 = tl.where(inner_1 <= 1, tl.where(inner_2 >= -1, d_near, 0), 0)
    d_x = d_inner_1 / width
    return d_x


# Linear step near the threshold: the slope is by default 1 within 0.5, and 0 elsewhere.
@triton.jit
def rectangular(x, numbers, noise=None):
    width = numbers[FIRST]
    return maximum(minimum(x / width + 0.5, 1), 0)


@triton.jit
def rectangular_gradient(x, numbers, d_output):
    width = numbers[FIRST]
    inner_1 = x / width
    inner_2 = inner_1 + 0.5
    inner_3 = minimum(inner_2, 1)
    d_inner_1 = tl.where(inner_2 <= 1, tl.where(inner_3 >= 0, d_output, 0), 0)
    d_x = d_inner_1 / width
    return d_x


# Smooth step by the normal distribution: the slope is by default `exp(-pi x^2)`.
@triton.jit
def gaussian(x, numbers, noise=None):
    alpha = numbers[FIRST]
    return 0.5 + 0.5 * tl.erf(alpha * x)


@triton.jit
def gaussian_gradient(x, numbers, d_output):
    alpha = numbers[FIRST]
    inner_1 = alpha * x
    d_inner_1 = d_output * 0.5 * 1.1283791670955126 * tl.exp(-1.0 * inner_1 * inner_1)
    d_x = d_inner_1 * alpha
    return d_x


# Smooth step by the Laplace distribution: the slope is by default `exp(-2 |x|)`.
@triton.jit
def exponential(x, numbers, noise=None):
    slope = numbers[FIRST]
    tail = 0.5 * tl.exp(-1.0 * slope * maximum(x, -1.0 * x))
    return tl.where(x < 0, tail, 1 - tail)


@triton.jit
def exponential_gradient(x, numbers, d_output):
    slope = numbers[FIRST]
    inner_1 = maximum(x, -1.0 * x)
    inner_2 = -1.0 * slope * inner_1
    inner_3 = tl.exp(inner_2)
    d_tail = tl.where(x < 0, d_output, 0) - tl.where(x < 0, 0, d_output)
    d_inner_2 = d_tail * 0.5 * inner_3
    d_inner_1 = -1.0 * (d_inner_2 * slope)
    d_x = tl.where(x >= -1.0 * x, d_inner_1, 0) - tl.where(x < -1.0 * x, d_inner_1, 0)
    return d_x


# The value unchanged.
@triton.jit
def identity(x, numbers, noise=None):
    return x


@triton.jit
def identity_gradient(x, numbers, d_output):
    d_x = d_output
    return d_x


# The nearest multiple of the step size; the gradient passes through unchanged.
@triton.jit
def round_ste(x, numbers, noise=None):
    step_size = numbers[FIRST]
    return straight_through(round(x / step_size) * step_size, x)


@triton.jit
def round_ste_gradient(x, numbers, d_output):
    d_x = d_output
    return d_x


# Rounded up with a probability equal to the fraction; the gradient passes through unchanged.
@triton.jit
def stochastic_round_ste(x, numbers, noise):
    step_size = numbers[FIRST]
    steps = x / step_size
    below = tl.floor(steps)
    return straight_through((below + (noise < steps - below).to(x.dtype)) * step_size, x)


@triton.jit
def stochastic_round_ste_gradient(x, numbers, d_output):
    d_x = d_output
    return d_x


# The value with a probability equal to it, else 0; the gradient is that of the mean.
@triton.jit
def probabilistic_ste(x, numbers, noise):
    return straight_through(x * (noise < x).to(x.dtype), x * x)


@triton.jit
def probabilistic_ste_gradient(x, numbers, d_output):
    d_x = d_output * x + d_output * x
    return d_x
