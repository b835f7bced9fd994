// Generated from spec/zoo/peers/spikingjelly.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 36cbf0312aacc629
// RAF, resonate-and-fire neuron of SpikingJelly.
// One timestep of LANES neurons side by side.
// Digest of the timestep: 9a8ffc93a83d7bae

// Computes the output, and updates the states.
static void forward_step(
    const real *restrict xs, const lanes *restrict noise, const real *restrict numbers,
    const lanes *restrict parameters, lanes *restrict states, real *restrict outputs)
{
    for (int i = 0; i < LANES; i++) {
        const real v_threshold = parameters[0][i];
        const real v_reset = parameters[1][i];
        const real damping = parameters[2][i];
        const real omega = parameters[3][i];
        const real dt = parameters[4][i];
        const real noise_0 = noise[0][i];
        real u = states[0][i];
        real v = states[1][i];
        const real x = xs[i];

        const real prev_u = u;
        u = real_exp(damping * dt) * (u * real_cos(omega * dt) - v * real_sin(omega * dt)) + x;
        v = real_exp(damping * dt) * (prev_u * real_sin(omega * dt) + v * real_cos(omega * dt));
        const real spikes = 1 - quant_fn(spike_fn(v_threshold - v), noise_0);
        v = spikes * v_reset + (1 - spikes) * v;

        states[0][i] = u;
        states[1][i] = v;
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
        const real v_threshold = parameters[0][i];
        const real v_reset = parameters[1][i];
        const real damping = parameters[2][i];
        const real omega = parameters[3][i];
        const real dt = parameters[4][i];
        const real noise_0 = noise[0][i];
        const real u = states[0][i];
        const real v = states[1][i];
        real d_output = d_outputs[i];
        real d_u = d_states[0][i];
        real d_v = d_states[1][i];

        const real prev_u = u;
        const real inner_1 = omega * dt;
        const real inner_2 = real_sin(inner_1);
        const real inner_3 = real_cos(inner_1);
        const real inner_4 = u * inner_3 - v * inner_2;
        const real inner_5 = damping * dt;
        const real inner_6 = real_exp(inner_5);
        const real inner_7 = prev_u * inner_2 + v * inner_3;
        const real v_1 = inner_6 * inner_7;
        const real inner_8 = v_threshold - v_1;
        const real inner_9 = spike_fn(inner_8);
        const real spikes = 1 - quant_fn(inner_9, noise_0);
        const real inner_10 = 1 - spikes;

        real d_spikes = d_output;
        d_spikes += d_v * v_reset - d_v * v_1;
        const real d_v_reset = d_v * spikes;
        d_v *= inner_10;
        const real d_inner_8 = spike_fn_gradient(inner_8, quant_fn_gradient(inner_9, -d_spikes));
        const real d_v_threshold = d_inner_8;
        d_v -= d_inner_8;
        real d_inner_5 = d_v * inner_7 * inner_6;
        const real d_inner_7 = d_v * inner_6;
        real d_inner_1 = d_inner_7 * prev_u * real_cos(inner_1);
        real d_inner_8_1 = -(d_inner_7 * v * real_sin(inner_1));
        real d_damping = d_inner_5 * dt;
        real d_dt = d_inner_5 * damping + d_inner_1 * omega + d_inner_8_1 * omega;
        const real d_prev_u = d_inner_7 * inner_2;
        real d_omega = d_inner_1 * dt + d_inner_8_1 * dt;
        d_v = d_inner_7 * inner_3;
        d_inner_5 = d_u * inner_4 * inner_6;
        const real d_inner_4 = d_u * inner_6;
        d_inner_1 = -(d_inner_4 * u * real_sin(inner_1));
        d_inner_8_1 = -(d_inner_4 * v * real_cos(inner_1));
        d_damping += d_inner_5 * dt;
        d_dt += d_inner_5 * damping + d_inner_1 * omega + d_inner_8_1 * omega;
        d_omega += d_inner_1 * dt + d_inner_8_1 * dt;
        d_v -= d_inner_4 * inner_2;
        const real d_x = d_u;
        d_u = d_inner_4 * inner_3;
        d_u += d_prev_u;

        d_states[0][i] = d_u;
        d_states[1][i] = d_v;
        d_parameters[0][i] += d_v_threshold;
        d_parameters[1][i] += d_v_reset;
        d_parameters[2][i] += d_damping;
        d_parameters[3][i] += d_omega;
        d_parameters[4][i] += d_dt;
        d_xs[i] = d_x;
    }
}
