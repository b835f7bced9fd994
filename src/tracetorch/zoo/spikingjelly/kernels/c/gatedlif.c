// Generated from spec/zoo/peers/spikingjelly.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 7a780eadb173c94c
// GatedLIF, gated leaky integrate-and-fire neuron of SpikingJelly.
// One timestep of LANES neurons side by side.
// Digest of the timestep: d9b37db903090de3

// Computes the output, and updates the states.
static void forward_step(
    const real *restrict xs, const lanes *restrict noise, const real *restrict numbers,
    const lanes *restrict parameters, lanes *restrict states, real *restrict outputs)
{
    for (int i = 0; i < LANES; i++) {
        const real alpha = parameters[0][i];
        const real beta = parameters[1][i];
        const real gamma = parameters[2][i];
        const real exp_decay = parameters[3][i];
        const real linear_decay = parameters[4][i];
        const real conduct = parameters[5][i];
        const real v_subreset = parameters[6][i];
        const real v_firing = parameters[7][i];
        const real noise_0 = noise[0][i];
        real v = states[0][i];
        real prev_output = states[1][i];
        const real x = xs[i];

        const real leaky = (1 - alpha * (1 - exp_decay)) * v;
        v = leaky * (1 - gamma * prev_output) - (1 - alpha) * linear_decay + x * (1 - beta * (1 -
            conduct)) - (1 - gamma) * v_subreset * prev_output;
        const real spikes = 1 - quant_fn(spike_fn(v_firing - v), noise_0);
        prev_output = spikes;

        states[0][i] = v;
        states[1][i] = prev_output;
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
        const real alpha = parameters[0][i];
        const real beta = parameters[1][i];
        const real gamma = parameters[2][i];
        const real exp_decay = parameters[3][i];
        const real linear_decay = parameters[4][i];
        const real conduct = parameters[5][i];
        const real v_subreset = parameters[6][i];
        const real v_firing = parameters[7][i];
        const real v = states[0][i];
        const real prev_output = states[1][i];
        const real x = xs[i];
        real d_output = d_outputs[i];
        real d_v = d_states[0][i];
        real d_prev_output = d_states[1][i];

        const real inner_1 = 1 - exp_decay;
        const real inner_2 = alpha * inner_1;
        const real inner_3 = 1 - inner_2;
        const real leaky = inner_3 * v;
        const real inner_4 = 1 - gamma;
        const real inner_5 = inner_4 * v_subreset;
        const real inner_6 = 1 - conduct;
        const real inner_7 = beta * inner_6;
        const real inner_8 = 1 - inner_7;
        const real inner_9 = 1 - alpha;
        const real inner_10 = gamma * prev_output;
        const real inner_11 = 1 - inner_10;
        const real v_1 = leaky * inner_11 - inner_9 * linear_decay + x * inner_8 - inner_5 *
            prev_output;
        const real inner_12 = v_firing - v_1;
        const real inner_13 = spike_fn(inner_12);

        real d_spikes = d_output;
        d_spikes += d_prev_output;
        const real d_inner_12 = spike_fn_gradient(inner_12, quant_fn_gradient(inner_13, -d_spikes));
        const real d_v_firing = d_inner_12;
        d_v -= d_inner_12;
        const real d_inner_10 = -(d_v * leaky);
        const real d_inner_7 = -(d_v * x);
        const real d_inner_5 = -(d_v * prev_output);
        const real d_leaky = d_v * inner_11;
        const real d_gamma = d_inner_10 * prev_output - d_inner_5 * v_subreset;
        d_prev_output = d_inner_10 * gamma - d_v * inner_5;
        real d_alpha = d_v * linear_decay;
        const real d_linear_decay = -(d_v * inner_9);
        const real d_x = d_v * inner_8;
        const real d_beta = d_inner_7 * inner_6;
        const real d_conduct = -(d_inner_7 * beta);
        const real d_v_subreset = d_inner_5 * inner_4;
        const real d_inner_2 = -(d_leaky * v);
        d_alpha += d_inner_2 * inner_1;
        const real d_exp_decay = -(d_inner_2 * alpha);
        d_v = d_leaky * inner_3;

        d_states[0][i] = d_v;
        d_states[1][i] = d_prev_output;
        d_parameters[0][i] += d_alpha;
        d_parameters[1][i] += d_beta;
        d_parameters[2][i] += d_gamma;
        d_parameters[3][i] += d_exp_decay;
        d_parameters[4][i] += d_linear_decay;
        d_parameters[5][i] += d_conduct;
        d_parameters[6][i] += d_v_subreset;
        d_parameters[7][i] += d_v_firing;
        d_xs[i] = d_x;
    }
}
