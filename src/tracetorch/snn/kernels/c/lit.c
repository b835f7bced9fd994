// Generated from spec/snn.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: d506527bf5a15cd4
// LIT, leaky integrator with ternary firing.
// One timestep of LANES neurons side by side.
// Digest of the timestep: 03cedef2bb609e86

// Computes the output, and updates the states.
static void forward_step(
    const real *restrict xs, const lanes *restrict noise, const real *restrict numbers,
    const lanes *restrict parameters, lanes *restrict states, real *restrict outputs)
{
    for (int i = 0; i < LANES; i++) {
        const real beta = parameters[0][i];
        const real pos_threshold = parameters[1][i];
        const real neg_threshold = parameters[2][i];
        const real bias = parameters[3][i];
        const real noise_0 = noise[0][i];
        const real noise_1 = noise[1][i];
        real mem = states[0][i];
        const real x = xs[i];

        mem = beta * mem + x;
        const real pos_spikes = quant_fn(spike_fn(mem - pos_threshold + bias), noise_0);
        const real neg_spikes = -quant_fn(spike_fn(-mem - neg_threshold - bias), noise_1);
        mem = mem - pos_spikes * pos_threshold - neg_spikes * neg_threshold;
        const real output = pos_spikes + neg_spikes;

        states[0][i] = mem;
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
        const real noise_0 = noise[0][i];
        const real noise_1 = noise[1][i];
        const real mem = states[0][i];
        const real x = xs[i];
        real d_output = d_outputs[i];
        real d_mem = d_states[0][i];

        const real mem_1 = beta * mem + x;
        const real inner_1 = mem_1 - pos_threshold + bias;
        const real inner_2 = spike_fn(inner_1);
        const real pos_spikes = quant_fn(inner_2, noise_0);
        const real inner_3 = -mem_1 - neg_threshold - bias;
        const real inner_4 = spike_fn(inner_3);
        const real neg_spikes = -quant_fn(inner_4, noise_1);

        real d_pos_spikes = d_output;
        real d_neg_spikes = d_output;
        d_pos_spikes -= d_mem * pos_threshold;
        real d_pos_threshold = -(d_mem * pos_spikes);
        d_neg_spikes -= d_mem * neg_threshold;
        real d_neg_threshold = -(d_mem * neg_spikes);
        const real d_inner_3 = spike_fn_gradient(inner_3, quant_fn_gradient(inner_4,
            -d_neg_spikes));
        d_mem -= d_inner_3;
        d_neg_threshold -= d_inner_3;
        real d_bias = -d_inner_3;
        const real d_inner_1 = spike_fn_gradient(inner_1, quant_fn_gradient(inner_2, d_pos_spikes));
        d_mem += d_inner_1;
        d_pos_threshold -= d_inner_1;
        d_bias += d_inner_1;
        const real d_beta = d_mem * mem;
        const real d_x = d_mem;
        d_mem *= beta;

        d_states[0][i] = d_mem;
        d_parameters[0][i] += d_beta;
        d_parameters[1][i] += d_pos_threshold;
        d_parameters[2][i] += d_neg_threshold;
        d_parameters[3][i] += d_bias;
        d_xs[i] = d_x;
    }
}
