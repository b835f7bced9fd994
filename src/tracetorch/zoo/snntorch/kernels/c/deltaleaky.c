// Generated from spec/zoo/peers/snntorch.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 0836a05076cfd279
// DeltaLeaky, delta neuron of snnTorch.
// One timestep of LANES neurons side by side.
// Digest of the timestep: c626a0716069526c

// Computes the output, and updates the states.
static void forward_step(
    const real *restrict xs, const lanes *restrict noise, const real *restrict numbers,
    const lanes *restrict parameters, lanes *restrict states, real *restrict outputs)
{
    for (int i = 0; i < LANES; i++) {
        const real beta = parameters[0][i];
        const real delta_threshold = parameters[1][i];
        const real noise_0 = noise[0][i];
        real mem = states[0][i];
        real mem_prev = states[1][i];
        const real x = xs[i];

        mem_prev = mem;
        mem = beta * mem + x;
        const real spikes = quant_fn(spike_fn(real_abs(mem - mem_prev) - delta_threshold), noise_0);

        states[0][i] = mem;
        states[1][i] = mem_prev;
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
        const real delta_threshold = parameters[1][i];
        const real mem = states[0][i];
        const real x = xs[i];
        real d_output = d_outputs[i];
        real d_mem = d_states[0][i];
        real d_mem_prev = d_states[1][i];

        const real mem_prev_1 = mem;
        const real mem_1 = beta * mem + x;
        const real inner_1 = mem_1 - mem_prev_1;
        const real inner_2 = real_abs(inner_1) - delta_threshold;
        const real inner_3 = spike_fn(inner_2);

        const real d_spikes = d_output;
        const real d_inner_2 = spike_fn_gradient(inner_2, quant_fn_gradient(inner_3, d_spikes));
        const real d_inner_1 = d_inner_2 * sign(inner_1);
        d_mem += d_inner_1;
        d_mem_prev -= d_inner_1;
        const real d_delta_threshold = -d_inner_2;
        const real d_beta = d_mem * mem;
        const real d_x = d_mem;
        d_mem *= beta;
        d_mem += d_mem_prev;

        d_states[0][i] = d_mem;
        d_states[1][i] = 0;
        d_parameters[0][i] += d_beta;
        d_parameters[1][i] += d_delta_threshold;
        d_xs[i] = d_x;
    }
}
