// Generated from spec/zoo/peers/sinabs.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 0c44a2fc51b3fa07
// LIFSynaptic, synaptic leaky integrate-and-fire neuron of Sinabs.
// One timestep of LANES neurons side by side.
// Digest of the timestep: 312e7b979b1e4591

// Computes the output, and updates the states.
static void forward_step(
    const real *restrict xs, const lanes *restrict noise, const real *restrict numbers,
    const lanes *restrict parameters, lanes *restrict states, real *restrict outputs)
{
    for (int i = 0; i < LANES; i++) {
        const real tau_mem = parameters[0][i];
        const real tau_syn = parameters[1][i];
        const real spike_threshold = parameters[2][i];
        real i_syn = states[0][i];
        real v_mem = states[1][i];
        const real x = xs[i];

        const real alpha_mem = real_exp(-1 / tau_mem);
        i_syn = real_exp(-1 / tau_syn) * (i_syn + x);
        v_mem = alpha_mem * v_mem + (1 - alpha_mem) * i_syn;
        const real spikes = straight_through(real_floor(maximum(v_mem / spike_threshold, 0)),
            spike_fn(v_mem / spike_threshold - 1));
        v_mem -= spikes * spike_threshold;

        states[0][i] = i_syn;
        states[1][i] = v_mem;
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
        const real spike_threshold = parameters[2][i];
        const real i_syn = states[0][i];
        const real v_mem = states[1][i];
        const real x = xs[i];
        real d_output = d_outputs[i];
        real d_i_syn = d_states[0][i];
        real d_v_mem = d_states[1][i];

        const real inner_1 = -1 / tau_mem;
        const real alpha_mem = real_exp(inner_1);
        const real inner_2 = i_syn + x;
        const real inner_3 = -1 / tau_syn;
        const real inner_4 = real_exp(inner_3);
        const real i_syn_1 = inner_4 * inner_2;
        const real inner_5 = 1 - alpha_mem;
        const real v_mem_1 = alpha_mem * v_mem + inner_5 * i_syn_1;
        const real inner_6 = v_mem_1 / spike_threshold;
        const real inner_7 = inner_6 - 1;
        const real spikes = straight_through(real_floor(maximum(inner_6, 0)), spike_fn(inner_7));

        real d_spikes = d_output;
        d_spikes -= d_v_mem * spike_threshold;
        real d_spike_threshold = -(d_v_mem * spikes);
        const real d_inner_6 = spike_fn_gradient(inner_7, d_spikes);
        d_v_mem += d_inner_6 / spike_threshold;
        d_spike_threshold -= d_inner_6 * (inner_6 / spike_threshold);
        const real d_alpha_mem = d_v_mem * v_mem - d_v_mem * i_syn_1;
        d_i_syn += d_v_mem * inner_5;
        d_v_mem *= alpha_mem;
        const real d_inner_2 = d_i_syn * inner_4;
        const real d_tau_syn = -(d_i_syn * inner_2 * inner_4 * (inner_3 / tau_syn));
        const real d_x = d_inner_2;
        d_i_syn = d_inner_2;
        const real d_tau_mem = -(d_alpha_mem * alpha_mem * (inner_1 / tau_mem));

        d_states[0][i] = d_i_syn;
        d_states[1][i] = d_v_mem;
        d_parameters[0][i] += d_tau_mem;
        d_parameters[1][i] += d_tau_syn;
        d_parameters[2][i] += d_spike_threshold;
        d_xs[i] = d_x;
    }
}
