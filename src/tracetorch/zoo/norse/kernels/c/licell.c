// Generated from spec/zoo/peers/norse.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 58021ab5eca0c21f
// LICell, leaky integrator of Norse.
// One timestep of LANES neurons side by side.
// Digest of the timestep: 81b1cf812f964a23

// Computes the output, and updates the states.
static void forward_step(
    const real *restrict xs, const lanes *restrict noise, const real *restrict numbers,
    const lanes *restrict parameters, lanes *restrict states, real *restrict outputs)
{
    for (int i = 0; i < LANES; i++) {
        const real tau_syn_inv = parameters[0][i];
        const real tau_mem_inv = parameters[1][i];
        const real v_leak = parameters[2][i];
        const real dt = parameters[3][i];
        real i_ = states[0][i];
        real v = states[1][i];
        const real x = xs[i];

        i_ += x;
        v += dt * tau_mem_inv * (v_leak - v + i_);
        i_ -= dt * tau_syn_inv * i_;

        states[0][i] = i_;
        states[1][i] = v;
        outputs[i] = v;
    }
}

// Recomputes the timestep from the states before it. Then, from the gradients of its output and of
// the states after it, computes those of the input, the parameters and the states before it.
static void backward_step(
    const real *restrict xs, const lanes *restrict noise, const real *restrict numbers,
    const lanes *restrict parameters, const lanes *restrict states,
    const real *restrict d_outputs, lanes *restrict d_states, lanes *restrict d_parameters,
    real *restrict d_xs)
{
    for (int i = 0; i < LANES; i++) {
        const real tau_syn_inv = parameters[0][i];
        const real tau_mem_inv = parameters[1][i];
        const real v_leak = parameters[2][i];
        const real dt = parameters[3][i];
        const real i_ = states[0][i];
        const real v = states[1][i];
        const real x = xs[i];
        real d_output = d_outputs[i];
        real d_i = d_states[0][i];
        real d_v = d_states[1][i];

        const real i_1 = i_ + x;
        const real inner_1 = v_leak - v + i_1;
        const real inner_2 = dt * tau_mem_inv;
        const real inner_3 = dt * tau_syn_inv;

        d_v += d_output;
        const real d_inner_3 = -(d_i * i_1);
        real d_dt = d_inner_3 * tau_syn_inv;
        const real d_tau_syn_inv = d_inner_3 * dt;
        d_i -= d_i * inner_3;
        const real d_inner_2 = d_v * inner_1;
        const real d_inner_1 = d_v * inner_2;
        d_dt += d_inner_2 * tau_mem_inv;
        const real d_tau_mem_inv = d_inner_2 * dt;
        const real d_v_leak = d_inner_1;
        d_i += d_inner_1;
        d_v -= d_inner_1;
        const real d_x = d_i;

        d_states[0][i] = d_i;
        d_states[1][i] = d_v;
        d_parameters[0][i] += d_tau_syn_inv;
        d_parameters[1][i] += d_tau_mem_inv;
        d_parameters[2][i] += d_v_leak;
        d_parameters[3][i] += d_dt;
        d_xs[i] = d_x;
    }
}
