// Generated from spec/zoo/charging.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: b2aa1a592c074478
// RPLIF, recurrent parametric leaky integrate-and-fire neuron.
// One timestep of LANES neurons side by side.
// Digest of the timestep: 08f5e4419e43184e

// Computes the output, and updates the states.
static void forward_step(
    const real *restrict xs, const lanes *restrict noise, const real *restrict numbers,
    const lanes *restrict parameters, lanes *restrict states, real *restrict outputs)
{
    for (int i = 0; i < LANES; i++) {
        const real gamma = parameters[0][i];
        const real threshold = parameters[1][i];
        const real rec_weight = parameters[2][i];
        const real rate = parameters[3][i];
        const real noise_0 = noise[0][i];
        real rec = states[0][i];
        real prev_output = states[1][i];
        real mem = states[2][i];
        const real x = xs[i];

        rec = gamma * rec + (1 - gamma) * prev_output;
        const real drive = x + rec_weight * rec;
        mem += (drive - mem) * rate;
        const real spikes = quant_fn(spike_fn(mem - threshold), noise_0);
        mem -= spikes * mem;
        prev_output = spikes;

        states[0][i] = rec;
        states[1][i] = prev_output;
        states[2][i] = mem;
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
        const real gamma = parameters[0][i];
        const real threshold = parameters[1][i];
        const real rec_weight = parameters[2][i];
        const real rate = parameters[3][i];
        const real noise_0 = noise[0][i];
        const real rec = states[0][i];
        const real prev_output = states[1][i];
        const real mem = states[2][i];
        const real x = xs[i];
        real d_output = d_outputs[i];
        real d_rec = d_states[0][i];
        real d_prev_output = d_states[1][i];
        real d_mem = d_states[2][i];

        const real inner_1 = 1 - gamma;
        const real rec_1 = gamma * rec + inner_1 * prev_output;
        const real drive = x + rec_weight * rec_1;
        const real inner_2 = drive - mem;
        const real mem_1 = mem + inner_2 * rate;
        const real inner_3 = mem_1 - threshold;
        const real inner_4 = spike_fn(inner_3);
        const real spikes = quant_fn(inner_4, noise_0);

        real d_spikes = d_output;
        d_spikes += d_prev_output;
        d_spikes -= d_mem * mem_1;
        d_mem -= d_mem * spikes;
        const real d_inner_3 = spike_fn_gradient(inner_3, quant_fn_gradient(inner_4, d_spikes));
        d_mem += d_inner_3;
        const real d_threshold = -d_inner_3;
        const real d_inner_2 = d_mem * rate;
        const real d_drive = d_inner_2;
        const real d_rate = d_mem * inner_2;
        d_mem -= d_inner_2;
        const real d_x = d_drive;
        const real d_rec_weight = d_drive * rec_1;
        d_rec += d_drive * rec_weight;
        const real d_gamma = d_rec * rec - d_rec * prev_output;
        d_prev_output = d_rec * inner_1;
        d_rec *= gamma;

        d_states[0][i] = d_rec;
        d_states[1][i] = d_prev_output;
        d_states[2][i] = d_mem;
        d_parameters[0][i] += d_gamma;
        d_parameters[1][i] += d_threshold;
        d_parameters[2][i] += d_rec_weight;
        d_parameters[3][i] += d_rate;
        d_xs[i] = d_x;
    }
}
