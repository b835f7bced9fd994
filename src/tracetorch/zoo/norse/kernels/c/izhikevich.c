// Generated from spec/zoo/peers/norse.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 46ce57990c9af639
// Izhikevich, Izhikevich neuron of Norse.
// One timestep of LANES neurons side by side.
// Digest of the timestep: 212a3955ffd07697

// Computes the output, and updates the states.
static void forward_step(
    const real *restrict xs, const lanes *restrict noise, const real *restrict numbers,
    const lanes *restrict parameters, lanes *restrict states, real *restrict outputs)
{
    for (int i = 0; i < LANES; i++) {
        const real v_th = parameters[0][i];
        const real v_reset = parameters[1][i];
        const real recovery_rate = parameters[2][i];
        const real recovery_coupling = parameters[3][i];
        const real recovery_jump = parameters[4][i];
        const real sq = parameters[6][i];
        const real mn = parameters[7][i];
        const real bias_current = parameters[8][i];
        const real tau_inv = parameters[9][i];
        const real dt = parameters[10][i];
        const real noise_0 = noise[0][i];
        real v = states[0][i];
        real u = states[1][i];
        const real x = xs[i];

        const real prev_v = v;
        v += tau_inv * dt * (sq * square(v) + mn * v + bias_current - u + x);
        u += tau_inv * dt * recovery_rate * (recovery_coupling * prev_v - u);
        const real spikes = quant_fn(spike_fn(v - v_th), noise_0);
        v = (1 - spikes) * v + spikes * v_reset;
        u += spikes * recovery_jump;

        states[0][i] = v;
        states[1][i] = u;
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
        const real v_th = parameters[0][i];
        const real v_reset = parameters[1][i];
        const real recovery_rate = parameters[2][i];
        const real recovery_coupling = parameters[3][i];
        const real recovery_jump = parameters[4][i];
        const real sq = parameters[6][i];
        const real mn = parameters[7][i];
        const real bias_current = parameters[8][i];
        const real tau_inv = parameters[9][i];
        const real dt = parameters[10][i];
        const real noise_0 = noise[0][i];
        const real v = states[0][i];
        const real u = states[1][i];
        const real x = xs[i];
        real d_output = d_outputs[i];
        real d_v = d_states[0][i];
        real d_u = d_states[1][i];

        const real prev_v = v;
        const real inner_1 = square(v);
        const real inner_2 = sq * inner_1 + mn * v + bias_current - u + x;
        const real inner_3 = tau_inv * dt;
        const real v_1 = v + inner_3 * inner_2;
        const real inner_4 = recovery_coupling * prev_v - u;
        const real inner_5 = inner_3 * recovery_rate;
        const real inner_6 = v_1 - v_th;
        const real inner_7 = spike_fn(inner_6);
        const real spikes = quant_fn(inner_7, noise_0);
        const real inner_8 = 1 - spikes;

        real d_spikes = d_output;
        d_spikes += d_u * recovery_jump;
        const real d_recovery_jump = d_u * spikes;
        d_spikes += d_v * v_reset - d_v * v_1;
        const real d_v_reset = d_v * spikes;
        d_v *= inner_8;
        const real d_inner_6 = spike_fn_gradient(inner_6, quant_fn_gradient(inner_7, d_spikes));
        d_v += d_inner_6;
        const real d_v_th = -d_inner_6;
        const real d_inner_5 = d_u * inner_4;
        real d_inner_3 = d_inner_5 * recovery_rate;
        const real d_inner_4 = d_u * inner_5;
        real d_tau_inv = d_inner_3 * dt;
        real d_dt = d_inner_3 * tau_inv;
        const real d_recovery_rate = d_inner_5 * inner_3;
        const real d_recovery_coupling = d_inner_4 * prev_v;
        const real d_prev_v = d_inner_4 * recovery_coupling;
        d_u -= d_inner_4;
        d_inner_3 = d_v * inner_2;
        const real d_inner_2 = d_v * inner_3;
        d_tau_inv += d_inner_3 * dt;
        d_dt += d_inner_3 * tau_inv;
        const real d_sq = d_inner_2 * inner_1;
        const real d_mn = d_inner_2 * v;
        const real d_bias_current = d_inner_2;
        d_u -= d_inner_2;
        const real d_x = d_inner_2;
        d_v = d_v + d_inner_2 * sq * 2 * v + d_inner_2 * mn;
        d_v += d_prev_v;

        d_states[0][i] = d_v;
        d_states[1][i] = d_u;
        d_parameters[0][i] += d_v_th;
        d_parameters[1][i] += d_v_reset;
        d_parameters[2][i] += d_recovery_rate;
        d_parameters[3][i] += d_recovery_coupling;
        d_parameters[4][i] += d_recovery_jump;
        d_parameters[6][i] += d_sq;
        d_parameters[7][i] += d_mn;
        d_parameters[8][i] += d_bias_current;
        d_parameters[9][i] += d_tau_inv;
        d_parameters[10][i] += d_dt;
        d_xs[i] = d_x;
    }
}
