"""The functions of the expression language in Triton, with PyTorch's results for NaN and infinity.

These are the functions that Triton lacks, composed of functions that work both on a GPU and in
Triton's interpreter, which cannot call libdevice.
"""

import triton
import triton.language as tl


@triton.jit
def maximum(x, low):
    return tl.where(x >= low, x, tl.where(x != x, x, low))


@triton.jit
def minimum(x, high):
    return tl.where(x <= high, x, tl.where(x != x, x, high))


@triton.jit
def positive(x):
    return maximum(x, 0)


@triton.jit
def negative(x):
    return minimum(x, 0)


@triton.jit
def positive_gradient(x, gradient):
    """Return the gradient of `positive`: half at 0, where `negative` has the other half."""
    return tl.where(x < 0, 0, tl.where(x == 0, gradient * 0.5, gradient))


@triton.jit
def negative_gradient(x, gradient):
    return tl.where(x > 0, 0, tl.where(x == 0, gradient * 0.5, gradient))


@triton.jit
def relu(x):
    return maximum(x, 0)


@triton.jit
def sign(x):
    return (x > 0).to(x.dtype) - (x < 0).to(x.dtype)


@triton.jit
def square(x):
    return x * x


@triton.jit
def round(x):
    """Round to the nearest whole number, halves to even."""
    below = tl.floor(x)
    half = below * 0.5
    fraction = x - below
    is_odd = tl.floor(half) != half
    is_up = (fraction > 0.5) | ((fraction == 0.5) & is_odd)
    return tl.where(is_up, below + 1, below)


@triton.jit
def straight_through(value, surrogate):
    return value + (surrogate - surrogate)


@triton.jit
def sigmoid(x):
    return 1 / (1 + tl.exp(-x))


@triton.jit
def sigmoid_inverse(x):
    return tl.log(x / (1 - x))


@triton.jit
def silu(x):
    return x / (1 + tl.exp(-x))


@triton.jit
def softplus(x):
    return tl.where(x > 40, x, log1p(tl.exp(x)))


@triton.jit
def softplus_inverse(x):
    return x + tl.log(-expm1(-x))


@triton.jit
def log1p(x):
    """Return log(1 + x): `log` of the rounded sum, times a factor that corrects the rounding."""
    total = 1 + x
    corrected = tl.log(total) * (x / (total - 1))
    return tl.where(total == 1, x, tl.where(x > 1e9, tl.log(total), corrected))


@triton.jit
def expm1(x):
    """Return exp(x) - 1, times a factor that corrects the rounding of `exp`."""
    power = tl.exp(x)
    corrected = (power - 1) * (x / tl.log(power))
    return tl.where(power == 1, x, tl.where(tl.abs(x) > 30, power - 1, corrected))


@triton.jit
def sinh(x):
    size = tl.abs(x)
    less_1 = expm1(size)
    root = tl.exp(0.5 * size)  # root * root may overflow where half of it does not
    magnitude = tl.where(size > 20, 0.5 * root * root, 0.5 * (less_1 + less_1 / (less_1 + 1)))
    return tl.where(x < 0, -magnitude, magnitude)


@triton.jit
def cosh(x):
    root = tl.exp(0.5 * tl.abs(x))
    return 0.5 * root * root + 0.5 / root / root


@triton.jit
def tanh(x):
    less_1 = expm1(2 * minimum(tl.abs(x), 30))
    magnitude = less_1 / (less_1 + 2)
    return tl.where(x < 0, -magnitude, magnitude)


@triton.jit
def tan(x):
    return tl.sin(x) / tl.cos(x)


@triton.jit
def arcsinh(x):
    size = tl.abs(x)
    near = log1p(size + size * size / (1 + tl.sqrt(1 + size * size)))
    magnitude = tl.where(size > 1e9, tl.log(size) + 0.6931471805599453, near)
    return tl.where(x < 0, -magnitude, magnitude)


@triton.jit
def atan(x):
    """Return the arctangent: by a series for a quarter of the angle, which converges quickly."""
    size = tl.abs(x)
    tangent = tl.where(size > 1, 1 / size, size)
    tangent = tangent / (1 + tl.sqrt(1 + tangent * tangent))
    tangent = tangent / (1 + tl.sqrt(1 + tangent * tangent))
    step = tangent * tangent
    series = 1 / 19 - step * (1 / 21)
    series = 1 / 17 - step * series
    series = 1 / 15 - step * series
    series = 1 / 13 - step * series
    series = 1 / 11 - step * series
    series = 1 / 9 - step * series
    series = 1 / 7 - step * series
    series = 1 / 5 - step * series
    series = 1 / 3 - step * series
    angle = 4 * (tangent - tangent * step * series)
    magnitude = tl.where(size > 1, 1.5707963267948966 - angle, angle)
    return tl.where(x < 0, -magnitude, magnitude)


@triton.jit
def sum_of_block(x, used, axis: tl.constexpr):
    """Return the sum over a dimension of a block, in which it then has the size 1."""
    return tl.sum(tl.where(used[axis], x, 0), axis, keep_dims=True)


@triton.jit
def largest_of_block(x, used, axis: tl.constexpr):
    """Return the largest element over a dimension of a block, in which it then has the size 1."""
    x = tl.where(used[axis], x, float("-inf"))
    is_nan = tl.max((x != x).to(tl.int32), axis, keep_dims=True) > 0
    return tl.where(is_nan, float("nan"), tl.max(x, axis, keep_dims=True))
