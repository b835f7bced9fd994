// Generated from spec/zoo/peers/sinabs.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 6d3c3366779ad075
// IAFClipped, integrate-and-fire neuron of Sinabs with a minimum of its membrane.
// One timestep of LANES neurons side by side.
// Digest of the timestep: 1e64c9c421af324e

// Computes the output, and updates the states.
static void forward_step(
    const real *restrict xs, const lanes *restrict noise, const real *restrict numbers,
    const lanes *restrict parameters, lanes *restrict states, real *restrict outputs)
{
    for (int i = 0; i < LANES; i++) {
        const real spike_threshold = parameters[0][i];
        const real min_v_mem = parameters[1][i];
        real v_mem = states[0][i];
        const real x = xs[i];

        v_mem += x;
        const real spikes = straight_through(real_floor(maximum(v_mem / spike_threshold, 0)),
            spike_fn(v_mem / spike_threshold - 1));
        v_mem -= spikes * spike_threshold;
        v_mem = relu(v_mem - min_v_mem) + min_v_mem;

        states[0][i] = v_mem;
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
        const real spike_threshold = parameters[0][i];
        const real min_v_mem = parameters[1][i];
        const real v_mem = states[0][i];
        const real x = xs[i];
        real d_output = d_outputs[i];
        real d_v_mem = d_states[0][i];

        const real v_mem_1 = v_mem + x;
        const real inner_1 = v_mem_1 / spike_threshold;
        const real inner_2 = inner_1 - 1;
        const real spikes = straight_through(real_floor(maximum(inner_1, 0)), spike_fn(inner_2));
        const real v_mem_2 = v_mem_1 - spikes * spike_threshold;
        const real inner_3 = v_mem_2 - min_v_mem;
        const real inner_4 = relu(inner_3);

        real d_spikes = d_output;
        const real d_inner_3 = (inner_4 <= 0 ? 0 : d_v_mem);
        const real d_min_v_mem = d_v_mem - d_inner_3;
        d_v_mem = d_inner_3;
        d_spikes -= d_v_mem * spike_threshold;
        real d_spike_threshold = -(d_v_mem * spikes);
        const real d_inner_1 = spike_fn_gradient(inner_2, d_spikes);
        d_v_mem += d_inner_1 / spike_threshold;
        d_spike_threshold -= d_inner_1 * (inner_1 / spike_threshold);
        const real d_x = d_v_mem;

        d_states[0][i] = d_v_mem;
        d_parameters[0][i] += d_spike_threshold;
        d_parameters[1][i] += d_min_v_mem;
        d_xs[i] = d_x;
    }
}
