// Generated from spec/snn.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: c167859aea2de10c
// DRLIT, dual recurrent leaky integrator with ternary firing.
// One timestep of LANES neurons side by side.
// Digest of the timestep: 0429f8ed6ba5b2d8

// Computes the output, and updates the states.
static void forward_step(
    const real *restrict xs, const lanes *restrict noise, const real *restrict numbers,
    const lanes *restrict parameters, lanes *restrict states, real *restrict outputs)
{
    for (int i = 0; i < LANES; i++) {
        const real pos_beta = parameters[0][i];
        const real neg_beta = parameters[1][i];
        const real pos_gamma = parameters[2][i];
        const real neg_gamma = parameters[3][i];
        const real pos_threshold = parameters[4][i];
        const real neg_threshold = parameters[5][i];
        const real bias = parameters[6][i];
        const real pos_rec_weight = parameters[7][i];
        const real neg_rec_weight = parameters[8][i];
        const real noise_0 = noise[0][i];
        const real noise_1 = noise[1][i];
        real pos_rec = states[0][i];
        real neg_rec = states[1][i];
        real prev_output = states[2][i];
        real pos_mem = states[3][i];
        real neg_mem = states[4][i];
        const real x = xs[i];

        pos_rec = pos_gamma * pos_rec + (1 - pos_gamma) * positive(prev_output);
        neg_rec = neg_gamma * neg_rec + (1 - neg_gamma) * negative(prev_output);
        const real rec = pos_rec + neg_rec;
        pos_mem = pos_beta * pos_mem + positive(x) + pos_rec_weight * positive(rec);
        neg_mem = neg_beta * neg_mem + negative(x) + neg_rec_weight * negative(rec);
        const real mem = pos_mem + neg_mem;
        const real pos_spikes = quant_fn(spike_fn(mem - pos_threshold + bias), noise_0);
        const real neg_spikes = -quant_fn(spike_fn(-mem - neg_threshold - bias), noise_1);
        const real reset = pos_spikes * pos_threshold + neg_spikes * neg_threshold;
        pos_mem -= 0.5f * reset;
        neg_mem -= 0.5f * reset;
        const real output = pos_spikes + neg_spikes;
        prev_output = output;

        states[0][i] = pos_rec;
        states[1][i] = neg_rec;
        states[2][i] = prev_output;
        states[3][i] = pos_mem;
        states[4][i] = neg_mem;
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
        const real pos_beta = parameters[0][i];
        const real neg_beta = parameters[1][i];
        const real pos_gamma = parameters[2][i];
        const real neg_gamma = parameters[3][i];
        const real pos_threshold = parameters[4][i];
        const real neg_threshold = parameters[5][i];
        const real bias = parameters[6][i];
        const real pos_rec_weight = parameters[7][i];
        const real neg_rec_weight = parameters[8][i];
        const real noise_0 = noise[0][i];
        const real noise_1 = noise[1][i];
        const real pos_rec = states[0][i];
        const real neg_rec = states[1][i];
        const real prev_output = states[2][i];
        const real pos_mem = states[3][i];
        const real neg_mem = states[4][i];
        const real x = xs[i];
        real d_output = d_outputs[i];
        real d_pos_rec = d_states[0][i];
        real d_neg_rec = d_states[1][i];
        real d_prev_output = d_states[2][i];
        real d_pos_mem = d_states[3][i];
        real d_neg_mem = d_states[4][i];

        const real inner_1 = positive(prev_output);
        const real inner_2 = 1 - pos_gamma;
        const real pos_rec_1 = pos_gamma * pos_rec + inner_2 * inner_1;
        const real inner_3 = negative(prev_output);
        const real inner_4 = 1 - neg_gamma;
        const real neg_rec_1 = neg_gamma * neg_rec + inner_4 * inner_3;
        const real rec = pos_rec_1 + neg_rec_1;
        const real inner_5 = positive(rec);
        const real pos_mem_1 = pos_beta * pos_mem + positive(x) + pos_rec_weight * inner_5;
        const real inner_6 = negative(rec);
        const real neg_mem_1 = neg_beta * neg_mem + negative(x) + neg_rec_weight * inner_6;
        const real mem = pos_mem_1 + neg_mem_1;
        const real inner_7 = mem - pos_threshold + bias;
        const real inner_8 = spike_fn(inner_7);
        const real pos_spikes = quant_fn(inner_8, noise_0);
        const real inner_9 = -mem - neg_threshold - bias;
        const real inner_10 = spike_fn(inner_9);
        const real neg_spikes = -quant_fn(inner_10, noise_1);

        d_output += d_prev_output;
        real d_pos_spikes = d_output;
        real d_neg_spikes = d_output;
        real d_reset = -(d_neg_mem * 0.5f);
        d_reset -= d_pos_mem * 0.5f;
        d_pos_spikes += d_reset * pos_threshold;
        real d_pos_threshold = d_reset * pos_spikes;
        d_neg_spikes += d_reset * neg_threshold;
        real d_neg_threshold = d_reset * neg_spikes;
        const real d_inner_9 = spike_fn_gradient(inner_9, quant_fn_gradient(inner_10,
            -d_neg_spikes));
        real d_mem = -d_inner_9;
        d_neg_threshold -= d_inner_9;
        real d_bias = -d_inner_9;
        const real d_inner_7 = spike_fn_gradient(inner_7, quant_fn_gradient(inner_8, d_pos_spikes));
        d_mem += d_inner_7;
        d_pos_threshold -= d_inner_7;
        d_bias += d_inner_7;
        d_pos_mem += d_mem;
        d_neg_mem += d_mem;
        const real d_neg_beta = d_neg_mem * neg_mem;
        real d_x = negative_gradient(x, d_neg_mem);
        const real d_neg_rec_weight = d_neg_mem * inner_6;
        real d_rec = negative_gradient(rec, d_neg_mem * neg_rec_weight);
        d_neg_mem *= neg_beta;
        const real d_pos_beta = d_pos_mem * pos_mem;
        d_x += positive_gradient(x, d_pos_mem);
        const real d_pos_rec_weight = d_pos_mem * inner_5;
        d_rec += positive_gradient(rec, d_pos_mem * pos_rec_weight);
        d_pos_mem *= pos_beta;
        d_pos_rec += d_rec;
        d_neg_rec += d_rec;
        const real d_neg_gamma = d_neg_rec * neg_rec - d_neg_rec * inner_3;
        d_prev_output = negative_gradient(prev_output, d_neg_rec * inner_4);
        d_neg_rec *= neg_gamma;
        const real d_pos_gamma = d_pos_rec * pos_rec - d_pos_rec * inner_1;
        d_prev_output += positive_gradient(prev_output, d_pos_rec * inner_2);
        d_pos_rec *= pos_gamma;

        d_states[0][i] = d_pos_rec;
        d_states[1][i] = d_neg_rec;
        d_states[2][i] = d_prev_output;
        d_states[3][i] = d_pos_mem;
        d_states[4][i] = d_neg_mem;
        d_parameters[0][i] += d_pos_beta;
        d_parameters[1][i] += d_neg_beta;
        d_parameters[2][i] += d_pos_gamma;
        d_parameters[3][i] += d_neg_gamma;
        d_parameters[4][i] += d_pos_threshold;
        d_parameters[5][i] += d_neg_threshold;
        d_parameters[6][i] += d_bias;
        d_parameters[7][i] += d_pos_rec_weight;
        d_parameters[8][i] += d_neg_rec_weight;
        d_xs[i] = d_x;
    }
}
