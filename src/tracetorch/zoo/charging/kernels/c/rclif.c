// Generated from spec/zoo/charging.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 43c1bd99b5edc9ee
// RCLIF, recurrent complementary leaky integrate-and-fire neuron.
// One timestep of LANES neurons side by side.
// Digest of the timestep: 8d6da6fc016251d2

// Computes the output, and updates the states.
static void forward_step(
    const real *restrict xs, const lanes *restrict noise, const real *restrict numbers,
    const lanes *restrict parameters, lanes *restrict states, real *restrict outputs)
{
    for (int i = 0; i < LANES; i++) {
        const real gamma = parameters[0][i];
        const real threshold = parameters[1][i];
        const real rec_weight = parameters[2][i];
        const real rate = parameters[3][i];
        const real noise_0 = noise[0][i];
        real rec = states[0][i];
        real prev_output = states[1][i];
        real mem = states[2][i];
        real complement = states[3][i];
        const real x = xs[i];

        rec = gamma * rec + (1 - gamma) * prev_output;
        const real drive = x + rec_weight * rec;
        mem = (1 - rate) * mem + drive;
        const real spikes = quant_fn(spike_fn(mem - threshold), noise_0);
        complement = complement * sigmoid(rate * mem) + spikes;
        mem -= spikes * (threshold + sigmoid(complement));
        prev_output = spikes;

        states[0][i] = rec;
        states[1][i] = prev_output;
        states[2][i] = mem;
        states[3][i] = complement;
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
        const real gamma = parameters[0][i];
        const real threshold = parameters[1][i];
        const real rec_weight = parameters[2][i];
        const real rate = parameters[3][i];
        const real noise_0 = noise[0][i];
        const real rec = states[0][i];
        const real prev_output = states[1][i];
        const real mem = states[2][i];
        const real complement = states[3][i];
        const real x = xs[i];
        real d_output = d_outputs[i];
        real d_rec = d_states[0][i];
        real d_prev_output = d_states[1][i];
        real d_mem = d_states[2][i];
        real d_complement = d_states[3][i];

        const real inner_1 = 1 - gamma;
        const real rec_1 = gamma * rec + inner_1 * prev_output;
        const real drive = x + rec_weight * rec_1;
        const real inner_2 = 1 - rate;
        const real mem_1 = inner_2 * mem + drive;
        const real inner_3 = mem_1 - threshold;
        const real inner_4 = spike_fn(inner_3);
        const real spikes = quant_fn(inner_4, noise_0);
        const real inner_5 = rate * mem_1;
        const real inner_6 = sigmoid(inner_5);
        const real complement_1 = complement * inner_6 + spikes;
        const real inner_7 = sigmoid(complement_1);
        const real inner_8 = threshold + inner_7;

        real d_spikes = d_output;
        d_spikes += d_prev_output;
        const real d_inner_8 = -(d_mem * spikes);
        d_spikes -= d_mem * inner_8;
        real d_threshold = d_inner_8;
        d_complement += d_inner_8 * (1 - inner_7) * inner_7;
        const real d_inner_5 = d_complement * complement * (1 - inner_6) * inner_6;
        real d_rate = d_inner_5 * mem_1;
        d_mem += d_inner_5 * rate;
        d_spikes += d_complement;
        d_complement *= inner_6;
        const real d_inner_3 = spike_fn_gradient(inner_3, quant_fn_gradient(inner_4, d_spikes));
        d_mem += d_inner_3;
        d_threshold -= d_inner_3;
        d_rate -= d_mem * mem;
        const real d_drive = d_mem;
        d_mem *= inner_2;
        const real d_x = d_drive;
        const real d_rec_weight = d_drive * rec_1;
        d_rec += d_drive * rec_weight;
        const real d_gamma = d_rec * rec - d_rec * prev_output;
        d_prev_output = d_rec * inner_1;
        d_rec *= gamma;

        d_states[0][i] = d_rec;
        d_states[1][i] = d_prev_output;
        d_states[2][i] = d_mem;
        d_states[3][i] = d_complement;
        d_parameters[0][i] += d_gamma;
        d_parameters[1][i] += d_threshold;
        d_parameters[2][i] += d_rec_weight;
        d_parameters[3][i] += d_rate;
        d_xs[i] = d_x;
    }
}
