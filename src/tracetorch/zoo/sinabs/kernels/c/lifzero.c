// Generated from spec/zoo/peers/sinabs.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: ff82b8ce3ddb806d
// LIFZero, leaky integrate-and-fire neuron of Sinabs with a reset to zero.
// One timestep of LANES neurons side by side.
// Digest of the timestep: 88752b1546cafbff

// Computes the output, and updates the states.
static void forward_step(
    const real *restrict xs, const lanes *restrict noise, const real *restrict numbers,
    const lanes *restrict parameters, lanes *restrict states, real *restrict outputs)
{
    for (int i = 0; i < LANES; i++) {
        const real tau_mem = parameters[0][i];
        const real spike_threshold = parameters[1][i];
        real v_mem = states[0][i];
        const real x = xs[i];

        const real alpha_mem = real_exp(-1 / tau_mem);
        v_mem = alpha_mem * v_mem + (1 - alpha_mem) * x;
        const real spikes = straight_through(real_floor(maximum(v_mem / spike_threshold, 0)),
            spike_fn(v_mem / spike_threshold - 1));
        v_mem = (real)(spikes < 0.5f) * v_mem;

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
        const real tau_mem = parameters[0][i];
        const real spike_threshold = parameters[1][i];
        const real v_mem = states[0][i];
        const real x = xs[i];
        real d_output = d_outputs[i];
        real d_v_mem = d_states[0][i];

        const real inner_1 = -1 / tau_mem;
        const real alpha_mem = real_exp(inner_1);
        const real inner_2 = 1 - alpha_mem;
        const real v_mem_1 = alpha_mem * v_mem + inner_2 * x;
        const real inner_3 = v_mem_1 / spike_threshold;
        const real inner_4 = inner_3 - 1;
        const real spikes = straight_through(real_floor(maximum(inner_3, 0)), spike_fn(inner_4));
        const real inner_5 = (real)(spikes < 0.5f);

        const real d_spikes = d_output;
        d_v_mem *= inner_5;
        const real d_inner_3 = spike_fn_gradient(inner_4, d_spikes);
        d_v_mem += d_inner_3 / spike_threshold;
        const real d_spike_threshold = -(d_inner_3 * (inner_3 / spike_threshold));
        const real d_alpha_mem = d_v_mem * v_mem - d_v_mem * x;
        const real d_x = d_v_mem * inner_2;
        d_v_mem *= alpha_mem;
        const real d_tau_mem = -(d_alpha_mem * alpha_mem * (inner_1 / tau_mem));

        d_states[0][i] = d_v_mem;
        d_parameters[0][i] += d_tau_mem;
        d_parameters[1][i] += d_spike_threshold;
        d_xs[i] = d_x;
    }
}
