// Generated from spec/snn.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: e6c411c72660b2bd
// DLIEMA, dual leaky integrator as a moving average.
// One timestep of LANES neurons side by side.
// Digest of the timestep: af761df5d7398af0

// Computes the output, and updates the states.
static void forward_step(
    const real *restrict xs, const lanes *restrict noise, const real *restrict numbers,
    const lanes *restrict parameters, lanes *restrict states, real *restrict outputs)
{
    for (int i = 0; i < LANES; i++) {
        const real pos_beta = parameters[0][i];
        const real neg_beta = parameters[1][i];
        real pos_mem = states[0][i];
        real neg_mem = states[1][i];
        const real x = xs[i];

        pos_mem = pos_beta * pos_mem + (1 - pos_beta) * positive(x);
        neg_mem = neg_beta * neg_mem + (1 - neg_beta) * negative(x);
        const real mem = pos_mem + neg_mem;

        states[0][i] = pos_mem;
        states[1][i] = neg_mem;
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
        const real pos_beta = parameters[0][i];
        const real neg_beta = parameters[1][i];
        const real pos_mem = states[0][i];
        const real neg_mem = states[1][i];
        const real x = xs[i];
        real d_output = d_outputs[i];
        real d_pos_mem = d_states[0][i];
        real d_neg_mem = d_states[1][i];

        const real inner_1 = positive(x);
        const real inner_2 = 1 - pos_beta;
        const real inner_3 = negative(x);
        const real inner_4 = 1 - neg_beta;

        const real d_mem = d_output;
        d_pos_mem += d_mem;
        d_neg_mem += d_mem;
        const real d_neg_beta = d_neg_mem * neg_mem - d_neg_mem * inner_3;
        real d_x = negative_gradient(x, d_neg_mem * inner_4);
        d_neg_mem *= neg_beta;
        const real d_pos_beta = d_pos_mem * pos_mem - d_pos_mem * inner_1;
        d_x += positive_gradient(x, d_pos_mem * inner_2);
        d_pos_mem *= pos_beta;

        d_states[0][i] = d_pos_mem;
        d_states[1][i] = d_neg_mem;
        d_parameters[0][i] += d_pos_beta;
        d_parameters[1][i] += d_neg_beta;
        d_xs[i] = d_x;
    }
}
