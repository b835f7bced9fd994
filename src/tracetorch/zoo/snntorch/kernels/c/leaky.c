// Generated from spec/zoo/peers/snntorch.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 359ec87a037003e3
// Leaky, leaky integrate-and-fire neuron of snnTorch.
// One timestep of LANES neurons side by side.
// Digest of the timestep: c165c6a3a96bb963

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

        const real reset = (real)(mem > threshold);
        mem = beta * mem + x - reset * threshold;
        const real spikes = quant_fn(spike_fn(mem - threshold), noise_0);
        const real output = graded_spikes_factor * spikes;

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

        const real reset = (real)(mem > threshold);
        const real mem_1 = beta * mem + x - reset * threshold;
        const real inner_1 = mem_1 - threshold;
        const real inner_2 = spike_fn(inner_1);
        const real spikes = quant_fn(inner_2, noise_0);

        const real d_graded_spikes_factor = d_output * spikes;
        const real d_spikes = d_output * graded_spikes_factor;
        const real d_inner_1 = spike_fn_gradient(inner_1, quant_fn_gradient(inner_2, d_spikes));
        d_mem += d_inner_1;
        real d_threshold = -d_inner_1;
        const real d_beta = d_mem * mem;
        const real d_x = d_mem;
        d_threshold -= d_mem * reset;
        d_mem *= beta;

        d_states[0][i] = d_mem;
        d_parameters[0][i] += d_beta;
        d_parameters[1][i] += d_threshold;
        d_parameters[2][i] += d_graded_spikes_factor;
        d_xs[i] = d_x;
    }
}
