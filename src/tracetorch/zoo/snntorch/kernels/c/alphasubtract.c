// Generated from spec/zoo/peers/snntorch.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 40b916653e8e8ddc
// AlphaSubtract, alpha neuron of snnTorch with a subtractive reset.
// One timestep of LANES neurons side by side.
// Digest of the timestep: 7508effd8a34c043

// Computes the output, and updates the states.
static void forward_step(
    const real *restrict xs, const lanes *restrict noise, const real *restrict numbers,
    const lanes *restrict parameters, lanes *restrict states, real *restrict outputs)
{
    for (int i = 0; i < LANES; i++) {
        const real alpha = parameters[0][i];
        const real beta = parameters[1][i];
        const real threshold = parameters[2][i];
        const real noise_0 = noise[0][i];
        real syn_exc = states[0][i];
        real syn_inh = states[1][i];
        real mem = states[2][i];
        const real x = xs[i];

        const real reset = (real)(mem > threshold);
        const real scale = 1 + real_log(alpha) / (real_log(beta) - real_log(alpha));
        const real excited = alpha * syn_exc + x;
        const real inhibited = beta * syn_inh - x;
        mem = scale * (excited + inhibited) + reset * syn_inh;
        syn_exc = excited - reset * threshold;
        syn_inh = (1 - reset) * inhibited;
        const real spikes = quant_fn(spike_fn(mem - threshold), noise_0);

        states[0][i] = syn_exc;
        states[1][i] = syn_inh;
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
        const real alpha = parameters[0][i];
        const real beta = parameters[1][i];
        const real threshold = parameters[2][i];
        const real syn_exc = states[0][i];
        const real syn_inh = states[1][i];
        const real mem = states[2][i];
        const real x = xs[i];
        real d_output = d_outputs[i];
        real d_syn_exc = d_states[0][i];
        real d_syn_inh = d_states[1][i];
        real d_mem = d_states[2][i];

        const real reset = (real)(mem > threshold);
        const real inner_1 = real_log(beta) - real_log(alpha);
        const real inner_2 = real_log(alpha) / inner_1;
        const real scale = 1 + inner_2;
        const real excited = alpha * syn_exc + x;
        const real inhibited = beta * syn_inh - x;
        const real inner_3 = excited + inhibited;
        const real mem_1 = scale * inner_3 + reset * syn_inh;
        const real inner_4 = 1 - reset;
        const real inner_5 = mem_1 - threshold;
        const real inner_6 = spike_fn(inner_5);

        const real d_spikes = d_output;
        const real d_inner_5 = spike_fn_gradient(inner_5, quant_fn_gradient(inner_6, d_spikes));
        d_mem += d_inner_5;
        real d_threshold = -d_inner_5;
        real d_inhibited = d_syn_inh * inner_4;
        real d_excited = d_syn_exc;
        d_threshold -= d_syn_exc * reset;
        const real d_inner_3 = d_mem * scale;
        const real d_scale = d_mem * inner_3;
        d_excited += d_inner_3;
        d_inhibited += d_inner_3;
        d_syn_inh = d_mem * reset;
        real d_beta = d_inhibited * syn_inh;
        d_syn_inh += d_inhibited * beta;
        real d_x = -d_inhibited;
        real d_alpha = d_excited * syn_exc;
        d_syn_exc = d_excited * alpha;
        d_x += d_excited;
        const real d_inner_1 = -(d_scale * (inner_2 / inner_1));
        d_alpha += d_scale / inner_1 / alpha - d_inner_1 / alpha;
        d_beta += d_inner_1 / beta;

        d_states[0][i] = d_syn_exc;
        d_states[1][i] = d_syn_inh;
        d_states[2][i] = 0;
        d_parameters[0][i] += d_alpha;
        d_parameters[1][i] += d_beta;
        d_parameters[2][i] += d_threshold;
        d_xs[i] = d_x;
    }
}
