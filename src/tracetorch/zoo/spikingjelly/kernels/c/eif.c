// Generated from spec/zoo/peers/spikingjelly.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 08cfe7241e61e28f
// EIF, exponential integrate-and-fire neuron of SpikingJelly.
// One timestep of LANES neurons side by side.
// Digest of the timestep: 0443d9e98b986c29

// Computes the output, and updates the states.
static void forward_step(
    const real *restrict xs, const lanes *restrict noise, const real *restrict numbers,
    const lanes *restrict parameters, lanes *restrict states, real *restrict outputs)
{
    for (int i = 0; i < LANES; i++) {
        const real tau = parameters[0][i];
        const real v_threshold = parameters[1][i];
        const real v_reset = parameters[2][i];
        const real v_rest = parameters[3][i];
        const real delta_T = parameters[4][i];
        const real theta_rh = parameters[5][i];
        const real noise_0 = noise[0][i];
        real v = states[0][i];
        const real x = xs[i];

        v += (x + v_rest - v + delta_T * real_exp((v - theta_rh) / delta_T)) / tau;
        const real spikes = 1 - quant_fn(spike_fn(v_threshold - v), noise_0);
        v = spikes * v_reset + (1 - spikes) * v;

        states[0][i] = v;
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
        const real tau = parameters[0][i];
        const real v_threshold = parameters[1][i];
        const real v_reset = parameters[2][i];
        const real v_rest = parameters[3][i];
        const real delta_T = parameters[4][i];
        const real theta_rh = parameters[5][i];
        const real noise_0 = noise[0][i];
        const real v = states[0][i];
        const real x = xs[i];
        real d_output = d_outputs[i];
        real d_v = d_states[0][i];

        const real inner_1 = v - theta_rh;
        const real inner_2 = inner_1 / delta_T;
        const real inner_3 = real_exp(inner_2);
        const real inner_4 = x + v_rest - v + delta_T * inner_3;
        const real inner_5 = inner_4 / tau;
        const real v_1 = v + inner_5;
        const real inner_6 = v_threshold - v_1;
        const real inner_7 = spike_fn(inner_6);
        const real spikes = 1 - quant_fn(inner_7, noise_0);
        const real inner_8 = 1 - spikes;

        real d_spikes = d_output;
        d_spikes += d_v * v_reset - d_v * v_1;
        const real d_v_reset = d_v * spikes;
        d_v *= inner_8;
        const real d_inner_6 = spike_fn_gradient(inner_6, quant_fn_gradient(inner_7, -d_spikes));
        const real d_v_threshold = d_inner_6;
        d_v -= d_inner_6;
        const real d_inner_4 = d_v / tau;
        const real d_inner_2 = d_inner_4 * delta_T * inner_3;
        const real d_inner_1 = d_inner_2 / delta_T;
        const real d_x = d_inner_4;
        const real d_v_rest = d_inner_4;
        const real d_delta_T = d_inner_4 * inner_3 - d_inner_2 * (inner_2 / delta_T);
        const real d_theta_rh = -d_inner_1;
        const real d_tau = -(d_v * (inner_5 / tau));
        d_v = d_v - d_inner_4 + d_inner_1;

        d_states[0][i] = d_v;
        d_parameters[0][i] += d_tau;
        d_parameters[1][i] += d_v_threshold;
        d_parameters[2][i] += d_v_reset;
        d_parameters[3][i] += d_v_rest;
        d_parameters[4][i] += d_delta_T;
        d_parameters[5][i] += d_theta_rh;
        d_xs[i] = d_x;
    }
}
