// Generated from spec/zoo/charging.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 812c349f9cf94550
// CLIF, complementary leaky integrate-and-fire neuron.
// One timestep of LANES neurons side by side.
// Digest of the timestep: 22513cb89f943552

// Computes the output, and updates the states.
static void forward_step(
    const real *restrict xs, const lanes *restrict noise, const real *restrict numbers,
    const lanes *restrict parameters, lanes *restrict states, real *restrict outputs)
{
    for (int i = 0; i < LANES; i++) {
        const real threshold = parameters[0][i];
        const real rate = parameters[1][i];
        const real noise_0 = noise[0][i];
        real mem = states[0][i];
        real complement = states[1][i];
        const real x = xs[i];

        mem = (1 - rate) * mem + x;
        const real spikes = quant_fn(spike_fn(mem - threshold), noise_0);
        complement = complement * sigmoid(rate * mem) + spikes;
        mem -= spikes * (threshold + sigmoid(complement));

        states[0][i] = mem;
        states[1][i] = complement;
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
        const real threshold = parameters[0][i];
        const real rate = parameters[1][i];
        const real noise_0 = noise[0][i];
        const real mem = states[0][i];
        const real complement = states[1][i];
        const real x = xs[i];
        real d_output = d_outputs[i];
        real d_mem = d_states[0][i];
        real d_complement = d_states[1][i];

        const real inner_1 = 1 - rate;
        const real mem_1 = inner_1 * mem + x;
        const real inner_2 = mem_1 - threshold;
        const real inner_3 = spike_fn(inner_2);
        const real spikes = quant_fn(inner_3, noise_0);
        const real inner_4 = rate * mem_1;
        const real inner_5 = sigmoid(inner_4);
        const real complement_1 = complement * inner_5 + spikes;
        const real inner_6 = sigmoid(complement_1);
        const real inner_7 = threshold + inner_6;

        real d_spikes = d_output;
        const real d_inner_7 = -(d_mem * spikes);
        d_spikes -= d_mem * inner_7;
        real d_threshold = d_inner_7;
        d_complement += d_inner_7 * (1 - inner_6) * inner_6;
        const real d_inner_4 = d_complement * complement * (1 - inner_5) * inner_5;
        real d_rate = d_inner_4 * mem_1;
        d_mem += d_inner_4 * rate;
        d_spikes += d_complement;
        d_complement *= inner_5;
        const real d_inner_2 = spike_fn_gradient(inner_2, quant_fn_gradient(inner_3, d_spikes));
        d_mem += d_inner_2;
        d_threshold -= d_inner_2;
        d_rate -= d_mem * mem;
        const real d_x = d_mem;
        d_mem *= inner_1;

        d_states[0][i] = d_mem;
        d_states[1][i] = d_complement;
        d_parameters[0][i] += d_threshold;
        d_parameters[1][i] += d_rate;
        d_xs[i] = d_x;
    }
}
