// Generated from spec/zoo/izhikevich.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 54b38e3a65407109
// Izhikevich, Izhikevich neuron.
// One timestep of LANES neurons side by side.
// Digest of the timestep: 46823cee6dbd820d

// Computes the output, and updates the states.
static void forward_step(
    const real *restrict xs, const lanes *restrict noise, const real *restrict numbers,
    const lanes *restrict parameters, lanes *restrict states, real *restrict outputs)
{
    for (int i = 0; i < LANES; i++) {
        const real a = parameters[0][i];
        const real b = parameters[1][i];
        const real c = parameters[2][i];
        const real d = parameters[3][i];
        const real peak = parameters[4][i];
        const real dt = parameters[5][i];
        const real noise_0 = noise[0][i];
        real mem = states[0][i];
        real recovery = states[1][i];
        const real x = xs[i];

        const real prev_mem = mem;
        mem += dt * ((real)0.04 * mem * mem + 5 * mem + 140 - recovery + x);
        recovery += dt * a * (b * prev_mem - recovery);
        const real spikes = quant_fn(spike_fn(mem - peak), noise_0);
        mem += spikes * (c - mem);
        recovery += spikes * d;

        states[0][i] = mem;
        states[1][i] = recovery;
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
        const real a = parameters[0][i];
        const real b = parameters[1][i];
        const real c = parameters[2][i];
        const real d = parameters[3][i];
        const real peak = parameters[4][i];
        const real dt = parameters[5][i];
        const real noise_0 = noise[0][i];
        const real mem = states[0][i];
        const real recovery = states[1][i];
        const real x = xs[i];
        real d_output = d_outputs[i];
        real d_mem = d_states[0][i];
        real d_recovery = d_states[1][i];

        const real prev_mem = mem;
        const real inner_1 = (real)0.04 * mem;
        const real inner_2 = inner_1 * mem + 5 * mem + 140 - recovery + x;
        const real mem_1 = mem + dt * inner_2;
        const real inner_3 = b * prev_mem - recovery;
        const real inner_4 = dt * a;
        const real inner_5 = mem_1 - peak;
        const real inner_6 = spike_fn(inner_5);
        const real spikes = quant_fn(inner_6, noise_0);
        const real inner_7 = c - mem_1;

        real d_spikes = d_output;
        d_spikes += d_recovery * d;
        const real d_d = d_recovery * spikes;
        const real d_inner_7 = d_mem * spikes;
        d_spikes += d_mem * inner_7;
        const real d_c = d_inner_7;
        d_mem -= d_inner_7;
        const real d_inner_5 = spike_fn_gradient(inner_5, quant_fn_gradient(inner_6, d_spikes));
        d_mem += d_inner_5;
        const real d_peak = -d_inner_5;
        const real d_inner_4 = d_recovery * inner_3;
        const real d_inner_3 = d_recovery * inner_4;
        real d_dt = d_inner_4 * a;
        const real d_a = d_inner_4 * dt;
        const real d_b = d_inner_3 * prev_mem;
        const real d_prev_mem = d_inner_3 * b;
        d_recovery -= d_inner_3;
        const real d_inner_2 = d_mem * dt;
        d_dt += d_mem * inner_2;
        d_recovery -= d_inner_2;
        const real d_x = d_inner_2;
        d_mem = d_mem + d_inner_2 * mem * (real)0.04 + d_inner_2 * inner_1 + d_inner_2 * 5;
        d_mem += d_prev_mem;

        d_states[0][i] = d_mem;
        d_states[1][i] = d_recovery;
        d_parameters[0][i] += d_a;
        d_parameters[1][i] += d_b;
        d_parameters[2][i] += d_c;
        d_parameters[3][i] += d_d;
        d_parameters[4][i] += d_peak;
        d_parameters[5][i] += d_dt;
        d_xs[i] = d_x;
    }
}
