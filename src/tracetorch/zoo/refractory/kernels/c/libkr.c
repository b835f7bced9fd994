// Generated from spec/zoo/refractory.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: bdb1cd70cab912f0
// LIBKR, leaky integrator with binary firing and a relative refractory period.
// One timestep of LANES neurons side by side.
// Digest of the timestep: 331fc7d156686f55

// Computes the output, and updates the states.
static void forward_step(
    const real *restrict xs, const lanes *restrict noise, const real *restrict numbers,
    const lanes *restrict parameters, lanes *restrict states, real *restrict outputs)
{
    for (int i = 0; i < LANES; i++) {
        const real beta = parameters[0][i];
        const real threshold = parameters[1][i];
        const real bias = parameters[2][i];
        const real recovery = parameters[3][i];
        const real rise = parameters[4][i];
        const real noise_0 = noise[0][i];
        real mem = states[0][i];
        real raised = states[1][i];
        const real x = xs[i];

        mem = beta * mem + x;
        const real spikes = quant_fn(spike_fn(mem - threshold - raised + bias), noise_0);
        raised = recovery * raised + rise * spikes;
        mem -= spikes * threshold;

        states[0][i] = mem;
        states[1][i] = raised;
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
        const real recovery = parameters[3][i];
        const real rise = parameters[4][i];
        const real noise_0 = noise[0][i];
        const real mem = states[0][i];
        const real raised = states[1][i];
        const real x = xs[i];
        real d_output = d_outputs[i];
        real d_mem = d_states[0][i];
        real d_raised = d_states[1][i];

        const real mem_1 = beta * mem + x;
        const real inner_1 = mem_1 - threshold - raised + bias;
        const real inner_2 = spike_fn(inner_1);
        const real spikes = quant_fn(inner_2, noise_0);

        real d_spikes = d_output;
        d_spikes -= d_mem * threshold;
        real d_threshold = -(d_mem * spikes);
        const real d_recovery = d_raised * raised;
        const real d_rise = d_raised * spikes;
        d_spikes += d_raised * rise;
        d_raised *= recovery;
        const real d_inner_1 = spike_fn_gradient(inner_1, quant_fn_gradient(inner_2, d_spikes));
        d_mem += d_inner_1;
        d_threshold -= d_inner_1;
        d_raised -= d_inner_1;
        const real d_bias = d_inner_1;
        const real d_beta = d_mem * mem;
        const real d_x = d_mem;
        d_mem *= beta;

        d_states[0][i] = d_mem;
        d_states[1][i] = d_raised;
        d_parameters[0][i] += d_beta;
        d_parameters[1][i] += d_threshold;
        d_parameters[2][i] += d_bias;
        d_parameters[3][i] += d_recovery;
        d_parameters[4][i] += d_rise;
        d_xs[i] = d_x;
    }
}
