# Generated from spec/functional.yaml by tracetorch-codegen. Edit the spec, not this file.
# Checksum of what follows: a7549feab0e6299b
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
    return sigmoid(4 * x)


@triton.jit
def sigmoid4x_gradient(x, numbers, d_output):
    output = sigmoid(4 * x)
    d_x = d_output * (1 - output) * output * 4
    return d_x


# Smooth step by the arctangent: the slope `1 / (1 + (pi x)^2)` has long tails.
@triton.jit
def arctan(x, numbers, noise=None):
    return 0.5 + 0.3183098861837907 * atan(3.141592653589793 * x)


@triton.jit
def arctan_gradient(x, numbers, d_output):
    inner_1 = 3.141592653589793 * x
    d_x = d_output * 0.3183098861837907 / (1 + inner_1 * inner_1) * 3.141592653589793
    return d_x


# Smooth step without an exponential: the slope is `1 / (1 + 2 |x|)^2`.
@triton.jit
def fast_sigmoid(x, numbers, noise=None):
    return 0.5 + x / (1 + 2 * tl.abs(x))


@triton.jit
def fast_sigmoid_gradient(x, numbers, d_output):
    inner_1 = 1 + 2 * tl.abs(x)
    inner_2 = x / inner_1
    d_x = d_output / inner_1 - d_output * (inner_2 / inner_1) * 2 * sign(x)
    return d_x


# Smooth step within 1 of the threshold: the slope is `1 - |x|` there, and 0 elsewhere.
@triton.jit
def triangular(x, numbers, noise=None):
    near = maximum(minimum(x, 1), -1)
    return 0.5 + near * (1 - 0.5 * tl.abs(near))


@triton.jit
def triangular_gradient(x, numbers, d_output):
    inner_1 = minimum(x, 1)
    near = maximum(inner_1, -1)
    inner_2 = 1 - 0.5 * tl.abs(near)
    d_near = d_output * inner_2 - d_output * near * 0.5 * sign(near)
    d_x = tl.where(x <= 1, tl.where(inner_1 >= -1, d_near, 0), 0)
    return d_x


# Linear step within 0.5 of the threshold: the slope is 1 there, and 0 elsewhere.
@triton.jit
def rectangular(x, numbers, noise=None):
    return maximum(minimum(x + 0.5, 1), 0)


@triton.jit
def rectangular_gradient(x, numbers, d_output):
    inner_1 = x + 0.5
    inner_2 = minimum(inner_1, 1)
    d_x = tl.where(inner_1 <= 1, tl.where(inner_2 >= 0, d_output, 0), 0)
    return d_x


# Smooth step by the normal distribution: the slope is `exp(-pi x^2)`.
@triton.jit
def gaussian(x, numbers, noise=None):
    return 0.5 + 0.5 * tl.erf(1.7724538509055159 * x)


@triton.jit
def gaussian_gradient(x, numbers, d_output):
    inner_1 = 1.7724538509055159 * x
    d_x = d_output * 0.5 * 1.1283791670955126 * tl.exp(-inner_1 * inner_1) * 1.7724538509055159
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
