// Generated from spec/zoo/synapses.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 4b3238ad41f6cb42
// AlphaLIF, leaky integrate-and-fire neuron with an alpha synapse.
// One timestep of LANES neurons side by side.
// Digest of the timestep: 7839e3d79ed74e21

// Computes the output, and updates the states.
static void forward_step(
    const real *restrict xs, const lanes *restrict noise, const real *restrict numbers,
    const lanes *restrict parameters, lanes *restrict states, real *restrict outputs)
{
    for (int i = 0; i < LANES; i++) {
        const real beta = parameters[0][i];
        const real threshold = parameters[1][i];
        const real fall = parameters[2][i];
        const real noise_0 = noise[0][i];
        real onset = states[0][i];
        real current = states[1][i];
        real mem = states[2][i];
        const real x = xs[i];

        onset = fall * onset + x;
        current = fall * current + onset;
        mem = beta * mem + (1 - fall) * (1 - fall) * current;
        const real spikes = quant_fn(spike_fn(mem - threshold), noise_0);
        mem -= spikes * threshold;

        states[0][i] = onset;
        states[1][i] = current;
        states[2][i] = mem;
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
        const real beta = parameters[0][i];
        const real threshold = parameters[1][i];
        const real fall = parameters[2][i];
        const real noise_0 = noise[0][i];
        const real onset = states[0][i];
        const real current = states[1][i];
        const real mem = states[2][i];
        const real x = xs[i];
        real d_output = d_outputs[i];
        real d_onset = d_states[0][i];
        real d_current = d_states[1][i];
        real d_mem = d_states[2][i];

        const real onset_1 = fall * onset + x;
        const real current_1 = fall * current + onset_1;
        const real inner_1 = 1 - fall;
        const real inner_2 = inner_1 * inner_1;
        const real mem_1 = beta * mem + inner_2 * current_1;
        const real inner_3 = mem_1 - threshold;
        const real inner_4 = spike_fn(inner_3);
        const real spikes = quant_fn(inner_4, noise_0);

        real d_spikes = d_output;
        d_spikes -= d_mem * threshold;
        real d_threshold = -(d_mem * spikes);
        const real d_inner_3 = spike_fn_gradient(inner_3, quant_fn_gradient(inner_4, d_spikes));
        d_mem += d_inner_3;
        d_threshold -= d_inner_3;
        const real d_inner_2 = d_mem * current_1;
        const real d_beta = d_mem * mem;
        real d_fall = -(d_inner_2 * inner_1) - d_inner_2 * inner_1;
        d_current += d_mem * inner_2;
        d_mem *= beta;
        d_fall += d_current * current;
        d_onset += d_current;
        d_current *= fall;
        d_fall += d_onset * onset;
        const real d_x = d_onset;
        d_onset *= fall;

        d_states[0][i] = d_onset;
        d_states[1][i] = d_current;
        d_states[2][i] = d_mem;
        d_parameters[0][i] += d_beta;
        d_parameters[1][i] += d_threshold;
        d_parameters[2][i] += d_fall;
        d_xs[i] = d_x;
    }
}
