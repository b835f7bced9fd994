// Generated from spec/snn.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 96dd22655aaba869
// SLI, synaptic leaky integrator.
// One timestep of LANES neurons side by side.
// Digest of the timestep: 69425e8d6130d062

// Computes the output, and updates the states.
static void forward_step(
    const real *restrict xs, const lanes *restrict noise, const real *restrict numbers,
    const lanes *restrict parameters, lanes *restrict states, real *restrict outputs)
{
    for (int i = 0; i < LANES; i++) {
        const real alpha = parameters[0][i];
        const real beta = parameters[1][i];
        real syn = states[0][i];
        real mem = states[1][i];
        const real x = xs[i];

        syn = alpha * syn + (1 - alpha) * x;
        mem = beta * mem + syn;

        states[0][i] = syn;
        states[1][i] = mem;
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
        const real alpha = parameters[0][i];
        const real beta = parameters[1][i];
        const real syn = states[0][i];
        const real mem = states[1][i];
        const real x = xs[i];
        real d_output = d_outputs[i];
        real d_syn = d_states[0][i];
        real d_mem = d_states[1][i];

        const real inner_1 = 1 - alpha;

        d_mem += d_output;
        const real d_beta = d_mem * mem;
        d_syn += d_mem;
        d_mem *= beta;
        const real d_alpha = d_syn * syn - d_syn * x;
        const real d_x = d_syn * inner_1;
        d_syn *= alpha;

        d_states[0][i] = d_syn;
        d_states[1][i] = d_mem;
        d_parameters[0][i] += d_alpha;
        d_parameters[1][i] += d_beta;
        d_xs[i] = d_x;
    }
}
