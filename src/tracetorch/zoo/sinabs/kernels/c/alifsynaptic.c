// Generated from spec/zoo/peers/sinabs.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 9a509d59881e82cd
// ALIFSynaptic, synaptic adaptive leaky integrate-and-fire neuron of Sinabs.
// One timestep of LANES neurons side by side.
// Digest of the timestep: fdc8dfb7b7d77a6a

// Computes the output, and updates the states.
static void forward_step(
    const real *restrict xs, const lanes *restrict noise, const real *restrict numbers,
    const lanes *restrict parameters, lanes *restrict states, real *restrict outputs)
{
    for (int i = 0; i < LANES; i++) {
        const real tau_mem = parameters[0][i];
        const real tau_syn = parameters[1][i];
        const real tau_adapt = parameters[2][i];
        const real adapt_scale = parameters[3][i];
        const real spike_threshold = parameters[4][i];
        const real noise_0 = noise[0][i];
        real i_syn = states[0][i];
        real v_mem = states[1][i];
        real b = states[2][i];
        const real x = xs[i];

        const real alpha_mem = real_exp(-1 / tau_mem);
        i_syn = (1 - alpha_mem) * real_exp(-1 / tau_syn) * (i_syn + x);
        v_mem = alpha_mem * v_mem + i_syn;
        const real threshold_now = spike_threshold + adapt_scale * b;
        const real spikes = 1 - quant_fn(spike_fn(1 - v_mem / (threshold_now)), noise_0);
        v_mem -= spikes * threshold_now;
        b = real_exp(-1 / tau_adapt) * b + (1 - real_exp(-1 / tau_adapt)) * spikes;

        states[0][i] = i_syn;
        states[1][i] = v_mem;
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
        const real tau_mem = parameters[0][i];
        const real tau_syn = parameters[1][i];
        const real tau_adapt = parameters[2][i];
        const real adapt_scale = parameters[3][i];
        const real spike_threshold = parameters[4][i];
        const real noise_0 = noise[0][i];
        const real i_syn = states[0][i];
        const real v_mem = states[1][i];
        const real b = states[2][i];
        const real x = xs[i];
        real d_output = d_outputs[i];
        real d_i_syn = d_states[0][i];
        real d_v_mem = d_states[1][i];
        real d_b = d_states[2][i];

        const real inner_1 = -1 / tau_mem;
        const real alpha_mem = real_exp(inner_1);
        const real inner_2 = i_syn + x;
        const real inner_3 = -1 / tau_syn;
        const real inner_4 = real_exp(inner_3);
        const real inner_5 = 1 - alpha_mem;
        const real inner_6 = inner_5 * inner_4;
        const real i_syn_1 = inner_6 * inner_2;
        const real v_mem_1 = alpha_mem * v_mem + i_syn_1;
        const real threshold_now = spike_threshold + adapt_scale * b;
        const real inner_7 = (threshold_now);
        const real inner_8 = v_mem_1 / inner_7;
        const real inner_9 = 1 - inner_8;
        const real inner_10 = spike_fn(inner_9);
        const real spikes = 1 - quant_fn(inner_10, noise_0);
        const real inner_11 = -1 / tau_adapt;
        const real inner_12 = real_exp(inner_11);
        const real inner_13 = 1 - inner_12;

        real d_spikes = d_output;
        const real d_tau_adapt = -(-(d_b * spikes * inner_12)) * (inner_11 / tau_adapt) - d_b * b *
            inner_12 * (inner_11 / tau_adapt);
        d_spikes += d_b * inner_13;
        d_b *= inner_12;
        d_spikes -= d_v_mem * threshold_now;
        const real d_threshold_now = -(d_v_mem * spikes);
        const real d_inner_8 = -spike_fn_gradient(inner_9, quant_fn_gradient(inner_10, -d_spikes));
        d_v_mem += d_inner_8 / inner_7;
        const real d_spike_threshold = d_threshold_now;
        const real d_adapt_scale = d_threshold_now * b;
        d_b += d_threshold_now * adapt_scale;
        real d_alpha_mem = d_v_mem * v_mem;
        d_i_syn += d_v_mem;
        d_v_mem *= alpha_mem;
        const real d_inner_6 = d_i_syn * inner_2;
        const real d_inner_2 = d_i_syn * inner_6;
        d_alpha_mem -= d_inner_6 * inner_4;
        const real d_tau_syn = -(d_inner_6 * inner_5 * inner_4 * (inner_3 / tau_syn));
        const real d_x = d_inner_2;
        d_i_syn = d_inner_2;
        const real d_tau_mem = -(d_alpha_mem * alpha_mem * (inner_1 / tau_mem));

        d_states[0][i] = d_i_syn;
        d_states[1][i] = d_v_mem;
        d_states[2][i] = d_b;
        d_parameters[0][i] += d_tau_mem;
        d_parameters[1][i] += d_tau_syn;
        d_parameters[2][i] += d_tau_adapt;
        d_parameters[3][i] += d_adapt_scale;
        d_parameters[4][i] += d_spike_threshold;
        d_xs[i] = d_x;
    }
}
