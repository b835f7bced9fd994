// Generated from spec/zoo/izhikevich.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: b80e74842519a6bb
// RAF, resonate-and-fire neuron.
// One timestep of LANES neurons side by side.
// Digest of the timestep: 627e473d6b1c1333

// Computes the output, and updates the states.
static void forward_step(
    const real *restrict xs, const lanes *restrict noise, const real *restrict numbers,
    const lanes *restrict parameters, lanes *restrict states, real *restrict outputs)
{
    for (int i = 0; i < LANES; i++) {
        const real threshold = parameters[0][i];
        const real damping = parameters[1][i];
        const real omega = parameters[2][i];
        const real noise_0 = noise[0][i];
        real current = states[0][i];
        real mem = states[1][i];
        const real x = xs[i];

        const real prev_current = current;
        current = damping * (real_cos(omega) * current - real_sin(omega) * mem) + x;
        mem = damping * (real_sin(omega) * prev_current + real_cos(omega) * mem);
        const real spikes = quant_fn(spike_fn(mem - threshold), noise_0);
        current -= spikes * current;
        mem += spikes * (1 - mem);

        states[0][i] = current;
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
        const real damping = parameters[1][i];
        const real omega = parameters[2][i];
        const real noise_0 = noise[0][i];
        const real current = states[0][i];
        const real mem = states[1][i];
        const real x = xs[i];
        real d_output = d_outputs[i];
        real d_current = d_states[0][i];
        real d_mem = d_states[1][i];

        const real prev_current = current;
        const real inner_1 = real_sin(omega);
        const real inner_2 = real_cos(omega);
        const real inner_3 = inner_2 * current - inner_1 * mem;
        const real current_1 = damping * inner_3 + x;
        const real inner_4 = inner_1 * prev_current + inner_2 * mem;
        const real mem_1 = damping * inner_4;
        const real inner_5 = mem_1 - threshold;
        const real inner_6 = spike_fn(inner_5);
        const real spikes = quant_fn(inner_6, noise_0);
        const real inner_7 = 1 - mem_1;

        real d_spikes = d_output;
        d_spikes += d_mem * inner_7;
        d_mem -= d_mem * spikes;
        d_spikes -= d_current * current_1;
        d_current -= d_current * spikes;
        const real d_inner_5 = spike_fn_gradient(inner_5, quant_fn_gradient(inner_6, d_spikes));
        d_mem += d_inner_5;
        const real d_threshold = -d_inner_5;
        const real d_inner_4 = d_mem * damping;
        real d_damping = d_mem * inner_4;
        real d_omega = d_inner_4 * prev_current * real_cos(omega) - d_inner_4 * mem *
            real_sin(omega);
        const real d_prev_current = d_inner_4 * inner_1;
        d_mem = d_inner_4 * inner_2;
        const real d_inner_3 = d_current * damping;
        d_damping += d_current * inner_3;
        d_omega += -(d_inner_3 * current * real_sin(omega)) - d_inner_3 * mem * real_cos(omega);
        d_mem -= d_inner_3 * inner_1;
        const real d_x = d_current;
        d_current = d_inner_3 * inner_2;
        d_current += d_prev_current;

        d_states[0][i] = d_current;
        d_states[1][i] = d_mem;
        d_parameters[0][i] += d_threshold;
        d_parameters[1][i] += d_damping;
        d_parameters[2][i] += d_omega;
        d_xs[i] = d_x;
    }
}
