// Generated from spec/zoo/peers/spikingjelly.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: b79f5d5cc77125d3
// OTTTLIF, leaky integrate-and-fire neuron of SpikingJelly for online training through time.
// One timestep of LANES neurons side by side.
// Digest of the timestep: 9c50a03874e33342

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
        real trace = states[1][i];
        const real x = xs[i];

        v = (1 - 1 / tau) * (v) + x;
        const real spikes = 1 - quant_fn(spike_fn(v_threshold - v), noise_0);
        v -= (spikes) * v_threshold;
        trace = ((1 - 1 / tau) * trace + spikes);

        states[0][i] = v;
        states[1][i] = trace;
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
        const real x = xs[i];
        real d_output = d_outputs[i];
        real d_v = d_states[0][i];
        real d_trace = d_states[1][i];

        const real inner_1 = (v);
        const real inner_2 = 1 / tau;
        const real v_1 = (1 - inner_2) * inner_1 + x;
        const real inner_3 = v_threshold - v_1;
        const real inner_4 = spike_fn(inner_3);
        const real spikes = 1 - quant_fn(inner_4, noise_0);
        const real inner_5 = (spikes);

        const real d_spikes = d_output;
        real d_v_threshold = -(d_v * inner_5);
        const real d_inner_3 = spike_fn_gradient(inner_3, quant_fn_gradient(inner_4, -d_spikes));
        d_v_threshold += d_inner_3;
        d_v -= d_inner_3;
        const real d_tau = -(-(d_v * inner_1)) * (inner_2 / tau);
        const real d_x = d_v;

        d_states[0][i] = 0;
        d_states[1][i] = 0;
        d_parameters[0][i] += d_tau;
        d_parameters[1][i] += d_v_threshold;
        d_xs[i] = d_x;
    }
}
