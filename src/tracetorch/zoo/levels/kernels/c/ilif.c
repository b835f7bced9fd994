// Generated from spec/zoo/levels.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 20c407cb568b9248
// ILIF, leaky integrator with integer firing.
// One timestep of LANES neurons side by side.
// Digest of the timestep: 376d8a7937b49511

// Computes the output, and updates the states.
static void forward_step(
    const real *restrict xs, const lanes *restrict noise, const real *restrict numbers,
    const lanes *restrict parameters, lanes *restrict states, real *restrict outputs)
{
    for (int i = 0; i < LANES; i++) {
        const real beta = parameters[0][i];
        const real threshold = parameters[1][i];
        const real levels = parameters[2][i];
        const real noise_0 = noise[0][i];
        real mem = states[0][i];
        const real x = xs[i];

        mem = beta * mem + x;
        const real spikes = quant_fn(minimum(maximum(mem / threshold, 0), levels), noise_0);
        mem -= spikes * threshold;

        states[0][i] = mem;
        outputs[i] = spikes;
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
        const real threshold = parameters[1][i];
        const real levels = parameters[2][i];
        const real noise_0 = noise[0][i];
        const real mem = states[0][i];
        const real x = xs[i];
        real d_output = d_outputs[i];
        real d_mem = d_states[0][i];

        const real mem_1 = beta * mem + x;
        const real inner_1 = mem_1 / threshold;
        const real inner_2 = maximum(inner_1, 0);
        const real inner_3 = minimum(inner_2, levels);
        const real spikes = quant_fn(inner_3, noise_0);

        real d_spikes = d_output;
        d_spikes -= d_mem * threshold;
        real d_threshold = -(d_mem * spikes);
        const real d_inner_3 = quant_fn_gradient(inner_3, d_spikes);
        const real d_inner_1 = (inner_1 >= 0 ? (inner_2 <= levels ? d_inner_3 : 0) : 0);
        d_mem += d_inner_1 / threshold;
        d_threshold -= d_inner_1 * (inner_1 / threshold);
        const real d_levels = (inner_2 > levels ? d_inner_3 : 0);
        const real d_beta = d_mem * mem;
        const real d_x = d_mem;
        d_mem *= beta;

        d_states[0][i] = d_mem;
        d_parameters[0][i] += d_beta;
        d_parameters[1][i] += d_threshold;
        d_parameters[2][i] += d_levels;
        d_xs[i] = d_x;
    }
}
