// Generated from spec/zoo/peers/spikingjelly.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: b9765df37aa11a9a
// CUBALIF, current-based leaky integrate-and-fire neuron of SpikingJelly.
// One timestep of LANES neurons side by side.
// Digest of the timestep: 8c868e79313f37c6

// Computes the output, and updates the states.
static void forward_step(
    const real *restrict xs, const lanes *restrict noise, const real *restrict numbers,
    const lanes *restrict parameters, lanes *restrict states, real *restrict outputs)
{
    for (int i = 0; i < LANES; i++) {
        const real v_threshold = parameters[0][i];
        const real v_reset = parameters[1][i];
        const real c_decay = parameters[2][i];
        const real v_decay = parameters[3][i];
        const real noise_0 = noise[0][i];
        real c = states[0][i];
        real v = states[1][i];
        const real x = xs[i];

        c = c_decay * c + x;
        v = v_decay * v + c;
        const real spikes = 1 - quant_fn(spike_fn(v_threshold - v), noise_0);
        v = spikes * v_reset + (1 - spikes) * v;

        states[0][i] = c;
        states[1][i] = v;
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
        const real v_threshold = parameters[0][i];
        const real v_reset = parameters[1][i];
        const real c_decay = parameters[2][i];
        const real v_decay = parameters[3][i];
        const real noise_0 = noise[0][i];
        const real c = states[0][i];
        const real v = states[1][i];
        const real x = xs[i];
        real d_output = d_outputs[i];
        real d_c = d_states[0][i];
        real d_v = d_states[1][i];

        const real c_1 = c_decay * c + x;
        const real v_1 = v_decay * v + c_1;
        const real inner_1 = v_threshold - v_1;
        const real inner_2 = spike_fn(inner_1);
        const real spikes = 1 - quant_fn(inner_2, noise_0);
        const real inner_3 = 1 - spikes;

        real d_spikes = d_output;
        d_spikes += d_v * v_reset - d_v * v_1;
        const real d_v_reset = d_v * spikes;
        d_v *= inner_3;
        const real d_inner_1 = spike_fn_gradient(inner_1, quant_fn_gradient(inner_2, -d_spikes));
        const real d_v_threshold = d_inner_1;
        d_v -= d_inner_1;
        const real d_v_decay = d_v * v;
        d_c += d_v;
        d_v *= v_decay;
        const real d_c_decay = d_c * c;
        const real d_x = d_c;
        d_c *= c_decay;

        d_states[0][i] = d_c;
        d_states[1][i] = d_v;
        d_parameters[0][i] += d_v_threshold;
        d_parameters[1][i] += d_v_reset;
        d_parameters[2][i] += d_c_decay;
        d_parameters[3][i] += d_v_decay;
        d_xs[i] = d_x;
    }
}
