// Generated from spec/zoo/peers/spikingjelly.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 5e9c4de9fe73db1b
// TernaryIF, ternary integrate-and-fire neuron of SpikingJelly.
// One timestep of LANES neurons side by side.
// Digest of the timestep: fc23b2500c83abab

// Computes the output, and updates the states.
static void forward_step(
    const real *restrict xs, const lanes *restrict noise, const real *restrict numbers,
    const lanes *restrict parameters, lanes *restrict states, real *restrict outputs)
{
    for (int i = 0; i < LANES; i++) {
        const real v_threshold = parameters[0][i];
        const real v_reset = parameters[1][i];
        const real noise_0 = noise[0][i];
        const real noise_1 = noise[1][i];
        real v = states[0][i];
        const real x = xs[i];

        v += x;
        const real up = 1 - quant_fn(spike_fn(v_threshold - v), noise_0);
        const real down = 1 - quant_fn(spike_fn(v_threshold + v), noise_1);
        v = (up + down) * v_reset + (1 - (up + down)) * v;
        const real output = up - down;

        states[0][i] = v;
        outputs[i] = output;
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
        const real noise_0 = noise[0][i];
        const real noise_1 = noise[1][i];
        const real v = states[0][i];
        const real x = xs[i];
        real d_output = d_outputs[i];
        real d_v = d_states[0][i];

        const real v_1 = v + x;
        const real inner_1 = v_threshold - v_1;
        const real inner_2 = spike_fn(inner_1);
        const real up = 1 - quant_fn(inner_2, noise_0);
        const real inner_3 = v_threshold + v_1;
        const real inner_4 = spike_fn(inner_3);
        const real down = 1 - quant_fn(inner_4, noise_1);
        const real inner_5 = up + down;
        const real inner_6 = 1 - inner_5;

        real d_up = d_output;
        real d_down = -d_output;
        const real d_inner_5 = d_v * v_reset;
        const real d_inner_12_1 = -(d_v * v_1);
        d_up += d_inner_5 + d_inner_12_1;
        d_down += d_inner_5 + d_inner_12_1;
        const real d_v_reset = d_v * inner_5;
        d_v *= inner_6;
        const real d_inner_3 = spike_fn_gradient(inner_3, quant_fn_gradient(inner_4, -d_down));
        real d_v_threshold = d_inner_3;
        d_v += d_inner_3;
        const real d_inner_1 = spike_fn_gradient(inner_1, quant_fn_gradient(inner_2, -d_up));
        d_v_threshold += d_inner_1;
        d_v -= d_inner_1;
        const real d_x = d_v;

        d_states[0][i] = d_v;
        d_parameters[0][i] += d_v_threshold;
        d_parameters[1][i] += d_v_reset;
        d_xs[i] = d_x;
    }
}
