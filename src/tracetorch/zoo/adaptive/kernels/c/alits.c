// Generated from spec/zoo/adaptive.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 4e109d9144b4561f
// ALITS, adaptive leaky integrator with scaled ternary firing.
// One timestep of LANES neurons side by side.
// Digest of the timestep: 50bcdbe774df933c

// Computes the output, and updates the states.
static void forward_step(
    const real *restrict xs, const lanes *restrict noise, const real *restrict numbers,
    const lanes *restrict parameters, lanes *restrict states, real *restrict outputs)
{
    for (int i = 0; i < LANES; i++) {
        const real beta = parameters[0][i];
        real pos_threshold = parameters[1][i];
        real neg_threshold = parameters[2][i];
        const real bias = parameters[3][i];
        const real pos_scale = parameters[4][i];
        const real neg_scale = parameters[5][i];
        const real rho = parameters[6][i];
        const real adapt_weight = parameters[7][i];
        const real noise_0 = noise[0][i];
        const real noise_1 = noise[1][i];
        real adapt = states[0][i];
        real prev_output = states[1][i];
        real mem = states[2][i];
        const real x = xs[i];

        adapt = rho * adapt + (1 - rho) * real_abs(prev_output);
        pos_threshold += adapt_weight * adapt;
        neg_threshold += adapt_weight * adapt;
        mem = beta * mem + x;
        const real pos_spikes = quant_fn(spike_fn(mem - pos_threshold + bias), noise_0);
        const real neg_spikes = -quant_fn(spike_fn(-mem - neg_threshold - bias), noise_1);
        mem = mem - pos_spikes * pos_threshold - neg_spikes * neg_threshold;
        const real output = pos_spikes * pos_scale + neg_spikes * neg_scale;
        prev_output = output;

        states[0][i] = adapt;
        states[1][i] = prev_output;
        states[2][i] = mem;
        outputs[i] = output;
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
        const real pos_threshold = parameters[1][i];
        const real neg_threshold = parameters[2][i];
        const real bias = parameters[3][i];
        const real pos_scale = parameters[4][i];
        const real neg_scale = parameters[5][i];
        const real rho = parameters[6][i];
        const real adapt_weight = parameters[7][i];
        const real noise_0 = noise[0][i];
        const real noise_1 = noise[1][i];
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
        const real pos_threshold_1 = pos_threshold + adapt_weight * adapt_1;
        const real neg_threshold_1 = neg_threshold + adapt_weight * adapt_1;
        const real mem_1 = beta * mem + x;
        const real inner_3 = mem_1 - pos_threshold_1 + bias;
        const real inner_4 = spike_fn(inner_3);
        const real pos_spikes = quant_fn(inner_4, noise_0);
        const real inner_5 = -mem_1 - neg_threshold_1 - bias;
        const real inner_6 = spike_fn(inner_5);
        const real neg_spikes = -quant_fn(inner_6, noise_1);

        d_output += d_prev_output;
        real d_pos_spikes = d_output * pos_scale;
        const real d_pos_scale = d_output * pos_spikes;
        real d_neg_spikes = d_output * neg_scale;
        const real d_neg_scale = d_output * neg_spikes;
        d_pos_spikes -= d_mem * pos_threshold_1;
        real d_pos_threshold = -(d_mem * pos_spikes);
        d_neg_spikes -= d_mem * neg_threshold_1;
        real d_neg_threshold = -(d_mem * neg_spikes);
        const real d_inner_5 = spike_fn_gradient(inner_5, quant_fn_gradient(inner_6,
            -d_neg_spikes));
        d_mem -= d_inner_5;
        d_neg_threshold -= d_inner_5;
        real d_bias = -d_inner_5;
        const real d_inner_3 = spike_fn_gradient(inner_3, quant_fn_gradient(inner_4, d_pos_spikes));
        d_mem += d_inner_3;
        d_pos_threshold -= d_inner_3;
        d_bias += d_inner_3;
        const real d_beta = d_mem * mem;
        const real d_x = d_mem;
        d_mem *= beta;
        real d_adapt_weight = d_neg_threshold * adapt_1;
        d_adapt += d_neg_threshold * adapt_weight;
        d_adapt_weight += d_pos_threshold * adapt_1;
        d_adapt += d_pos_threshold * adapt_weight;
        const real d_rho = d_adapt * adapt - d_adapt * inner_1;
        d_prev_output = d_adapt * inner_2 * sign(prev_output);
        d_adapt *= rho;

        d_states[0][i] = d_adapt;
        d_states[1][i] = d_prev_output;
        d_states[2][i] = d_mem;
        d_parameters[0][i] += d_beta;
        d_parameters[1][i] += d_pos_threshold;
        d_parameters[2][i] += d_neg_threshold;
        d_parameters[3][i] += d_bias;
        d_parameters[4][i] += d_pos_scale;
        d_parameters[5][i] += d_neg_scale;
        d_parameters[6][i] += d_rho;
        d_parameters[7][i] += d_adapt_weight;
        d_xs[i] = d_x;
    }
}
