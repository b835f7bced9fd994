// Generated from spec/zoo/peers/norse.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 908404b22f201454
// LIFAdExRefrac, adaptive exponential integrate-and-fire neuron of Norse with a refractory period.
// One timestep of LANES neurons side by side.
// Digest of the timestep: 4d3188342f4eac16

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
        const real delta_T = parameters[5][i];
        const real tau_ada_inv = parameters[6][i];
        const real adaptation_current = parameters[7][i];
        const real adaptation_spike = parameters[8][i];
        const real rho_reset = parameters[9][i];
        const real dt = parameters[10][i];
        const real noise_0 = noise[0][i];
        const real noise_1 = noise[1][i];
        real i_ = states[0][i];
        real v = states[1][i];
        real a = states[2][i];
        real rho = states[3][i];
        const real x = xs[i];

        const real prev_v = v;
        i_ += x;
        v += dt * tau_mem_inv * (v_leak - v + delta_T * real_exp((v - v_th) / delta_T) + i_ - a);
        i_ -= dt * tau_syn_inv * i_;
        a += dt * tau_ada_inv * (adaptation_current * (prev_v - v_leak) - a);
        real spikes = quant_fn(spike_fn(v - v_th), noise_0);
        v = (1 - spikes) * v + spikes * v_reset;
        a += spikes * adaptation_spike;
        const real refractory = quant_fn(spike_fn(rho), noise_1);
        v = (1 - refractory) * v + refractory * prev_v;
        spikes = (1 - refractory) * spikes;
        rho = (1 - spikes) * relu(rho - refractory) + spikes * rho_reset;

        states[0][i] = i_;
        states[1][i] = v;
        states[2][i] = a;
        states[3][i] = rho;
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
        const real delta_T = parameters[5][i];
        const real tau_ada_inv = parameters[6][i];
        const real adaptation_current = parameters[7][i];
        const real adaptation_spike = parameters[8][i];
        const real rho_reset = parameters[9][i];
        const real dt = parameters[10][i];
        const real noise_0 = noise[0][i];
        const real noise_1 = noise[1][i];
        const real i_ = states[0][i];
        const real v = states[1][i];
        const real a = states[2][i];
        const real rho = states[3][i];
        const real x = xs[i];
        real d_output = d_outputs[i];
        real d_i = d_states[0][i];
        real d_v = d_states[1][i];
        real d_a = d_states[2][i];
        real d_rho = d_states[3][i];

        const real prev_v = v;
        const real i_1 = i_ + x;
        const real inner_1 = v - v_th;
        const real inner_2 = inner_1 / delta_T;
        const real inner_3 = real_exp(inner_2);
        const real inner_4 = v_leak - v + delta_T * inner_3 + i_1 - a;
        const real inner_5 = dt * tau_mem_inv;
        const real v_1 = v + inner_5 * inner_4;
        const real inner_6 = dt * tau_syn_inv;
        const real inner_7 = prev_v - v_leak;
        const real inner_8 = adaptation_current * inner_7 - a;
        const real inner_9 = dt * tau_ada_inv;
        const real inner_10 = v_1 - v_th;
        const real inner_11 = spike_fn(inner_10);
        const real spikes = quant_fn(inner_11, noise_0);
        const real inner_12 = 1 - spikes;
        const real v_2 = inner_12 * v_1 + spikes * v_reset;
        const real inner_13 = spike_fn(rho);
        const real refractory = quant_fn(inner_13, noise_1);
        const real inner_14 = 1 - refractory;
        const real spikes_1 = inner_14 * spikes;
        const real inner_15 = rho - refractory;
        const real inner_16 = relu(inner_15);
        const real inner_17 = 1 - spikes_1;

        real d_spikes = d_output;
        const real d_inner_15 = (inner_16 <= 0 ? 0 : d_rho * inner_17);
        d_spikes += d_rho * rho_reset - d_rho * inner_16;
        real d_refractory = -d_inner_15;
        const real d_rho_reset = d_rho * spikes_1;
        d_rho = d_inner_15;
        d_refractory -= d_spikes * spikes;
        d_spikes *= inner_14;
        d_refractory += d_v * prev_v - d_v * v_2;
        real d_prev_v = d_v * refractory;
        d_v *= inner_14;
        d_rho += spike_fn_gradient(rho, quant_fn_gradient(inner_13, d_refractory));
        d_spikes += d_a * adaptation_spike;
        const real d_adaptation_spike = d_a * spikes;
        d_spikes += d_v * v_reset - d_v * v_1;
        const real d_v_reset = d_v * spikes;
        d_v *= inner_12;
        const real d_inner_10 = spike_fn_gradient(inner_10, quant_fn_gradient(inner_11, d_spikes));
        d_v += d_inner_10;
        real d_v_th = -d_inner_10;
        const real d_inner_9 = d_a * inner_8;
        const real d_inner_8 = d_a * inner_9;
        const real d_inner_7 = d_inner_8 * adaptation_current;
        real d_dt = d_inner_9 * tau_ada_inv;
        const real d_tau_ada_inv = d_inner_9 * dt;
        const real d_adaptation_current = d_inner_8 * inner_7;
        d_prev_v += d_inner_7;
        real d_v_leak = -d_inner_7;
        d_a -= d_inner_8;
        const real d_inner_6 = -(d_i * i_1);
        d_dt += d_inner_6 * tau_syn_inv;
        const real d_tau_syn_inv = d_inner_6 * dt;
        d_i -= d_i * inner_6;
        const real d_inner_5 = d_v * inner_4;
        const real d_inner_4 = d_v * inner_5;
        const real d_inner_2 = d_inner_4 * delta_T * inner_3;
        const real d_inner_1 = d_inner_2 / delta_T;
        d_dt += d_inner_5 * tau_mem_inv;
        const real d_tau_mem_inv = d_inner_5 * dt;
        d_v_leak += d_inner_4;
        const real d_delta_T = d_inner_4 * inner_3 - d_inner_2 * (inner_2 / delta_T);
        d_v_th -= d_inner_1;
        d_i += d_inner_4;
        d_a -= d_inner_4;
        d_v = d_v - d_inner_4 + d_inner_1;
        const real d_x = d_i;
        d_v += d_prev_v;

        d_states[0][i] = d_i;
        d_states[1][i] = d_v;
        d_states[2][i] = d_a;
        d_states[3][i] = d_rho;
        d_parameters[0][i] += d_tau_syn_inv;
        d_parameters[1][i] += d_tau_mem_inv;
        d_parameters[2][i] += d_v_leak;
        d_parameters[3][i] += d_v_th;
        d_parameters[4][i] += d_v_reset;
        d_parameters[5][i] += d_delta_T;
        d_parameters[6][i] += d_tau_ada_inv;
        d_parameters[7][i] += d_adaptation_current;
        d_parameters[8][i] += d_adaptation_spike;
        d_parameters[9][i] += d_rho_reset;
        d_parameters[10][i] += d_dt;
        d_xs[i] = d_x;
    }
}
