// Generated from spec/zoo/growing.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 02800343ae64323e
// AdEx, adaptive exponential integrate-and-fire neuron.
// One timestep of LANES neurons side by side.
// Digest of the timestep: 83e22bcc986701c7

// Computes the output, and updates the states.
static void forward_step(
    const real *restrict xs, const lanes *restrict noise, const real *restrict numbers,
    const lanes *restrict parameters, lanes *restrict states, real *restrict outputs)
{
    for (int i = 0; i < LANES; i++) {
        const real threshold = parameters[0][i];
        const real dt = parameters[1][i];
        const real critical = parameters[2][i];
        const real slope = parameters[3][i];
        const real coupling = parameters[4][i];
        const real pace = parameters[5][i];
        const real jump = parameters[6][i];
        const real noise_0 = noise[0][i];
        real mem = states[0][i];
        real adapt = states[1][i];
        const real x = xs[i];

        const real prev_mem = mem;
        mem += dt * (slope * real_exp((mem - critical) / slope) - mem - adapt + x);
        adapt += pace * (coupling * prev_mem - adapt);
        const real spikes = quant_fn(spike_fn(mem - threshold), noise_0);
        mem -= spikes * mem;
        adapt += spikes * jump;

        states[0][i] = mem;
        states[1][i] = adapt;
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
        const real critical = parameters[2][i];
        const real slope = parameters[3][i];
        const real coupling = parameters[4][i];
        const real pace = parameters[5][i];
        const real jump = parameters[6][i];
        const real noise_0 = noise[0][i];
        const real mem = states[0][i];
        const real adapt = states[1][i];
        const real x = xs[i];
        real d_output = d_outputs[i];
        real d_mem = d_states[0][i];
        real d_adapt = d_states[1][i];

        const real prev_mem = mem;
        const real inner_1 = mem - critical;
        const real inner_2 = inner_1 / slope;
        const real inner_3 = real_exp(inner_2);
        const real inner_4 = slope * inner_3 - mem - adapt + x;
        const real mem_1 = mem + dt * inner_4;
        const real inner_5 = coupling * prev_mem - adapt;
        const real inner_6 = mem_1 - threshold;
        const real inner_7 = spike_fn(inner_6);
        const real spikes = quant_fn(inner_7, noise_0);

        real d_spikes = d_output;
        d_spikes += d_adapt * jump;
        const real d_jump = d_adapt * spikes;
        d_spikes -= d_mem * mem_1;
        d_mem -= d_mem * spikes;
        const real d_inner_6 = spike_fn_gradient(inner_6, quant_fn_gradient(inner_7, d_spikes));
        d_mem += d_inner_6;
        const real d_threshold = -d_inner_6;
        const real d_inner_5 = d_adapt * pace;
        const real d_pace = d_adapt * inner_5;
        const real d_coupling = d_inner_5 * prev_mem;
        const real d_prev_mem = d_inner_5 * coupling;
        d_adapt -= d_inner_5;
        const real d_inner_4 = d_mem * dt;
        const real d_inner_2 = d_inner_4 * slope * inner_3;
        const real d_inner_1 = d_inner_2 / slope;
        const real d_dt = d_mem * inner_4;
        const real d_slope = d_inner_4 * inner_3 - d_inner_2 * (inner_2 / slope);
        const real d_critical = -d_inner_1;
        d_adapt -= d_inner_4;
        const real d_x = d_inner_4;
        d_mem = d_mem + d_inner_1 - d_inner_4;
        d_mem += d_prev_mem;

        d_states[0][i] = d_mem;
        d_states[1][i] = d_adapt;
        d_parameters[0][i] += d_threshold;
        d_parameters[1][i] += d_dt;
        d_parameters[2][i] += d_critical;
        d_parameters[3][i] += d_slope;
        d_parameters[4][i] += d_coupling;
        d_parameters[5][i] += d_pace;
        d_parameters[6][i] += d_jump;
        d_xs[i] = d_x;
    }
}
