// Generated from spec/zoo/peers/norse.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 9762f4bdfc697561
// CobaLIF, leaky integrate-and-fire neuron of Norse with conductance-based synapses.
// One timestep of LANES neurons side by side.
// Digest of the timestep: d4daf7977e5a4a5b

// Computes the output, and updates the states.
static void forward_step(
    const real *restrict xs, const lanes *restrict noise, const real *restrict numbers,
    const lanes *restrict parameters, lanes *restrict states, real *restrict outputs)
{
    for (int i = 0; i < LANES; i++) {
        const real v_th = parameters[0][i];
        const real v_reset = parameters[1][i];
        const real v_rest = parameters[2][i];
        const real tau_syn_exc_inv = parameters[3][i];
        const real tau_syn_inh_inv = parameters[4][i];
        const real c_m_inv = parameters[5][i];
        const real g_l = parameters[6][i];
        const real e_rev_I = parameters[7][i];
        const real e_rev_E = parameters[8][i];
        const real dt = parameters[9][i];
        const real noise_0 = noise[0][i];
        real g_e = states[0][i];
        real g_i = states[1][i];
        real v = states[2][i];
        const real x = xs[i];

        const real excitation = g_e + relu(x);
        const real inhibition = g_i + relu(-x);
        g_e = excitation - dt * tau_syn_exc_inv * excitation;
        g_i = inhibition - dt * tau_syn_inh_inv * inhibition;
        v += dt * c_m_inv * (g_l * (v_rest - v) + g_e * (e_rev_E - v) + g_i * (e_rev_I - v));
        const real spikes = quant_fn(spike_fn(v - v_th), noise_0);
        v = (1 - spikes) * v + spikes * v_reset;

        states[0][i] = g_e;
        states[1][i] = g_i;
        states[2][i] = v;
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
        const real v_rest = parameters[2][i];
        const real tau_syn_exc_inv = parameters[3][i];
        const real tau_syn_inh_inv = parameters[4][i];
        const real c_m_inv = parameters[5][i];
        const real g_l = parameters[6][i];
        const real e_rev_I = parameters[7][i];
        const real e_rev_E = parameters[8][i];
        const real dt = parameters[9][i];
        const real noise_0 = noise[0][i];
        const real g_e = states[0][i];
        const real g_i = states[1][i];
        const real v = states[2][i];
        const real x = xs[i];
        real d_output = d_outputs[i];
        real d_g_e = d_states[0][i];
        real d_g_i = d_states[1][i];
        real d_v = d_states[2][i];

        const real inner_1 = relu(x);
        const real excitation = g_e + inner_1;
        const real inner_2 = relu(-x);
        const real inhibition = g_i + inner_2;
        const real inner_3 = dt * tau_syn_exc_inv;
        const real g_e_1 = excitation - inner_3 * excitation;
        const real inner_4 = dt * tau_syn_inh_inv;
        const real g_i_1 = inhibition - inner_4 * inhibition;
        const real inner_5 = e_rev_I - v;
        const real inner_6 = e_rev_E - v;
        const real inner_7 = v_rest - v;
        const real inner_8 = g_l * inner_7 + g_e_1 * inner_6 + g_i_1 * inner_5;
        const real inner_9 = dt * c_m_inv;
        const real v_1 = v + inner_9 * inner_8;
        const real inner_10 = v_1 - v_th;
        const real inner_11 = spike_fn(inner_10);
        const real spikes = quant_fn(inner_11, noise_0);
        const real inner_12 = 1 - spikes;

        real d_spikes = d_output;
        d_spikes += d_v * v_reset - d_v * v_1;
        const real d_v_reset = d_v * spikes;
        d_v *= inner_12;
        const real d_inner_10 = spike_fn_gradient(inner_10, quant_fn_gradient(inner_11, d_spikes));
        d_v += d_inner_10;
        const real d_v_th = -d_inner_10;
        const real d_inner_9 = d_v * inner_8;
        const real d_inner_8 = d_v * inner_9;
        const real d_inner_7 = d_inner_8 * g_l;
        const real d_inner_6 = d_inner_8 * g_e_1;
        const real d_inner_5 = d_inner_8 * g_i_1;
        real d_dt = d_inner_9 * c_m_inv;
        const real d_c_m_inv = d_inner_9 * dt;
        const real d_g_l = d_inner_8 * inner_7;
        const real d_v_rest = d_inner_7;
        d_g_e += d_inner_8 * inner_6;
        const real d_e_rev_E = d_inner_6;
        d_g_i += d_inner_8 * inner_5;
        const real d_e_rev_I = d_inner_5;
        d_v = d_v - d_inner_7 - d_inner_6 - d_inner_5;
        const real d_inner_4 = -(d_g_i * inhibition);
        const real d_inhibition = d_g_i - d_g_i * inner_4;
        d_dt += d_inner_4 * tau_syn_inh_inv;
        const real d_tau_syn_inh_inv = d_inner_4 * dt;
        const real d_inner_3 = -(d_g_e * excitation);
        const real d_excitation = d_g_e - d_g_e * inner_3;
        d_dt += d_inner_3 * tau_syn_exc_inv;
        const real d_tau_syn_exc_inv = d_inner_3 * dt;
        d_g_i = d_inhibition;
        real d_x = -(inner_2 <= 0 ? 0 : d_inhibition);
        d_g_e = d_excitation;
        d_x += (inner_1 <= 0 ? 0 : d_excitation);

        d_states[0][i] = d_g_e;
        d_states[1][i] = d_g_i;
        d_states[2][i] = d_v;
        d_parameters[0][i] += d_v_th;
        d_parameters[1][i] += d_v_reset;
        d_parameters[2][i] += d_v_rest;
        d_parameters[3][i] += d_tau_syn_exc_inv;
        d_parameters[4][i] += d_tau_syn_inh_inv;
        d_parameters[5][i] += d_c_m_inv;
        d_parameters[6][i] += d_g_l;
        d_parameters[7][i] += d_e_rev_I;
        d_parameters[8][i] += d_e_rev_E;
        d_parameters[9][i] += d_dt;
        d_xs[i] = d_x;
    }
}
