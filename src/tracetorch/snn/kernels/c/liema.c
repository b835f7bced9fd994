// Generated from spec/snn.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: f8252f45215ec0ac
// LIEMA, leaky integrator as a moving average.
// One timestep of LANES neurons side by side.
// Digest of the timestep: c9dc9743024b04b1

// Computes the output, and updates the states.
static void forward_step(
    const real *restrict xs, const lanes *restrict noise, const real *restrict numbers,
    const lanes *restrict parameters, lanes *restrict states, real *restrict outputs)
{
    for (int i = 0; i < LANES; i++) {
        const real beta = parameters[0][i];
        real mem = states[0][i];
        const real x = xs[i];

        mem = beta * mem + (1 - beta) * x;

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
        const real x = xs[i];
        real d_output = d_outputs[i];
        real d_mem = d_states[0][i];

        const real inner_1 = 1 - beta;

        d_mem += d_output;
        const real d_beta = d_mem * mem - d_mem * x;
        const real d_x = d_mem * inner_1;
        d_mem *= beta;

        d_states[0][i] = d_mem;
        d_parameters[0][i] += d_beta;
        d_xs[i] = d_x;
    }
}
