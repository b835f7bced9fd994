// Generated from spec/zoo/resets.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 572657e3d62380df
// SLIBL, synaptic leaky integrator with binary firing and a late reset.
// One timestep of LANES neurons side by side.
// Digest of the timestep: 1d64da76c5988b39

// Computes the output, and updates the states.
static void forward_step(
    const real *restrict xs, const lanes *restrict noise, const real *restrict numbers,
    const lanes *restrict parameters, lanes *restrict states, real *restrict outputs)
{
    for (int i = 0; i < LANES; i++) {
        const real alpha = parameters[0][i];
        const real beta = parameters[1][i];
        const real threshold = parameters[2][i];
        const real bias = parameters[3][i];
        const real noise_0 = noise[0][i];
        real syn = states[0][i];
        real mem = states[1][i];
        real prev_output = states[2][i];
        const real x = xs[i];

        syn = alpha * syn + (1 - alpha) * x;
        mem = beta * mem + (syn - (prev_output) * threshold);
        const real spikes = quant_fn(spike_fn(mem - threshold + bias), noise_0);
        prev_output = spikes;

        states[0][i] = syn;
        states[1][i] = mem;
        states[2][i] = prev_output;
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
        const real alpha = parameters[0][i];
        const real beta = parameters[1][i];
        const real threshold = parameters[2][i];
        const real bias = parameters[3][i];
        const real syn = states[0][i];
        const real mem = states[1][i];
        const real prev_output = states[2][i];
        const real x = xs[i];
        real d_output = d_outputs[i];
        real d_syn = d_states[0][i];
        real d_mem = d_states[1][i];
        real d_prev_output = d_states[2][i];

        const real inner_1 = 1 - alpha;
        const real syn_1 = alpha * syn + inner_1 * x;
        const real inner_2 = (prev_output);
        const real mem_1 = beta * mem + (syn_1 - inner_2 * threshold);
        const real inner_3 = mem_1 - threshold + bias;
        const real inner_4 = spike_fn(inner_3);

        real d_spikes = d_output;
        d_spikes += d_prev_output;
        const real d_inner_3 = spike_fn_gradient(inner_3, quant_fn_gradient(inner_4, d_spikes));
        d_mem += d_inner_3;
        real d_threshold = -d_inner_3;
        const real d_bias = d_inner_3;
        const real d_beta = d_mem * mem;
        d_syn += d_mem;
        d_threshold -= d_mem * inner_2;
        d_mem *= beta;
        const real d_alpha = d_syn * syn - d_syn * x;
        const real d_x = d_syn * inner_1;
        d_syn *= alpha;

        d_states[0][i] = d_syn;
        d_states[1][i] = d_mem;
        d_states[2][i] = 0;
        d_parameters[0][i] += d_alpha;
        d_parameters[1][i] += d_beta;
        d_parameters[2][i] += d_threshold;
        d_parameters[3][i] += d_bias;
        d_xs[i] = d_x;
    }
}
