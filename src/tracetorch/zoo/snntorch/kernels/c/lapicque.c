// Generated from spec/zoo/peers/snntorch.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 4e8a597039dee23d
// Lapicque, Lapicque neuron of snnTorch.
// One timestep of LANES neurons side by side.
// Digest of the timestep: 77323802105b110e

// Computes the output, and updates the states.
static void forward_step(
    const real *restrict xs, const lanes *restrict noise, const real *restrict numbers,
    const lanes *restrict parameters, lanes *restrict states, real *restrict outputs)
{
    for (int i = 0; i < LANES; i++) {
        const real threshold = parameters[0][i];
        const real R = parameters[1][i];
        const real C = parameters[2][i];
        const real time_step = parameters[3][i];
        const real noise_0 = noise[0][i];
        real mem = states[0][i];
        const real x = xs[i];

        const real reset = (real)(mem > threshold);
        mem = time_step / C * x + (1 - time_step / (R * C)) * mem - reset * threshold;
        const real spikes = quant_fn(spike_fn(mem - threshold), noise_0);

        states[0][i] = mem;
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
        const real R = parameters[1][i];
        const real C = parameters[2][i];
        const real time_step = parameters[3][i];
        const real mem = states[0][i];
        const real x = xs[i];
        real d_output = d_outputs[i];
        real d_mem = d_states[0][i];

        const real reset = (real)(mem > threshold);
        const real inner_1 = R * C;
        const real inner_2 = time_step / inner_1;
        const real inner_3 = 1 - inner_2;
        const real inner_4 = time_step / C;
        const real mem_1 = inner_4 * x + inner_3 * mem - reset * threshold;
        const real inner_5 = mem_1 - threshold;
        const real inner_6 = spike_fn(inner_5);

        const real d_spikes = d_output;
        const real d_inner_5 = spike_fn_gradient(inner_5, quant_fn_gradient(inner_6, d_spikes));
        d_mem += d_inner_5;
        real d_threshold = -d_inner_5;
        const real d_inner_4 = d_mem * x;
        const real d_inner_2 = -(d_mem * mem);
        const real d_inner_1 = -(d_inner_2 * (inner_2 / inner_1));
        const real d_time_step = d_inner_4 / C + d_inner_2 / inner_1;
        const real d_C = d_inner_1 * R - d_inner_4 * (inner_4 / C);
        const real d_x = d_mem * inner_4;
        const real d_R = d_inner_1 * C;
        d_threshold -= d_mem * reset;
        d_mem *= inner_3;

        d_states[0][i] = d_mem;
        d_parameters[0][i] += d_threshold;
        d_parameters[1][i] += d_R;
        d_parameters[2][i] += d_C;
        d_parameters[3][i] += d_time_step;
        d_xs[i] = d_x;
    }
}
