// Generated from spec/snn.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: d5fbcd7004bc1218
// DLITS, dual leaky integrator with scaled ternary firing.
// One timestep of LANES neurons side by side.
// Digest of the timestep: 33a887ace07dbd88

// Computes the output, and updates the states.
static void forward_step(
    const real *restrict xs, const lanes *restrict noise, const real *restrict numbers,
    const lanes *restrict parameters, lanes *restrict states, real *restrict outputs)
{
    for (int i = 0; i < LANES; i++) {
        const real pos_beta = parameters[0][i];
        const real neg_beta = parameters[1][i];
        const real pos_threshold = parameters[2][i];
        const real neg_threshold = parameters[3][i];
        const real bias = parameters[4][i];
        const real pos_scale = parameters[5][i];
        const real neg_scale = parameters[6][i];
        const real noise_0 = noise[0][i];
        const real noise_1 = noise[1][i];
        real pos_mem = states[0][i];
        real neg_mem = states[1][i];
        const real x = xs[i];

        pos_mem = pos_beta * pos_mem + positive(x);
        neg_mem = neg_beta * neg_mem + negative(x);
        const real mem = pos_mem + neg_mem;
        const real pos_spikes = quant_fn(spike_fn(mem - pos_threshold + bias), noise_0);
        const real neg_spikes = -quant_fn(spike_fn(-mem - neg_threshold - bias), noise_1);
        const real reset = pos_spikes * pos_threshold + neg_spikes * neg_threshold;
        pos_mem -= 0.5f * reset;
        neg_mem -= 0.5f * reset;
        const real output = pos_spikes * pos_scale + neg_spikes * neg_scale;

        states[0][i] = pos_mem;
        states[1][i] = neg_mem;
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
        const real pos_threshold = parameters[2][i];
        const real neg_threshold = parameters[3][i];
        const real bias = parameters[4][i];
        const real pos_scale = parameters[5][i];
        const real neg_scale = parameters[6][i];
        const real noise_0 = noise[0][i];
        const real noise_1 = noise[1][i];
        const real pos_mem = states[0][i];
        const real neg_mem = states[1][i];
        const real x = xs[i];
        real d_output = d_outputs[i];
        real d_pos_mem = d_states[0][i];
        real d_neg_mem = d_states[1][i];

        const real pos_mem_1 = pos_beta * pos_mem + positive(x);
        const real neg_mem_1 = neg_beta * neg_mem + negative(x);
        const real mem = pos_mem_1 + neg_mem_1;
        const real inner_1 = mem - pos_threshold + bias;
        const real inner_2 = spike_fn(inner_1);
        const real pos_spikes = quant_fn(inner_2, noise_0);
        const real inner_3 = -mem - neg_threshold - bias;
        const real inner_4 = spike_fn(inner_3);
        const real neg_spikes = -quant_fn(inner_4, noise_1);

        real d_pos_spikes = d_output * pos_scale;
        const real d_pos_scale = d_output * pos_spikes;
        real d_neg_spikes = d_output * neg_scale;
        const real d_neg_scale = d_output * neg_spikes;
        real d_reset = -(d_neg_mem * 0.5f);
        d_reset -= d_pos_mem * 0.5f;
        d_pos_spikes += d_reset * pos_threshold;
        real d_pos_threshold = d_reset * pos_spikes;
        d_neg_spikes += d_reset * neg_threshold;
        real d_neg_threshold = d_reset * neg_spikes;
        const real d_inner_3 = spike_fn_gradient(inner_3, quant_fn_gradient(inner_4,
            -d_neg_spikes));
        real d_mem = -d_inner_3;
        d_neg_threshold -= d_inner_3;
        real d_bias = -d_inner_3;
        const real d_inner_1 = spike_fn_gradient(inner_1, quant_fn_gradient(inner_2, d_pos_spikes));
        d_mem += d_inner_1;
        d_pos_threshold -= d_inner_1;
        d_bias += d_inner_1;
        d_pos_mem += d_mem;
        d_neg_mem += d_mem;
        const real d_neg_beta = d_neg_mem * neg_mem;
        real d_x = negative_gradient(x, d_neg_mem);
        d_neg_mem *= neg_beta;
        const real d_pos_beta = d_pos_mem * pos_mem;
        d_x += positive_gradient(x, d_pos_mem);
        d_pos_mem *= pos_beta;

        d_states[0][i] = d_pos_mem;
        d_states[1][i] = d_neg_mem;
        d_parameters[0][i] += d_pos_beta;
        d_parameters[1][i] += d_neg_beta;
        d_parameters[2][i] += d_pos_threshold;
        d_parameters[3][i] += d_neg_threshold;
        d_parameters[4][i] += d_bias;
        d_parameters[5][i] += d_pos_scale;
        d_parameters[6][i] += d_neg_scale;
        d_xs[i] = d_x;
    }
}
