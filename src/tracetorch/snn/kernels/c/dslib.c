// Generated from spec/snn.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 56fc30032839b355
// DSLIB, dual synaptic leaky integrator with binary firing.
// One timestep of LANES neurons side by side.
// Digest of the timestep: 12c71b0339948d4b

// Computes the output, and updates the states.
static void forward_step(
    const real *restrict xs, const lanes *restrict noise, const real *restrict numbers,
    const lanes *restrict parameters, lanes *restrict states, real *restrict outputs)
{
    for (int i = 0; i < LANES; i++) {
        const real pos_alpha = parameters[0][i];
        const real neg_alpha = parameters[1][i];
        const real pos_beta = parameters[2][i];
        const real neg_beta = parameters[3][i];
        const real threshold = parameters[4][i];
        const real bias = parameters[5][i];
        const real noise_0 = noise[0][i];
        real pos_syn = states[0][i];
        real neg_syn = states[1][i];
        real pos_mem = states[2][i];
        real neg_mem = states[3][i];
        const real x = xs[i];

        pos_syn = pos_alpha * pos_syn + (1 - pos_alpha) * positive(x);
        neg_syn = neg_alpha * neg_syn + (1 - neg_alpha) * negative(x);
        const real syn = pos_syn + neg_syn;
        pos_mem = pos_beta * pos_mem + positive(syn);
        neg_mem = neg_beta * neg_mem + negative(syn);
        const real mem = pos_mem + neg_mem;
        const real spikes = quant_fn(spike_fn(mem - threshold + bias), noise_0);
        const real reset = spikes * threshold;
        pos_mem -= 0.5f * reset;
        neg_mem -= 0.5f * reset;

        states[0][i] = pos_syn;
        states[1][i] = neg_syn;
        states[2][i] = pos_mem;
        states[3][i] = neg_mem;
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
        const real pos_alpha = parameters[0][i];
        const real neg_alpha = parameters[1][i];
        const real pos_beta = parameters[2][i];
        const real neg_beta = parameters[3][i];
        const real threshold = parameters[4][i];
        const real bias = parameters[5][i];
        const real noise_0 = noise[0][i];
        const real pos_syn = states[0][i];
        const real neg_syn = states[1][i];
        const real pos_mem = states[2][i];
        const real neg_mem = states[3][i];
        const real x = xs[i];
        real d_output = d_outputs[i];
        real d_pos_syn = d_states[0][i];
        real d_neg_syn = d_states[1][i];
        real d_pos_mem = d_states[2][i];
        real d_neg_mem = d_states[3][i];

        const real inner_1 = positive(x);
        const real inner_2 = 1 - pos_alpha;
        const real pos_syn_1 = pos_alpha * pos_syn + inner_2 * inner_1;
        const real inner_3 = negative(x);
        const real inner_4 = 1 - neg_alpha;
        const real neg_syn_1 = neg_alpha * neg_syn + inner_4 * inner_3;
        const real syn = pos_syn_1 + neg_syn_1;
        const real pos_mem_1 = pos_beta * pos_mem + positive(syn);
        const real neg_mem_1 = neg_beta * neg_mem + negative(syn);
        const real mem = pos_mem_1 + neg_mem_1;
        const real inner_5 = mem - threshold + bias;
        const real inner_6 = spike_fn(inner_5);
        const real spikes = quant_fn(inner_6, noise_0);

        real d_spikes = d_output;
        real d_reset = -(d_neg_mem * 0.5f);
        d_reset -= d_pos_mem * 0.5f;
        d_spikes += d_reset * threshold;
        real d_threshold = d_reset * spikes;
        const real d_inner_5 = spike_fn_gradient(inner_5, quant_fn_gradient(inner_6, d_spikes));
        const real d_mem = d_inner_5;
        d_threshold -= d_inner_5;
        const real d_bias = d_inner_5;
        d_pos_mem += d_mem;
        d_neg_mem += d_mem;
        const real d_neg_beta = d_neg_mem * neg_mem;
        real d_syn = negative_gradient(syn, d_neg_mem);
        d_neg_mem *= neg_beta;
        const real d_pos_beta = d_pos_mem * pos_mem;
        d_syn += positive_gradient(syn, d_pos_mem);
        d_pos_mem *= pos_beta;
        d_pos_syn += d_syn;
        d_neg_syn += d_syn;
        const real d_neg_alpha = d_neg_syn * neg_syn - d_neg_syn * inner_3;
        real d_x = negative_gradient(x, d_neg_syn * inner_4);
        d_neg_syn *= neg_alpha;
        const real d_pos_alpha = d_pos_syn * pos_syn - d_pos_syn * inner_1;
        d_x += positive_gradient(x, d_pos_syn * inner_2);
        d_pos_syn *= pos_alpha;

        d_states[0][i] = d_pos_syn;
        d_states[1][i] = d_neg_syn;
        d_states[2][i] = d_pos_mem;
        d_states[3][i] = d_neg_mem;
        d_parameters[0][i] += d_pos_alpha;
        d_parameters[1][i] += d_neg_alpha;
        d_parameters[2][i] += d_pos_beta;
        d_parameters[3][i] += d_neg_beta;
        d_parameters[4][i] += d_threshold;
        d_parameters[5][i] += d_bias;
        d_xs[i] = d_x;
    }
}
