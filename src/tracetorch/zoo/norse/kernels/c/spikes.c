// Generated from spec/zoo/peers/norse.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 00120f6ab3567a0d
// Digest of the functions: 8ec1006965a28937
// The spike functions and quantizers of spiking layers, and their gradients.

// Smooth step whose surrogate gradient is that of Norse: `1 / (1 + |x|)^2`.
static inline real own_superspike(real x)
{
    return straight_through(0.5f + x / (2 + 2 * real_abs(x)), x / (1 + real_abs(x)));
}

static inline real own_superspike_gradient(real x, real d_output)
{
    const real inner_1 = 1 + real_abs(x);
    const real inner_2 = x / inner_1;
    const real d_x = d_output / inner_1 - d_output * (inner_2 / inner_1) * sign(x);
    return d_x;
}
