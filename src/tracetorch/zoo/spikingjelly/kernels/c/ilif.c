// Generated from spec/zoo/peers/spikingjelly.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 5cf4e10fbce36c8b
// ILIF, integer leaky integrate-and-fire neuron of SpikingJelly.
// One timestep of LANES neurons side by side.
// Digest of the timestep: 9fdeaaeaf106f74f

// Computes the output, and updates the states.
static void forward_step(
    const real *restrict xs, const lanes *restrict noise, const real *restrict numbers,
    const lanes *restrict parameters, lanes *restrict states, real *restrict outputs)
{
    for (int i = 0; i < LANES; i++) {
        const real tau = parameters[0][i];
        const real v_threshold = parameters[1][i];
        const real max_spike_count = parameters[2][i];
        const real noise_0 = noise[0][i];
        real v = states[0][i];
        const real x = xs[i];

        v = v - v / tau + x;
        const real spikes = quant_fn(minimum(maximum(v / v_threshold, 0), max_spike_count),
            noise_0);
        v -= spikes * v_threshold;

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
        const real max_spike_count = parameters[2][i];
        const real noise_0 = noise[0][i];
        const real v = states[0][i];
        const real x = xs[i];
        real d_output = d_outputs[i];
        real d_v = d_states[0][i];

        const real inner_1 = v / tau;
        const real v_1 = v - inner_1 + x;
        const real inner_2 = v_1 / v_threshold;
        const real inner_3 = maximum(inner_2, 0);
        const real inner_4 = minimum(inner_3, max_spike_count);
        const real spikes = quant_fn(inner_4, noise_0);

        real d_spikes = d_output;
        d_spikes -= d_v * v_threshold;
        real d_v_threshold = -(d_v * spikes);
        const real d_inner_4 = quant_fn_gradient(inner_4, d_spikes);
        const real d_inner_2 = (inner_2 >= 0 ? (inner_3 <= max_spike_count ? d_inner_4 : 0) : 0);
        d_v += d_inner_2 / v_threshold;
        d_v_threshold -= d_inner_2 * (inner_2 / v_threshold);
        const real d_max_spike_count = (inner_3 > max_spike_count ? d_inner_4 : 0);
        const real d_tau = -(-d_v) * (inner_1 / tau);
        const real d_x = d_v;
        d_v -= d_v / tau;

        d_states[0][i] = d_v;
        d_parameters[0][i] += d_tau;
        d_parameters[1][i] += d_v_threshold;
        d_parameters[2][i] += d_max_spike_count;
        d_xs[i] = d_x;
    }
}
