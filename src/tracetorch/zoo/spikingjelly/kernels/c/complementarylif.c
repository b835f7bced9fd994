// Generated from spec/zoo/peers/spikingjelly.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 65a1f79d3e00dbd8
// ComplementaryLIF, complementary leaky integrate-and-fire neuron of SpikingJelly.
// One timestep of LANES neurons side by side.
// Digest of the timestep: 5cb6e19f9b1ba41e

// Computes the output, and updates the states.
static void forward_step(
    const real *restrict xs, const lanes *restrict noise, const real *restrict numbers,
    const lanes *restrict parameters, lanes *restrict states, real *restrict outputs)
{
    for (int i = 0; i < LANES; i++) {
        const real tau = parameters[0][i];
        const real v_threshold = parameters[1][i];
        const real noise_0 = noise[0][i];
        real v = states[0][i];
        real m = states[1][i];
        const real x = xs[i];

        v = v - v / tau + x;
        const real spikes = 1 - quant_fn(spike_fn(v_threshold - v), noise_0);
        m = m * sigmoid(v / tau) + spikes;
        v -= spikes * (v_threshold + sigmoid(m));

        states[0][i] = v;
        states[1][i] = m;
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
        const real noise_0 = noise[0][i];
        const real v = states[0][i];
        const real m = states[1][i];
        const real x = xs[i];
        real d_output = d_outputs[i];
        real d_v = d_states[0][i];
        real d_m = d_states[1][i];

        const real inner_1 = v / tau;
        const real v_1 = v - inner_1 + x;
        const real inner_2 = v_threshold - v_1;
        const real inner_3 = spike_fn(inner_2);
        const real spikes = 1 - quant_fn(inner_3, noise_0);
        const real inner_4 = v_1 / tau;
        const real inner_5 = sigmoid(inner_4);
        const real m_1 = m * inner_5 + spikes;
        const real inner_6 = sigmoid(m_1);
        const real inner_7 = v_threshold + inner_6;

        real d_spikes = d_output;
        const real d_inner_7 = -(d_v * spikes);
        d_spikes -= d_v * inner_7;
        real d_v_threshold = d_inner_7;
        d_m += d_inner_7 * (1 - inner_6) * inner_6;
        const real d_inner_4 = d_m * m * (1 - inner_5) * inner_5;
        d_v += d_inner_4 / tau;
        real d_tau = -(d_inner_4 * (inner_4 / tau));
        d_spikes += d_m;
        d_m *= inner_5;
        const real d_inner_2 = spike_fn_gradient(inner_2, quant_fn_gradient(inner_3, -d_spikes));
        d_v_threshold += d_inner_2;
        d_v -= d_inner_2;
        d_tau += -(-d_v) * (inner_1 / tau);
        const real d_x = d_v;
        d_v -= d_v / tau;

        d_states[0][i] = d_v;
        d_states[1][i] = d_m;
        d_parameters[0][i] += d_tau;
        d_parameters[1][i] += d_v_threshold;
        d_xs[i] = d_x;
    }
}
