// Generated from spec/zoo/compartments.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 31672824a5545743
// TCLIF, two-compartment leaky integrate-and-fire neuron.
// One timestep of LANES neurons side by side.
// Digest of the timestep: d037f04e3858e68d

// Computes the output, and updates the states.
static void forward_step(
    const real *restrict xs, const lanes *restrict noise, const real *restrict numbers,
    const lanes *restrict parameters, lanes *restrict states, real *restrict outputs)
{
    for (int i = 0; i < LANES; i++) {
        const real threshold = parameters[0][i];
        const real to_dendrite = parameters[1][i];
        const real to_soma = parameters[2][i];
        const real drop = parameters[3][i];
        const real noise_0 = noise[0][i];
        real dendrite = states[0][i];
        real mem = states[1][i];
        const real x = xs[i];

        dendrite = dendrite - to_dendrite * mem + x;
        mem += to_soma * dendrite;
        const real spikes = quant_fn(spike_fn(mem - threshold), noise_0);
        dendrite -= spikes * drop;
        mem -= spikes * threshold;

        states[0][i] = dendrite;
        states[1][i] = mem;
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
        const real to_dendrite = parameters[1][i];
        const real to_soma = parameters[2][i];
        const real drop = parameters[3][i];
        const real noise_0 = noise[0][i];
        const real dendrite = states[0][i];
        const real mem = states[1][i];
        const real x = xs[i];
        real d_output = d_outputs[i];
        real d_dendrite = d_states[0][i];
        real d_mem = d_states[1][i];

        const real dendrite_1 = dendrite - to_dendrite * mem + x;
        const real mem_1 = mem + to_soma * dendrite_1;
        const real inner_1 = mem_1 - threshold;
        const real inner_2 = spike_fn(inner_1);
        const real spikes = quant_fn(inner_2, noise_0);

        real d_spikes = d_output;
        d_spikes -= d_mem * threshold;
        real d_threshold = -(d_mem * spikes);
        d_spikes -= d_dendrite * drop;
        const real d_drop = -(d_dendrite * spikes);
        const real d_inner_1 = spike_fn_gradient(inner_1, quant_fn_gradient(inner_2, d_spikes));
        d_mem += d_inner_1;
        d_threshold -= d_inner_1;
        const real d_to_soma = d_mem * dendrite_1;
        d_dendrite += d_mem * to_soma;
        const real d_to_dendrite = -(d_dendrite * mem);
        d_mem -= d_dendrite * to_dendrite;
        const real d_x = d_dendrite;

        d_states[0][i] = d_dendrite;
        d_states[1][i] = d_mem;
        d_parameters[0][i] += d_threshold;
        d_parameters[1][i] += d_to_dendrite;
        d_parameters[2][i] += d_to_soma;
        d_parameters[3][i] += d_drop;
        d_xs[i] = d_x;
    }
}
