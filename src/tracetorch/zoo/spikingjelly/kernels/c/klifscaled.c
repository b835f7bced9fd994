// Generated from spec/zoo/peers/spikingjelly.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: f5c0dcb2fd410c2b
// KLIFScaled, leaky integrate-and-fire neuron of SpikingJelly with a trained factor that its reset divides by.
// One timestep of LANES neurons side by side.
// Digest of the timestep: 957a9a5657dad48e

// Computes the output, and updates the states.
static void forward_step(
    const real *restrict xs, const lanes *restrict noise, const real *restrict numbers,
    const lanes *restrict parameters, lanes *restrict states, real *restrict outputs)
{
    for (int i = 0; i < LANES; i++) {
        const real tau = parameters[0][i];
        const real v_threshold = parameters[1][i];
        const real v_reset = parameters[2][i];
        const real k = parameters[3][i];
        const real noise_0 = noise[0][i];
        real v = states[0][i];
        const real x = xs[i];

        v = relu(k * (v + (x - (v - v_reset)) / tau));
        const real spikes = 1 - quant_fn(spike_fn(v_threshold - v), noise_0);
        v = spikes * v_reset + (1 - spikes) * v / k;

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
        const real k = parameters[3][i];
        const real noise_0 = noise[0][i];
        const real v = states[0][i];
        const real x = xs[i];
        real d_output = d_outputs[i];
        real d_v = d_states[0][i];

        const real inner_1 = x - (v - v_reset);
        const real inner_2 = inner_1 / tau;
        const real inner_3 = v + inner_2;
        const real inner_4 = k * inner_3;
        const real v_1 = relu(inner_4);
        const real inner_5 = v_threshold - v_1;
        const real inner_6 = spike_fn(inner_5);
        const real spikes = 1 - quant_fn(inner_6, noise_0);
        const real inner_7 = 1 - spikes;
        const real inner_8 = inner_7 * v_1;
        const real inner_9 = inner_8 / k;

        real d_spikes = d_output;
        const real d_inner_8 = d_v / k;
        d_spikes += d_v * v_reset - d_inner_8 * v_1;
        real d_v_reset = d_v * spikes;
        real d_k = -(d_v * (inner_9 / k));
        d_v = d_inner_8 * inner_7;
        const real d_inner_5 = spike_fn_gradient(inner_5, quant_fn_gradient(inner_6, -d_spikes));
        const real d_v_threshold = d_inner_5;
        d_v -= d_inner_5;
        const real d_inner_4 = (v_1 <= 0 ? 0 : d_v);
        const real d_inner_3 = d_inner_4 * k;
        const real d_inner_1 = d_inner_3 / tau;
        d_k += d_inner_4 * inner_3;
        const real d_x = d_inner_1;
        d_v_reset += d_inner_1;
        const real d_tau = -(d_inner_3 * (inner_2 / tau));
        d_v = d_inner_3 - d_inner_1;

        d_states[0][i] = d_v;
        d_parameters[0][i] += d_tau;
        d_parameters[1][i] += d_v_threshold;
        d_parameters[2][i] += d_v_reset;
        d_parameters[3][i] += d_k;
        d_xs[i] = d_x;
    }
}
