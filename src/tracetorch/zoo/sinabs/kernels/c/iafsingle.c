// Generated from spec/zoo/peers/sinabs.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 66be897274832be8
// IAFSingle, integrate-and-fire neuron of Sinabs with one spike per timestep.
// One timestep of LANES neurons side by side.
// Digest of the timestep: c1f7bc5ca56f56b7

// Computes the output, and updates the states.
static void forward_step(
    const real *restrict xs, const lanes *restrict noise, const real *restrict numbers,
    const lanes *restrict parameters, lanes *restrict states, real *restrict outputs)
{
    for (int i = 0; i < LANES; i++) {
        const real spike_threshold = parameters[0][i];
        const real noise_0 = noise[0][i];
        real v_mem = states[0][i];
        const real x = xs[i];

        v_mem += x;
        const real spikes = 1 - quant_fn(spike_fn(1 - v_mem / spike_threshold), noise_0);
        v_mem -= spikes * spike_threshold;

        states[0][i] = v_mem;
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
        const real spike_threshold = parameters[0][i];
        const real noise_0 = noise[0][i];
        const real v_mem = states[0][i];
        const real x = xs[i];
        real d_output = d_outputs[i];
        real d_v_mem = d_states[0][i];

        const real v_mem_1 = v_mem + x;
        const real inner_1 = v_mem_1 / spike_threshold;
        const real inner_2 = 1 - inner_1;
        const real inner_3 = spike_fn(inner_2);
        const real spikes = 1 - quant_fn(inner_3, noise_0);

        real d_spikes = d_output;
        d_spikes -= d_v_mem * spike_threshold;
        real d_spike_threshold = -(d_v_mem * spikes);
        const real d_inner_1 = -spike_fn_gradient(inner_2, quant_fn_gradient(inner_3, -d_spikes));
        d_v_mem += d_inner_1 / spike_threshold;
        d_spike_threshold -= d_inner_1 * (inner_1 / spike_threshold);
        const real d_x = d_v_mem;

        d_states[0][i] = d_v_mem;
        d_parameters[0][i] += d_spike_threshold;
        d_xs[i] = d_x;
    }
}
