// Generated from spec/zoo/peers/norse.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 07aca8b7af9164bc
// LIFRefrac, leaky integrate-and-fire neuron of Norse with a refractory period.
// One timestep of LANES neurons side by side.
// Digest of the timestep: 2c850d9729cd2c7f

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
        const real rho_reset = parameters[5][i];
        const real dt = parameters[6][i];
        const real noise_0 = noise[0][i];
        const real noise_1 = noise[1][i];
        real i_ = states[0][i];
        real v = states[1][i];
        real rho = states[2][i];
        const real x = xs[i];

        const real prev_v = v;
        i_ += x;
        v += dt * tau_mem_inv * (v_leak - v + i_);
        i_ -= dt * tau_syn_inv * i_;
        real spikes = quant_fn(spike_fn(v - v_th), noise_0);
        v = (1 - spikes) * v + spikes * v_reset;
        const real refractory = quant_fn(spike_fn(rho), noise_1);
        v = (1 - refractory) * v + refractory * prev_v;
        spikes = (1 - refractory) * spikes;
        rho = (1 - spikes) * relu(rho - refractory) + spikes * rho_reset;

        states[0][i] = i_;
        states[1][i] = v;
        states[2][i] = rho;
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
        const real rho_reset = parameters[5][i];
        const real dt = parameters[6][i];
        const real noise_0 = noise[0][i];
        const real noise_1 = noise[1][i];
        const real i_ = states[0][i];
        const real v = states[1][i];
        const real rho = states[2][i];
        const real x = xs[i];
        real d_output = d_outputs[i];
        real d_i = d_states[0][i];
        real d_v = d_states[1][i];
        real d_rho = d_states[2][i];

        const real prev_v = v;
        const real i_1 = i_ + x;
        const real inner_1 = v_leak - v + i_1;
        const real inner_2 = dt * tau_mem_inv;
        const real v_1 = v + inner_2 * inner_1;
        const real inner_3 = dt * tau_syn_inv;
        const real inner_4 = v_1 - v_th;
        const real inner_5 = spike_fn(inner_4);
        const real spikes = quant_fn(inner_5, noise_0);
        const real inner_6 = 1 - spikes;
        const real v_2 = inner_6 * v_1 + spikes * v_reset;
        const real inner_7 = spike_fn(rho);
        const real refractory = quant_fn(inner_7, noise_1);
        const real inner_8 = 1 - refractory;
        const real spikes_1 = inner_8 * spikes;
        const real inner_9 = rho - refractory;
        const real inner_10 = relu(inner_9);
        const real inner_11 = 1 - spikes_1;

        real d_spikes = d_output;
        const real d_inner_9 = (inner_10 <= 0 ? 0 : d_rho * inner_11);
        d_spikes += d_rho * rho_reset - d_rho * inner_10;
        real d_refractory = -d_inner_9;
        const real d_rho_reset = d_rho * spikes_1;
        d_rho = d_inner_9;
        d_refractory -= d_spikes * spikes;
        d_spikes *= inner_8;
        d_refractory += d_v * prev_v - d_v * v_2;
        const real d_prev_v = d_v * refractory;
        d_v *= inner_8;
        d_rho += spike_fn_gradient(rho, quant_fn_gradient(inner_7, d_refractory));
        d_spikes += d_v * v_reset - d_v * v_1;
        const real d_v_reset = d_v * spikes;
        d_v *= inner_6;
        const real d_inner_4 = spike_fn_gradient(inner_4, quant_fn_gradient(inner_5, d_spikes));
        d_v += d_inner_4;
        const real d_v_th = -d_inner_4;
        const real d_inner_3 = -(d_i * i_1);
        real d_dt = d_inner_3 * tau_syn_inv;
        const real d_tau_syn_inv = d_inner_3 * dt;
        d_i -= d_i * inner_3;
        const real d_inner_2 = d_v * inner_1;
        const real d_inner_1 = d_v * inner_2;
        d_dt += d_inner_2 * tau_mem_inv;
        const real d_tau_mem_inv = d_inner_2 * dt;
        const real d_v_leak = d_inner_1;
        d_i += d_inner_1;
        d_v -= d_inner_1;
        const real d_x = d_i;
        d_v += d_prev_v;

        d_states[0][i] = d_i;
        d_states[1][i] = d_v;
        d_states[2][i] = d_rho;
        d_parameters[0][i] += d_tau_syn_inv;
        d_parameters[1][i] += d_tau_mem_inv;
        d_parameters[2][i] += d_v_leak;
        d_parameters[3][i] += d_v_th;
        d_parameters[4][i] += d_v_reset;
        d_parameters[5][i] += d_rho_reset;
        d_parameters[6][i] += d_dt;
        d_xs[i] = d_x;
    }
}
