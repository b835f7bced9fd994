// Generated from spec/zoo/adaptive.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 334ecd5752142dc1
// ALIB, adaptive leaky integrator with binary firing.
// One timestep of LANES neurons side by side.
// Digest of the timestep: 7f9bafd198b69d64

// Computes the output, and updates the states.
static void forward_step(
    const real *restrict xs, const lanes *restrict noise, const real *restrict numbers,
    const lanes *restrict parameters, lanes *restrict states, real *restrict outputs)
{
    for (int i = 0; i < LANES; i++) {
        const real beta = parameters[0][i];
        real threshold = parameters[1][i];
        const real bias = parameters[2][i];
        const real rho = parameters[3][i];
        const real adapt_weight = parameters[4][i];
        const real noise_0 = noise[0][i];
        real adapt = states[0][i];
        real prev_output = states[1][i];
        real mem = states[2][i];
        const real x = xs[i];

        adapt = rho * adapt + (1 - rho) * real_abs(prev_output);
        threshold += adapt_weight * adapt;
        mem = beta * mem + x;
        const real spikes = quant_fn(spike_fn(mem - threshold + bias), noise_0);
        mem -= spikes * threshold;
        prev_output = spikes;

        states[0][i] = adapt;
        states[1][i] = prev_output;
        states[2][i] = mem;
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
        const real rho = parameters[3][i];
        const real adapt_weight = parameters[4][i];
        const real noise_0 = noise[0][i];
        const real adapt = states[0][i];
        const real prev_output = states[1][i];
        const real mem = states[2][i];
        const real x = xs[i];
        real d_output = d_outputs[i];
        real d_adapt = d_states[0][i];
        real d_prev_output = d_states[1][i];
        real d_mem = d_states[2][i];

        const real inner_1 = real_abs(prev_output);
        const real inner_2 = 1 - rho;
        const real adapt_1 = rho * adapt + inner_2 * inner_1;
        const real threshold_1 = threshold + adapt_weight * adapt_1;
        const real mem_1 = beta * mem + x;
        const real inner_3 = mem_1 - threshold_1 + bias;
        const real inner_4 = spike_fn(inner_3);
        const real spikes = quant_fn(inner_4, noise_0);

        real d_spikes = d_output;
        d_spikes += d_prev_output;
        d_spikes -= d_mem * threshold_1;
        real d_threshold = -(d_mem * spikes);
        const real d_inner_3 = spike_fn_gradient(inner_3, quant_fn_gradient(inner_4, d_spikes));
        d_mem += d_inner_3;
        d_threshold -= d_inner_3;
        const real d_bias = d_inner_3;
        const real d_beta = d_mem * mem;
        const real d_x = d_mem;
        d_mem *= beta;
        const real d_adapt_weight = d_threshold * adapt_1;
        d_adapt += d_threshold * adapt_weight;
        const real d_rho = d_adapt * adapt - d_adapt * inner_1;
        d_prev_output = d_adapt * inner_2 * sign(prev_output);
        d_adapt *= rho;

        d_states[0][i] = d_adapt;
        d_states[1][i] = d_prev_output;
        d_states[2][i] = d_mem;
        d_parameters[0][i] += d_beta;
        d_parameters[1][i] += d_threshold;
        d_parameters[2][i] += d_bias;
        d_parameters[3][i] += d_rho;
        d_parameters[4][i] += d_adapt_weight;
        d_xs[i] = d_x;
    }
}
