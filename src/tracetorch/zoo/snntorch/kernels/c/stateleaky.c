// Generated from spec/zoo/peers/snntorch.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: f943b1b24209decb
// StateLeaky, leaky neuron without a reset of snnTorch.
// One timestep of LANES neurons side by side.
// Digest of the timestep: 51e5979bb421506e

// Computes the output, and updates the states.
static void forward_step(
    const real *restrict xs, const lanes *restrict noise, const real *restrict numbers,
    const lanes *restrict parameters, lanes *restrict states, real *restrict outputs)
{
    for (int i = 0; i < LANES; i++) {
        const real beta = parameters[0][i];
        const real threshold = parameters[1][i];
        const real graded_spikes_factor = parameters[2][i];
        const real noise_0 = noise[0][i];
        real mem = states[0][i];
        const real x = xs[i];

        mem = real_exp(beta - 1) * mem + x;
        const real spikes = quant_fn(spike_fn(mem - threshold), noise_0);
        const real output = graded_spikes_factor * graded_spikes_factor * spikes;

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
        const real threshold = parameters[1][i];
        const real graded_spikes_factor = parameters[2][i];
        const real noise_0 = noise[0][i];
        const real mem = states[0][i];
        const real x = xs[i];
        real d_output = d_outputs[i];
        real d_mem = d_states[0][i];

        const real inner_1 = real_exp(beta - 1);
        const real mem_1 = inner_1 * mem + x;
        const real inner_2 = mem_1 - threshold;
        const real inner_3 = spike_fn(inner_2);
        const real spikes = quant_fn(inner_3, noise_0);
        const real inner_4 = graded_spikes_factor * graded_spikes_factor;

        const real d_inner_4 = d_output * spikes;
        const real d_graded_spikes_factor = d_inner_4 * graded_spikes_factor + d_inner_4 *
            graded_spikes_factor;
        const real d_spikes = d_output * inner_4;
        const real d_inner_2 = spike_fn_gradient(inner_2, quant_fn_gradient(inner_3, d_spikes));
        d_mem += d_inner_2;
        const real d_threshold = -d_inner_2;
        const real d_beta = d_mem * mem * inner_1;
        const real d_x = d_mem;
        d_mem *= inner_1;

        d_states[0][i] = d_mem;
        d_parameters[0][i] += d_beta;
        d_parameters[1][i] += d_threshold;
        d_parameters[2][i] += d_graded_spikes_factor;
        d_xs[i] = d_x;
    }
}
