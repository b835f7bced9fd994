// Generated from spec/zoo/growing.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 677bc51057d7267d
// QIF, quadratic integrate-and-fire neuron.
// One timestep of LANES neurons side by side.
// Digest of the timestep: c4027f3df7596418

// Computes the output, and updates the states.
static void forward_step(
    const real *restrict xs, const lanes *restrict noise, const real *restrict numbers,
    const lanes *restrict parameters, lanes *restrict states, real *restrict outputs)
{
    for (int i = 0; i < LANES; i++) {
        const real threshold = parameters[0][i];
        const real dt = parameters[1][i];
        const real sharpness = parameters[2][i];
        const real critical = parameters[3][i];
        const real noise_0 = noise[0][i];
        real mem = states[0][i];
        const real x = xs[i];

        mem += dt * (sharpness * mem * (mem - critical) + x);
        const real spikes = quant_fn(spike_fn(mem - threshold), noise_0);
        mem -= spikes * mem;

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
        const real threshold = parameters[0][i];
        const real dt = parameters[1][i];
        const real sharpness = parameters[2][i];
        const real critical = parameters[3][i];
        const real noise_0 = noise[0][i];
        const real mem = states[0][i];
        const real x = xs[i];
        real d_output = d_outputs[i];
        real d_mem = d_states[0][i];

        const real inner_1 = mem - critical;
        const real inner_2 = sharpness * mem;
        const real inner_3 = inner_2 * inner_1 + x;
        const real mem_1 = mem + dt * inner_3;
        const real inner_4 = mem_1 - threshold;
        const real inner_5 = spike_fn(inner_4);
        const real spikes = quant_fn(inner_5, noise_0);

        real d_spikes = d_output;
        d_spikes -= d_mem * mem_1;
        d_mem -= d_mem * spikes;
        const real d_inner_4 = spike_fn_gradient(inner_4, quant_fn_gradient(inner_5, d_spikes));
        d_mem += d_inner_4;
        const real d_threshold = -d_inner_4;
        const real d_inner_3 = d_mem * dt;
        const real d_inner_2 = d_inner_3 * inner_1;
        const real d_inner_1 = d_inner_3 * inner_2;
        const real d_dt = d_mem * inner_3;
        const real d_sharpness = d_inner_2 * mem;
        const real d_critical = -d_inner_1;
        const real d_x = d_inner_3;
        d_mem = d_mem + d_inner_2 * sharpness + d_inner_1;

        d_states[0][i] = d_mem;
        d_parameters[0][i] += d_threshold;
        d_parameters[1][i] += d_dt;
        d_parameters[2][i] += d_sharpness;
        d_parameters[3][i] += d_critical;
        d_xs[i] = d_x;
    }
}
