// Generated from spec/zoo/peers/snntorch.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: db5561ce49b045ec
// AlphaNone, alpha neuron of snnTorch without a reset.
// One timestep of LANES neurons side by side.
// Digest of the timestep: 867b786774e6b62f

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

        const real scale = 1 + real_log(alpha) / (real_log(beta) - real_log(alpha));
        syn_exc = alpha * syn_exc + x;
        syn_inh = beta * syn_inh - x;
        mem = scale * (syn_exc + syn_inh);
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
        const real x = xs[i];
        real d_output = d_outputs[i];
        real d_syn_exc = d_states[0][i];
        real d_syn_inh = d_states[1][i];
        real d_mem = d_states[2][i];

        const real inner_1 = real_log(beta) - real_log(alpha);
        const real inner_2 = real_log(alpha) / inner_1;
        const real scale = 1 + inner_2;
        const real syn_exc_1 = alpha * syn_exc + x;
        const real syn_inh_1 = beta * syn_inh - x;
        const real inner_3 = syn_exc_1 + syn_inh_1;
        const real mem_1 = scale * inner_3;
        const real inner_4 = mem_1 - threshold;
        const real inner_5 = spike_fn(inner_4);

        const real d_spikes = d_output;
        const real d_inner_4 = spike_fn_gradient(inner_4, quant_fn_gradient(inner_5, d_spikes));
        d_mem += d_inner_4;
        const real d_threshold = -d_inner_4;
        const real d_inner_3 = d_mem * scale;
        const real d_scale = d_mem * inner_3;
        d_syn_exc += d_inner_3;
        d_syn_inh += d_inner_3;
        real d_beta = d_syn_inh * syn_inh;
        real d_x = -d_syn_inh;
        d_syn_inh *= beta;
        real d_alpha = d_syn_exc * syn_exc;
        d_x += d_syn_exc;
        d_syn_exc *= alpha;
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
