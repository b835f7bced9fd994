// Generated from spec/zoo/peers/norse.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: e33830b127a0d737
// LIBox, leaky integrator of Norse without a synapse.
// One timestep of LANES neurons side by side.
// Digest of the timestep: aa4d723f6bb0c0de

// Computes the output, and updates the states.
static void forward_step(
    const real *restrict xs, const lanes *restrict noise, const real *restrict numbers,
    const lanes *restrict parameters, lanes *restrict states, real *restrict outputs)
{
    for (int i = 0; i < LANES; i++) {
        const real tau_mem_inv = parameters[0][i];
        const real v_leak = parameters[1][i];
        const real dt = parameters[2][i];
        real v = states[0][i];
        const real x = xs[i];

        v += dt * tau_mem_inv * (x + v_leak - v);

        states[0][i] = v;
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
        const real tau_mem_inv = parameters[0][i];
        const real v_leak = parameters[1][i];
        const real dt = parameters[2][i];
        const real v = states[0][i];
        const real x = xs[i];
        real d_output = d_outputs[i];
        real d_v = d_states[0][i];

        const real inner_1 = x + v_leak - v;
        const real inner_2 = dt * tau_mem_inv;

        d_v += d_output;
        const real d_inner_2 = d_v * inner_1;
        const real d_inner_1 = d_v * inner_2;
        const real d_dt = d_inner_2 * tau_mem_inv;
        const real d_tau_mem_inv = d_inner_2 * dt;
        const real d_x = d_inner_1;
        const real d_v_leak = d_inner_1;
        d_v -= d_inner_1;

        d_states[0][i] = d_v;
        d_parameters[0][i] += d_tau_mem_inv;
        d_parameters[1][i] += d_v_leak;
        d_parameters[2][i] += d_dt;
        d_xs[i] = d_x;
    }
}
