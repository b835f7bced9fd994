// Generated from spec/functional.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: fd18b028c61dc5c3
// The spike functions and quantizers of spiking layers, and their gradients.

// Smooth step by the logistic function: the slope falls exponentially.
static inline real sigmoid4x(real x)
{
    return sigmoid(4 * x);
}

static inline real sigmoid4x_gradient(real x, real d_output)
{
    const real output = sigmoid(4 * x);
    const real d_x = d_output * (1 - output) * output * 4;
    return d_x;
}

// Smooth step by the arctangent: the slope `1 / (1 + (pi x)^2)` has long tails.
static inline real arctan(real x)
{
    return 0.5f + (real)0.3183098861837907 * real_atan((real)3.141592653589793 * x);
}

static inline real arctan_gradient(real x, real d_output)
{
    const real inner_1 = (real)3.141592653589793 * x;
    const real d_x = d_output * (real)0.3183098861837907 / (1 + inner_1 * inner_1) *
        (real)3.141592653589793;
    return d_x;
}

// Smooth step without an exponential: the slope is `1 / (1 + 2 |x|)^2`.
static inline real fast_sigmoid(real x)
{
    return 0.5f + x / (1 + 2 * real_abs(x));
}

static inline real fast_sigmoid_gradient(real x, real d_output)
{
    const real inner_1 = 1 + 2 * real_abs(x);
    const real inner_2 = x / inner_1;
    const real d_x = d_output / inner_1 - d_output * (inner_2 / inner_1) * 2 * sign(x);
    return d_x;
}

// Smooth step within 1 of the threshold: the slope is `1 - |x|` there, and 0 elsewhere.
static inline real triangular(real x)
{
    const real near = maximum(minimum(x, 1), -1);
    return 0.5f + near * (1 - 0.5f * real_abs(near));
}

static inline real triangular_gradient(real x, real d_output)
{
    const real inner_1 = minimum(x, 1);
    const real near = maximum(inner_1, -1);
    const real inner_2 = 1 - 0.5f * real_abs(near);
    const real d_near = d_output * inner_2 - d_output * near * 0.5f * sign(near);
    const real d_x = (x <= 1 ? (inner_1 >= -1 ? d_near : 0) : 0);
    return d_x;
}

// Linear step within 0.5 of the threshold: the slope is 1 there, and 0 elsewhere.
static inline real rectangular(real x)
{
    return maximum(minimum(x + 0.5f, 1), 0);
}

static inline real rectangular_gradient(real x, real d_output)
{
    const real inner_1 = x + 0.5f;
    const real inner_2 = minimum(inner_1, 1);
    const real d_x = (inner_1 <= 1 ? (inner_2 >= 0 ? d_output : 0) : 0);
    return d_x;
}

// Smooth step by the normal distribution: the slope is `exp(-pi x^2)`.
static inline real gaussian(real x)
{
    return 0.5f + 0.5f * real_erf((real)1.7724538509055159 * x);
}

static inline real gaussian_gradient(real x, real d_output)
{
    const real inner_1 = (real)1.7724538509055159 * x;
    const real d_x = d_output * 0.5f * (real)1.1283791670955126 * real_exp(-inner_1 * inner_1) *
        (real)1.7724538509055159;
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
