// Generated from spec/zoo/charging.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 0377e8bd0dfedc51
// SKLIF, synaptic leaky integrate-and-fire neuron with a learned slope.
// One timestep of LANES neurons side by side.
// Digest of the timestep: d80cc86cbb33edad

// Computes the output, and updates the states.
static void forward_step(
    const real *restrict xs, const lanes *restrict noise, const real *restrict numbers,
    const lanes *restrict parameters, lanes *restrict states, real *restrict outputs)
{
    for (int i = 0; i < LANES; i++) {
        const real alpha = parameters[0][i];
        const real threshold = parameters[1][i];
        const real rate = parameters[2][i];
        const real gain = parameters[3][i];
        const real noise_0 = noise[0][i];
        real syn = states[0][i];
        real mem = states[1][i];
        const real x = xs[i];

        syn = alpha * syn + (1 - alpha) * x;
        mem = relu(gain * (mem + (syn - mem) * rate));
        const real spikes = quant_fn(spike_fn(mem - threshold), noise_0);
        mem -= spikes * mem;

        states[0][i] = syn;
        states[1][i] = mem;
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
        const real alpha = parameters[0][i];
        const real threshold = parameters[1][i];
        const real rate = parameters[2][i];
        const real gain = parameters[3][i];
        const real noise_0 = noise[0][i];
        const real syn = states[0][i];
        const real mem = states[1][i];
        const real x = xs[i];
        real d_output = d_outputs[i];
        real d_syn = d_states[0][i];
        real d_mem = d_states[1][i];

        const real inner_1 = 1 - alpha;
        const real syn_1 = alpha * syn + inner_1 * x;
        const real inner_2 = syn_1 - mem;
        const real inner_3 = mem + inner_2 * rate;
        const real inner_4 = gain * inner_3;
        const real mem_1 = relu(inner_4);
        const real inner_5 = mem_1 - threshold;
        const real inner_6 = spike_fn(inner_5);
        const real spikes = quant_fn(inner_6, noise_0);

        real d_spikes = d_output;
        d_spikes -= d_mem * mem_1;
        d_mem -= d_mem * spikes;
        const real d_inner_5 = spike_fn_gradient(inner_5, quant_fn_gradient(inner_6, d_spikes));
        d_mem += d_inner_5;
        const real d_threshold = -d_inner_5;
        const real d_inner_4 = (mem_1 <= 0 ? 0 : d_mem);
        const real d_inner_3 = d_inner_4 * gain;
        const real d_inner_2 = d_inner_3 * rate;
        const real d_gain = d_inner_4 * inner_3;
        d_syn += d_inner_2;
        const real d_rate = d_inner_3 * inner_2;
        d_mem = d_inner_3 - d_inner_2;
        const real d_alpha = d_syn * syn - d_syn * x;
        const real d_x = d_syn * inner_1;
        d_syn *= alpha;

        d_states[0][i] = d_syn;
        d_states[1][i] = d_mem;
        d_parameters[0][i] += d_alpha;
        d_parameters[1][i] += d_threshold;
        d_parameters[2][i] += d_rate;
        d_parameters[3][i] += d_gain;
        d_xs[i] = d_x;
    }
}
