// Generated from spec/zoo/peers/spikingjelly.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: e8f432ebf82b5fa6
// STBIF, bipolar integrate-and-fire neuron of SpikingJelly with a spike tracer.
// One timestep of LANES neurons side by side.
// Digest of the timestep: bb3a246ae7d99e61

// Computes the output, and updates the states.
static void forward_step(
    const real *restrict xs, const lanes *restrict noise, const real *restrict numbers,
    const lanes *restrict parameters, lanes *restrict states, real *restrict outputs)
{
    for (int i = 0; i < LANES; i++) {
        const real q_threshold = parameters[0][i];
        const real pos_max = parameters[1][i];
        const real neg_min = parameters[2][i];
        real q = states[0][i];
        real acc_q = states[1][i];
        const real x = xs[i];

        q += x / q_threshold;
        const real spikes = (real)(q >= 1) * (real)(acc_q < pos_max) - (real)(q < 0) * (real)(acc_q
            > neg_min);
        q -= spikes;
        acc_q += spikes;
        const real output = spikes * q_threshold;

        states[0][i] = q;
        states[1][i] = acc_q;
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
        const real q_threshold = parameters[0][i];
        const real pos_max = parameters[1][i];
        const real neg_min = parameters[2][i];
        const real q = states[0][i];
        const real acc_q = states[1][i];
        const real x = xs[i];
        real d_output = d_outputs[i];
        real d_q = d_states[0][i];
        real d_acc_q = d_states[1][i];

        const real inner_1 = x / q_threshold;
        const real q_1 = q + inner_1;
        const real spikes = (real)(q_1 >= 1) * (real)(acc_q < pos_max) - (real)(q_1 < 0) *
            (real)(acc_q > neg_min);

        real d_q_threshold = d_output * spikes;
        const real d_x = d_q / q_threshold;
        d_q_threshold -= d_q * (inner_1 / q_threshold);

        d_states[0][i] = d_q;
        d_states[1][i] = d_acc_q;
        d_parameters[0][i] += d_q_threshold;
        d_xs[i] = d_x;
    }
}
