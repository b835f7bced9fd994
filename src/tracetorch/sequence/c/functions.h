// Generated from spec/functional.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 042eb18f74307814
// The spike functions and quantizers of spiking layers, and their gradients.

// Smooth step by the logistic function: the slope falls exponentially.
static inline real sigmoid4x(real x, real slope)
{
    return sigmoid(slope * x);
}

static inline real sigmoid4x_gradient(real x, real d_output, real slope)
{
    const real inner_1 = slope * x;
    const real output = sigmoid(inner_1);
    const real d_inner_1 = d_output * (1 - output) * output;
    const real d_x = d_inner_1 * slope;
    return d_x;
}

// Smooth step by the arctangent: the slope, by default `1 / (1 + (pi x)^2)`, has long tails.
static inline real arctan(real x, real alpha)
{
    return 0.5f + (real)0.3183098861837907 * real_atan((real)1.5707963267948966 * alpha * x);
}

static inline real arctan_gradient(real x, real d_output, real alpha)
{
    const real inner_1 = (real)1.5707963267948966 * alpha;
    const real inner_2 = inner_1 * x;
    const real d_inner_2 = d_output * (real)0.3183098861837907 / (1 + inner_2 * inner_2);
    const real d_x = d_inner_2 * inner_1;
    return d_x;
}

// Smooth step without an exponential: the slope is by default `1 / (1 + 2 |x|)^2`.
static inline real fast_sigmoid(real x, real slope)
{
    return 0.5f + x / (2 / slope + 2 * real_abs(x));
}

static inline real fast_sigmoid_gradient(real x, real d_output, real slope)
{
    const real inner_1 = 2 / slope;
    const real inner_2 = inner_1 + 2 * real_abs(x);
    const real inner_3 = x / inner_2;
    const real d_inner_2 = -(d_output * (inner_3 / inner_2));
    const real d_x = d_output / inner_2 + d_inner_2 * 2 * sign(x);
    return d_x;
}

// Smooth step near the threshold: the slope is by default `1 - |x|` within 1, and 0 elsewhere.
static inline real triangular(real x, real width)
{
    const real near = maximum(minimum(x / width, 1), -1);
    return 0.5f + near * (1 - 0.5f * real_abs(near));
}

static inline real triangular_gradient(real x, real d_output, real width)
{
    const real inner_1 = x / width;
    const real inner_2 = minimum(inner_1, 1);
    const real near = maximum(inner_2, -1);
    const real inner_3 = 1 - 0.5f * real_abs(near);
    const real d_near = d_output * inner_3 - d_output * near * 0.5f * sign(near);
    const real d_inner_1 = (inner_1 <= 1 ? (inner_2 >= -1 ? d_near : 0) : 0);
    const real d_x = d_inner_1 / width;
    return d_x;
}

// Linear step near the threshold: the slope is by default 1 within 0.5, and 0 elsewhere.
static inline real rectangular(real x, real width)
{
    return maximum(minimum(x / width + 0.5f, 1), 0);
}

static inline real rectangular_gradient(real x, real d_output, real width)
{
    const real inner_1 = x / width;
    const real inner_2 = inner_1 + 0.5f;
    const real inner_3 = minimum(inner_2, 1);
    const real d_inner_1 = (inner_2 <= 1 ? (inner_3 >= 0 ? d_output : 0) : 0);
    const real d_x = d_inner_1 / width;
    return d_x;
}

// Smooth step by the normal distribution: the slope is by default `exp(-pi x^2)`.
static inline real gaussian(real x, real alpha)
{
    return 0.5f + 0.5f * real_erf(alpha * x);
}

static inline real gaussian_gradient(real x, real d_output, real alpha)
{
    const real inner_1 = alpha * x;
    const real d_inner_1 = d_output * 0.5f * (real)1.1283791670955126 * real_exp(-inner_1 *
        inner_1);
    const real d_x = d_inner_1 * alpha;
    return d_x;
}

// Smooth step by the Laplace distribution: the slope is by default `exp(-2 |x|)`.
static inline real exponential(real x, real slope)
{
    const real tail = 0.5f * real_exp(-slope * maximum(x, -x));
    return (x < 0 ? tail : 1 - tail);
}

static inline real exponential_gradient(real x, real d_output, real slope)
{
    const real inner_1 = maximum(x, -x);
    const real inner_2 = -slope * inner_1;
    const real inner_3 = real_exp(inner_2);
    const real d_tail = (x < 0 ? d_output : 0) - (x < 0 ? 0 : d_output);
    const real d_inner_2 = d_tail * 0.5f * inner_3;
    const real d_inner_1 = -(d_inner_2 * slope);
    const real d_x = (x >= -x ? d_inner_1 : 0) - (x < -x ? d_inner_1 : 0);
    return d_x;
}

// The value unchanged.
static inline real identity(real x)
{
    return x;
}

static inline real identity_gradient(real x, real d_output)
{
    const real d_x = d_output;
    return d_x;
}

// The nearest multiple of the step size; the gradient passes through unchanged.
static inline real round_ste(real x, real step_size)
{
    return straight_through(real_round(x / step_size) * step_size, x);
}

static inline real round_ste_gradient(real x, real d_output, real step_size)
{
    const real d_x = d_output;
    return d_x;
}

// Rounded up with a probability equal to the fraction; the gradient passes through unchanged.
static inline real stochastic_round_ste(real x, real noise, real step_size)
{
    const real steps = x / step_size;
    const real below = real_floor(steps);
    return straight_through((below + (real)(noise < steps - below)) * step_size, x);
}

static inline real stochastic_round_ste_gradient(real x, real d_output, real step_size)
{
    const real d_x = d_output;
    return d_x;
}

// The value with a probability equal to it, else 0; the gradient is that of the mean.
static inline real probabilistic_ste(real x, real noise)
{
    return straight_through(x * (real)(noise < x), x * x);
}

static inline real probabilistic_ste_gradient(real x, real d_output)
{
    const real d_x = d_output * x + d_output * x;
    return d_x;
}
