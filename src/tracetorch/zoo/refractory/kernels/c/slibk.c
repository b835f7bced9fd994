// Generated from spec/zoo/refractory.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 4fd70c7fc7febc43
// SLIBK, synaptic leaky integrator with binary firing and an absolute refractory period.
// One timestep of LANES neurons side by side.
// Digest of the timestep: ee6137079500f55c

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
        const real period = parameters[4][i];
        const real noise_0 = noise[0][i];
        real syn = states[0][i];
        real mem = states[1][i];
        real wait = states[2][i];
        const real x = xs[i];

        syn = alpha * syn + (1 - alpha) * x;
        mem = beta * mem + syn;
        const real fired = quant_fn(spike_fn(mem - threshold + bias), noise_0);
        const real spikes = (wait > 0 ? 0.0f : fired);
        wait = (spikes > 0.5f ? period : maximum(wait - 1, 0));
        mem -= spikes * threshold;

        states[0][i] = syn;
        states[1][i] = mem;
        states[2][i] = wait;
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
        const real noise_0 = noise[0][i];
        const real syn = states[0][i];
        const real mem = states[1][i];
        const real wait = states[2][i];
        const real x = xs[i];
        real d_output = d_outputs[i];
        real d_syn = d_states[0][i];
        real d_mem = d_states[1][i];
        real d_wait = d_states[2][i];

        const real inner_1 = 1 - alpha;
        const real syn_1 = alpha * syn + inner_1 * x;
        const real mem_1 = beta * mem + syn_1;
        const real inner_2 = mem_1 - threshold + bias;
        const real inner_3 = spike_fn(inner_2);
        const real fired = quant_fn(inner_3, noise_0);
        const real spikes = (wait > 0 ? 0.0f : fired);
        const real inner_4 = wait - 1;

        real d_spikes = d_output;
        d_spikes -= d_mem * threshold;
        real d_threshold = -(d_mem * spikes);
        const real d_period = (spikes > 0.5f ? d_wait : 0);
        d_wait = (inner_4 >= 0 ? (spikes > 0.5f ? 0 : d_wait) : 0);
        const real d_fired = (wait > 0 ? 0 : d_spikes);
        const real d_inner_2 = spike_fn_gradient(inner_2, quant_fn_gradient(inner_3, d_fired));
        d_mem += d_inner_2;
        d_threshold -= d_inner_2;
        const real d_bias = d_inner_2;
        const real d_beta = d_mem * mem;
        d_syn += d_mem;
        d_mem *= beta;
        const real d_alpha = d_syn * syn - d_syn * x;
        const real d_x = d_syn * inner_1;
        d_syn *= alpha;

        d_states[0][i] = d_syn;
        d_states[1][i] = d_mem;
        d_states[2][i] = d_wait;
        d_parameters[0][i] += d_alpha;
        d_parameters[1][i] += d_beta;
        d_parameters[2][i] += d_threshold;
        d_parameters[3][i] += d_bias;
        d_parameters[4][i] += d_period;
        d_xs[i] = d_x;
    }
}
