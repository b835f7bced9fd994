// Generated from spec/zoo/peers/norse.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 897879f93d6daaaa
// TsodyksMakram, synapse of Norse with short-term plasticity.
// One timestep of LANES neurons side by side.
// Digest of the timestep: 57bd395c0f9e02b2

// Computes the output, and updates the states.
static void forward_step(
    const real *restrict xs, const lanes *restrict noise, const real *restrict numbers,
    const lanes *restrict parameters, lanes *restrict states, real *restrict outputs)
{
    for (int i = 0; i < LANES; i++) {
        const real tau_f_inv = parameters[0][i];
        const real tau_d_inv = parameters[1][i];
        const real U = parameters[2][i];
        const real dt = parameters[3][i];
        real u = states[0][i];
        real resources = states[1][i];
        const real x = xs[i];

        u = u - dt * tau_f_inv * u + U * (1 - u) * x;
        const real released = u * resources * x;
        resources = resources + dt * tau_d_inv * (1 - resources) - released;

        states[0][i] = u;
        states[1][i] = resources;
        outputs[i] = released;
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
        const real tau_f_inv = parameters[0][i];
        const real tau_d_inv = parameters[1][i];
        const real U = parameters[2][i];
        const real dt = parameters[3][i];
        const real u = states[0][i];
        const real resources = states[1][i];
        const real x = xs[i];
        real d_output = d_outputs[i];
        real d_u = d_states[0][i];
        real d_resources = d_states[1][i];

        const real inner_1 = 1 - u;
        const real inner_2 = U * inner_1;
        const real inner_3 = dt * tau_f_inv;
        const real u_1 = u - inner_3 * u + inner_2 * x;
        const real inner_4 = u_1 * resources;
        const real inner_5 = 1 - resources;
        const real inner_6 = dt * tau_d_inv;

        real d_released = d_output;
        const real d_inner_6 = d_resources * inner_5;
        real d_dt = d_inner_6 * tau_d_inv;
        const real d_tau_d_inv = d_inner_6 * dt;
        d_released -= d_resources;
        d_resources -= d_resources * inner_6;
        const real d_inner_4 = d_released * x;
        d_u += d_inner_4 * resources;
        d_resources += d_inner_4 * u_1;
        real d_x = d_released * inner_4;
        const real d_inner_3 = -(d_u * u);
        const real d_inner_2 = d_u * x;
        d_dt += d_inner_3 * tau_f_inv;
        const real d_tau_f_inv = d_inner_3 * dt;
        const real d_U = d_inner_2 * inner_1;
        d_x += d_u * inner_2;
        d_u = d_u - d_u * inner_3 - d_inner_2 * U;

        d_states[0][i] = d_u;
        d_states[1][i] = d_resources;
        d_parameters[0][i] += d_tau_f_inv;
        d_parameters[1][i] += d_tau_d_inv;
        d_parameters[2][i] += d_U;
        d_parameters[3][i] += d_dt;
        d_xs[i] = d_x;
    }
}
