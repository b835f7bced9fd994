// Generated from spec/snn.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 925b5f971140c32b
// LI, leaky integrator.
// One timestep of LANES neurons side by side.
// Digest of the timestep: ce5804abde3874af

// Computes the output, and updates the states.
static void forward_step(
    const real *restrict xs, const lanes *restrict noise, const real *restrict numbers,
    const lanes *restrict parameters, lanes *restrict states, real *restrict outputs)
{
    for (int i = 0; i < LANES; i++) {
        const real beta = parameters[0][i];
        real mem = states[0][i];
        const real x = xs[i];

        mem = beta * mem + x;

        states[0][i] = mem;
        outputs[i] = mem;
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
        const real beta = parameters[0][i];
        const real mem = states[0][i];
        real d_output = d_outputs[i];
        real d_mem = d_states[0][i];

        d_mem += d_output;
        const real d_beta = d_mem * mem;
        const real d_x = d_mem;
        d_mem *= beta;

        d_states[0][i] = d_mem;
        d_parameters[0][i] += d_beta;
        d_xs[i] = d_x;
    }
}
