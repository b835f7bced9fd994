// Generated from spec/zoo/refractory.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: d41a8d66609e8d4a
// LIBK, leaky integrator with binary firing and an absolute refractory period.
// One timestep of LANES neurons side by side.
// Digest of the timestep: 7af89bc59d21fbaa

// Computes the output, and updates the states.
static void forward_step(
    const real *restrict xs, const lanes *restrict noise, const real *restrict numbers,
    const lanes *restrict parameters, lanes *restrict states, real *restrict outputs)
{
    for (int i = 0; i < LANES; i++) {
        const real beta = parameters[0][i];
        const real threshold = parameters[1][i];
        const real bias = parameters[2][i];
        const real period = parameters[3][i];
        const real noise_0 = noise[0][i];
        real mem = states[0][i];
        real wait = states[1][i];
        const real x = xs[i];

        mem = beta * mem + x;
        const real fired = quant_fn(spike_fn(mem - threshold + bias), noise_0);
        const real spikes = (wait > 0 ? 0.0f : fired);
        wait = (spikes > 0.5f ? period : maximum(wait - 1, 0));
        mem -= spikes * threshold;

        states[0][i] = mem;
        states[1][i] = wait;
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
        const real noise_0 = noise[0][i];
        const real mem = states[0][i];
        const real wait = states[1][i];
        const real x = xs[i];
        real d_output = d_outputs[i];
        real d_mem = d_states[0][i];
        real d_wait = d_states[1][i];

        const real mem_1 = beta * mem + x;
        const real inner_1 = mem_1 - threshold + bias;
        const real inner_2 = spike_fn(inner_1);
        const real fired = quant_fn(inner_2, noise_0);
        const real spikes = (wait > 0 ? 0.0f : fired);
        const real inner_3 = wait - 1;

        real d_spikes = d_output;
        d_spikes -= d_mem * threshold;
        real d_threshold = -(d_mem * spikes);
        const real d_period = (spikes > 0.5f ? d_wait : 0);
        d_wait = (inner_3 >= 0 ? (spikes > 0.5f ? 0 : d_wait) : 0);
        const real d_fired = (wait > 0 ? 0 : d_spikes);
        const real d_inner_1 = spike_fn_gradient(inner_1, quant_fn_gradient(inner_2, d_fired));
        d_mem += d_inner_1;
        d_threshold -= d_inner_1;
        const real d_bias = d_inner_1;
        const real d_beta = d_mem * mem;
        const real d_x = d_mem;
        d_mem *= beta;

        d_states[0][i] = d_mem;
        d_states[1][i] = d_wait;
        d_parameters[0][i] += d_beta;
        d_parameters[1][i] += d_threshold;
        d_parameters[2][i] += d_bias;
        d_parameters[3][i] += d_period;
        d_xs[i] = d_x;
    }
}
