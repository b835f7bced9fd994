// Generated from spec/zoo/resets.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 75097002df37683a
// LIBL, leaky integrator with binary firing and a late reset.
// One timestep of LANES neurons side by side.
// Digest of the timestep: 1d5e44c26a7ec750

// Computes the output, and updates the states.
static void forward_step(
    const real *restrict xs, const lanes *restrict noise, const real *restrict numbers,
    const lanes *restrict parameters, lanes *restrict states, real *restrict outputs)
{
    for (int i = 0; i < LANES; i++) {
        const real beta = parameters[0][i];
        const real threshold = parameters[1][i];
        const real bias = parameters[2][i];
        const real noise_0 = noise[0][i];
        real mem = states[0][i];
        real prev_output = states[1][i];
        const real x = xs[i];

        mem = beta * mem + (x - (prev_output) * threshold);
        const real spikes = quant_fn(spike_fn(mem - threshold + bias), noise_0);
        prev_output = spikes;

        states[0][i] = mem;
        states[1][i] = prev_output;
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
        const real bias = parameters[2][i];
        const real mem = states[0][i];
        const real prev_output = states[1][i];
        const real x = xs[i];
        real d_output = d_outputs[i];
        real d_mem = d_states[0][i];
        real d_prev_output = d_states[1][i];

        const real inner_1 = (prev_output);
        const real mem_1 = beta * mem + (x - inner_1 * threshold);
        const real inner_2 = mem_1 - threshold + bias;
        const real inner_3 = spike_fn(inner_2);

        real d_spikes = d_output;
        d_spikes += d_prev_output;
        const real d_inner_2 = spike_fn_gradient(inner_2, quant_fn_gradient(inner_3, d_spikes));
        d_mem += d_inner_2;
        real d_threshold = -d_inner_2;
        const real d_bias = d_inner_2;
        const real d_beta = d_mem * mem;
        const real d_x = d_mem;
        d_threshold -= d_mem * inner_1;
        d_mem *= beta;

        d_states[0][i] = d_mem;
        d_states[1][i] = 0;
        d_parameters[0][i] += d_beta;
        d_parameters[1][i] += d_threshold;
        d_parameters[2][i] += d_bias;
        d_xs[i] = d_x;
    }
}
