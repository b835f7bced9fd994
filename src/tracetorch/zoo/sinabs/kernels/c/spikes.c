// Generated from spec/zoo/peers/sinabs.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: a664491e9fa2068c
// Digest of the functions: d0eb3833412aa664
// The spike functions and quantizers of spiking layers, and their gradients.

// Smooth step whose surrogate gradient is that of Sinabs: by default `2 exp(-2 |x|)`.
static inline real own_single_exponential(real x, real grad_width, real grad_scale)
{
    const real tail = 0.5f * real_exp(-real_abs(x) / grad_width);
    const real slope = grad_scale / grad_width * real_exp(-real_abs(x) / grad_width);
    return straight_through((x < 0 ? tail : 1 - tail), (slope) * x);
}

static inline real own_single_exponential_gradient(real x, real d_output, real grad_width, real grad_scale)
{
    const real slope = grad_scale / grad_width * real_exp(-real_abs(x) / grad_width);
    const real inner_1 = (slope);
    const real d_x = d_output * inner_1;
    return d_x;
}
