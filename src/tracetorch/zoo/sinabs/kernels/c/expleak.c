// Generated from spec/zoo/peers/sinabs.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 35d0e87952d78b54
// ExpLeak, leaky integrator of Sinabs.
// One timestep of LANES neurons side by side.
// Digest of the timestep: fc51aed846dbb6d2

// Computes the output, and updates the states.
static void forward_step(
    const real *restrict xs, const lanes *restrict noise, const real *restrict numbers,
    const lanes *restrict parameters, lanes *restrict states, real *restrict outputs)
{
    for (int i = 0; i < LANES; i++) {
        const real tau_mem = parameters[0][i];
        real v_mem = states[0][i];
        const real x = xs[i];

        v_mem = real_exp(-1 / tau_mem) * v_mem + x;

        states[0][i] = v_mem;
        outputs[i] = v_mem;
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
        const real tau_mem = parameters[0][i];
        const real v_mem = states[0][i];
        real d_output = d_outputs[i];
        real d_v_mem = d_states[0][i];

        const real inner_1 = -1 / tau_mem;
        const real inner_2 = real_exp(inner_1);

        d_v_mem += d_output;
        const real d_tau_mem = -(d_v_mem * v_mem * inner_2 * (inner_1 / tau_mem));
        const real d_x = d_v_mem;
        d_v_mem *= inner_2;

        d_states[0][i] = d_v_mem;
        d_parameters[0][i] += d_tau_mem;
        d_xs[i] = d_x;
    }
}
