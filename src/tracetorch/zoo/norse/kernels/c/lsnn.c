// Generated from spec/zoo/peers/norse.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 22a1a3ba262ec614
// LSNN, leaky integrate-and-fire neuron of Norse with an adaptive threshold.
// One timestep of LANES neurons side by side.
// Digest of the timestep: 4648f77b3f0f0533

// Computes the output, and updates the states.
static void forward_step(
    const real *restrict xs, const lanes *restrict noise, const real *restrict numbers,
    const lanes *restrict parameters, lanes *restrict states, real *restrict outputs)
{
    for (int i = 0; i < LANES; i++) {
        const real tau_syn_inv = parameters[0][i];
        const real tau_mem_inv = parameters[1][i];
        const real v_leak = parameters[2][i];
        const real v_th = parameters[3][i];
        const real v_reset = parameters[4][i];
        const real tau_adapt_inv = parameters[5][i];
        const real adapt_jump = parameters[6][i];
        const real dt = parameters[7][i];
        const real noise_0 = noise[0][i];
        real i_ = states[0][i];
        real v = states[1][i];
        real b = states[2][i];
        const real x = xs[i];

        v += dt * tau_mem_inv * (v_leak - v + i_);
        i_ = i_ - dt * tau_syn_inv * i_ + x;
        b += dt * tau_adapt_inv * (v_th - b);
        const real spikes = quant_fn(spike_fn(v - b), noise_0);
        v = (1 - spikes) * v + spikes * v_reset;
        b += spikes * adapt_jump;

        states[0][i] = i_;
        states[1][i] = v;
        states[2][i] = b;
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
        const real tau_syn_inv = parameters[0][i];
        const real tau_mem_inv = parameters[1][i];
        const real v_leak = parameters[2][i];
        const real v_th = parameters[3][i];
        const real v_reset = parameters[4][i];
        const real tau_adapt_inv = parameters[5][i];
        const real adapt_jump = parameters[6][i];
        const real dt = parameters[7][i];
        const real noise_0 = noise[0][i];
        const real i_ = states[0][i];
        const real v = states[1][i];
        const real b = states[2][i];
        real d_output = d_outputs[i];
        real d_i = d_states[0][i];
        real d_v = d_states[1][i];
        real d_b = d_states[2][i];

        const real inner_1 = v_leak - v + i_;
        const real inner_2 = dt * tau_mem_inv;
        const real v_1 = v + inner_2 * inner_1;
        const real inner_3 = dt * tau_syn_inv;
        const real inner_4 = v_th - b;
        const real inner_5 = dt * tau_adapt_inv;
        const real b_1 = b + inner_5 * inner_4;
        const real inner_6 = v_1 - b_1;
        const real inner_7 = spike_fn(inner_6);
        const real spikes = quant_fn(inner_7, noise_0);
        const real inner_8 = 1 - spikes;

        real d_spikes = d_output;
        d_spikes += d_b * adapt_jump;
        const real d_adapt_jump = d_b * spikes;
        d_spikes += d_v * v_reset - d_v * v_1;
        const real d_v_reset = d_v * spikes;
        d_v *= inner_8;
        const real d_inner_6 = spike_fn_gradient(inner_6, quant_fn_gradient(inner_7, d_spikes));
        d_v += d_inner_6;
        d_b -= d_inner_6;
        const real d_inner_5 = d_b * inner_4;
        const real d_inner_4 = d_b * inner_5;
        real d_dt = d_inner_5 * tau_adapt_inv;
        const real d_tau_adapt_inv = d_inner_5 * dt;
        const real d_v_th = d_inner_4;
        d_b -= d_inner_4;
        const real d_inner_3 = -(d_i * i_);
        d_dt += d_inner_3 * tau_syn_inv;
        const real d_tau_syn_inv = d_inner_3 * dt;
        const real d_x = d_i;
        d_i -= d_i * inner_3;
        const real d_inner_2 = d_v * inner_1;
        const real d_inner_1 = d_v * inner_2;
        d_dt += d_inner_2 * tau_mem_inv;
        const real d_tau_mem_inv = d_inner_2 * dt;
        const real d_v_leak = d_inner_1;
        d_i += d_inner_1;
        d_v -= d_inner_1;

        d_states[0][i] = d_i;
        d_states[1][i] = d_v;
        d_states[2][i] = d_b;
        d_parameters[0][i] += d_tau_syn_inv;
        d_parameters[1][i] += d_tau_mem_inv;
        d_parameters[2][i] += d_v_leak;
        d_parameters[3][i] += d_v_th;
        d_parameters[4][i] += d_v_reset;
        d_parameters[5][i] += d_tau_adapt_inv;
        d_parameters[6][i] += d_adapt_jump;
        d_parameters[7][i] += d_dt;
        d_xs[i] = d_x;
    }
}
