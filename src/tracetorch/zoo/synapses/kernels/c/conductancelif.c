// Generated from spec/zoo/synapses.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 38d5b8a3d69c1d3d
// ConductanceLIF, conductance-based leaky integrate-and-fire neuron.
// One timestep of LANES neurons side by side.
// Digest of the timestep: 199f46640c0e529b

// Computes the output, and updates the states.
static void forward_step(
    const real *restrict xs, const lanes *restrict noise, const real *restrict numbers,
    const lanes *restrict parameters, lanes *restrict states, real *restrict outputs)
{
    for (int i = 0; i < LANES; i++) {
        const real threshold = parameters[0][i];
        const real exc_decay = parameters[1][i];
        const real inh_decay = parameters[2][i];
        const real exc_reversal = parameters[3][i];
        const real inh_reversal = parameters[4][i];
        const real rate = parameters[5][i];
        const real noise_0 = noise[0][i];
        real exc = states[0][i];
        real inh = states[1][i];
        real mem = states[2][i];
        const real x = xs[i];

        exc = exc_decay * exc + positive(x);
        inh = inh_decay * inh - negative(x);
        const real drive = exc * (exc_reversal - mem) + inh * (inh_reversal - mem);
        mem += rate * (drive - mem);
        const real spikes = quant_fn(spike_fn(mem - threshold), noise_0);
        mem -= spikes * mem;

        states[0][i] = exc;
        states[1][i] = inh;
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
        const real threshold = parameters[0][i];
        const real exc_decay = parameters[1][i];
        const real inh_decay = parameters[2][i];
        const real exc_reversal = parameters[3][i];
        const real inh_reversal = parameters[4][i];
        const real rate = parameters[5][i];
        const real noise_0 = noise[0][i];
        const real exc = states[0][i];
        const real inh = states[1][i];
        const real mem = states[2][i];
        const real x = xs[i];
        real d_output = d_outputs[i];
        real d_exc = d_states[0][i];
        real d_inh = d_states[1][i];
        real d_mem = d_states[2][i];

        const real exc_1 = exc_decay * exc + positive(x);
        const real inh_1 = inh_decay * inh - negative(x);
        const real inner_1 = inh_reversal - mem;
        const real inner_2 = exc_reversal - mem;
        const real drive = exc_1 * inner_2 + inh_1 * inner_1;
        const real inner_3 = drive - mem;
        const real mem_1 = mem + rate * inner_3;
        const real inner_4 = mem_1 - threshold;
        const real inner_5 = spike_fn(inner_4);
        const real spikes = quant_fn(inner_5, noise_0);

        real d_spikes = d_output;
        d_spikes -= d_mem * mem_1;
        d_mem -= d_mem * spikes;
        const real d_inner_4 = spike_fn_gradient(inner_4, quant_fn_gradient(inner_5, d_spikes));
        d_mem += d_inner_4;
        const real d_threshold = -d_inner_4;
        const real d_inner_3 = d_mem * rate;
        const real d_rate = d_mem * inner_3;
        const real d_drive = d_inner_3;
        d_mem -= d_inner_3;
        const real d_inner_2 = d_drive * exc_1;
        const real d_inner_1 = d_drive * inh_1;
        d_exc += d_drive * inner_2;
        const real d_exc_reversal = d_inner_2;
        d_mem += -d_inner_2 - d_inner_1;
        d_inh += d_drive * inner_1;
        const real d_inh_reversal = d_inner_1;
        const real d_inh_decay = d_inh * inh;
        real d_x = negative_gradient(x, -d_inh);
        d_inh *= inh_decay;
        const real d_exc_decay = d_exc * exc;
        d_x += positive_gradient(x, d_exc);
        d_exc *= exc_decay;

        d_states[0][i] = d_exc;
        d_states[1][i] = d_inh;
        d_states[2][i] = d_mem;
        d_parameters[0][i] += d_threshold;
        d_parameters[1][i] += d_exc_decay;
        d_parameters[2][i] += d_inh_decay;
        d_parameters[3][i] += d_exc_reversal;
        d_parameters[4][i] += d_inh_reversal;
        d_parameters[5][i] += d_rate;
        d_xs[i] = d_x;
    }
}
