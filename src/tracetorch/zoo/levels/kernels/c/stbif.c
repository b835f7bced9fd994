// Generated from spec/zoo/levels.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: c83ec75d351a5225
// STBIF, bipolar integrate-and-fire neuron with a spike tracer.
// One timestep of LANES neurons side by side.
// Digest of the timestep: 62e14cfdf7eea8ef

// Computes the output, and updates the states.
static void forward_step(
    const real *restrict xs, const lanes *restrict noise, const real *restrict numbers,
    const lanes *restrict parameters, lanes *restrict states, real *restrict outputs)
{
    for (int i = 0; i < LANES; i++) {
        const real threshold = parameters[0][i];
        const real most = parameters[1][i];
        const real least = parameters[2][i];
        const real noise_0 = noise[0][i];
        const real noise_1 = noise[1][i];
        real mem = states[0][i];
        real tracer = states[1][i];
        const real x = xs[i];

        mem += x / threshold;
        const real pos_spikes = (1 - quant_fn(spike_fn(1 - mem), noise_0)) * (real)(tracer < most);
        const real neg_spikes = quant_fn(spike_fn(-mem), noise_1) * (real)(tracer > least);
        const real spikes = pos_spikes - neg_spikes;
        mem -= spikes;
        tracer += spikes;
        const real output = spikes * threshold;

        states[0][i] = mem;
        states[1][i] = tracer;
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
        const real threshold = parameters[0][i];
        const real most = parameters[1][i];
        const real least = parameters[2][i];
        const real noise_0 = noise[0][i];
        const real noise_1 = noise[1][i];
        const real mem = states[0][i];
        const real tracer = states[1][i];
        const real x = xs[i];
        real d_output = d_outputs[i];
        real d_mem = d_states[0][i];
        real d_tracer = d_states[1][i];

        const real inner_1 = x / threshold;
        const real mem_1 = mem + inner_1;
        const real inner_2 = (real)(tracer < most);
        const real inner_3 = 1 - mem_1;
        const real inner_4 = spike_fn(inner_3);
        const real pos_spikes = (1 - quant_fn(inner_4, noise_0)) * inner_2;
        const real inner_5 = (real)(tracer > least);
        const real inner_6 = spike_fn(-mem_1);
        const real neg_spikes = quant_fn(inner_6, noise_1) * inner_5;
        const real spikes = pos_spikes - neg_spikes;

        real d_spikes = d_output * threshold;
        real d_threshold = d_output * spikes;
        d_spikes += d_tracer;
        d_spikes -= d_mem;
        const real d_pos_spikes = d_spikes;
        const real d_neg_spikes = -d_spikes;
        d_mem -= spike_fn_gradient(-mem_1, quant_fn_gradient(inner_6, d_neg_spikes * inner_5));
        d_mem -= spike_fn_gradient(inner_3, quant_fn_gradient(inner_4, -(d_pos_spikes * inner_2)));
        const real d_x = d_mem / threshold;
        d_threshold -= d_mem * (inner_1 / threshold);

        d_states[0][i] = d_mem;
        d_states[1][i] = d_tracer;
        d_parameters[0][i] += d_threshold;
        d_xs[i] = d_x;
    }
}
