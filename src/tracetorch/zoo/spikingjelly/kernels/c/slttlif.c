// Generated from spec/zoo/peers/spikingjelly.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 440fa5d2f3bc0455
// SLTTLIF, leaky integrate-and-fire neuron of SpikingJelly for spatial learning through time.
// One timestep of LANES neurons side by side.
// Digest of the timestep: a2936a91813e08d6

// Computes the output, and updates the states.
static void forward_step(
    const real *restrict xs, const lanes *restrict noise, const real *restrict numbers,
    const lanes *restrict parameters, lanes *restrict states, real *restrict outputs)
{
    for (int i = 0; i < LANES; i++) {
        const real tau = parameters[0][i];
        const real v_threshold = parameters[1][i];
        const real v_reset = parameters[2][i];
        const real noise_0 = noise[0][i];
        real v = states[0][i];
        const real x = xs[i];

        v = (v) + (x - ((v) - v_reset)) / tau;
        const real spikes = 1 - quant_fn(spike_fn(v_threshold - v), noise_0);
        v = (spikes) * v_reset + (1 - (spikes)) * v;

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
        const real noise_0 = noise[0][i];
        const real v = states[0][i];
        const real x = xs[i];
        real d_output = d_outputs[i];
        real d_v = d_states[0][i];

        const real inner_1 = x - ((v) - v_reset);
        const real inner_2 = inner_1 / tau;
        const real v_1 = (v) + inner_2;
        const real inner_3 = v_threshold - v_1;
        const real inner_4 = spike_fn(inner_3);
        const real spikes = 1 - quant_fn(inner_4, noise_0);
        const real inner_5 = (spikes);
        const real inner_6 = 1 - inner_5;

        const real d_spikes = d_output;
        real d_v_reset = d_v * inner_5;
        d_v *= inner_6;
        const real d_inner_3 = spike_fn_gradient(inner_3, quant_fn_gradient(inner_4, -d_spikes));
        const real d_v_threshold = d_inner_3;
        d_v -= d_inner_3;
        const real d_inner_1 = d_v / tau;
        const real d_x = d_inner_1;
        d_v_reset += d_inner_1;
        const real d_tau = -(d_v * (inner_2 / tau));

        d_states[0][i] = 0;
        d_parameters[0][i] += d_tau;
        d_parameters[1][i] += d_v_threshold;
        d_parameters[2][i] += d_v_reset;
        d_xs[i] = d_x;
    }
}
