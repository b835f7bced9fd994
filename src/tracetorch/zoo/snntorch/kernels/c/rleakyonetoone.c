// Generated from spec/zoo/peers/snntorch.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 98796c83d0342a21
// RLeakyOneToOne, recurrent leaky integrate-and-fire neuron of snnTorch without connections between neurons.
// One timestep of LANES neurons side by side.
// Digest of the timestep: 7ad33ea22452220c

// Computes the output, and updates the states.
static void forward_step(
    const real *restrict xs, const lanes *restrict noise, const real *restrict numbers,
    const lanes *restrict parameters, lanes *restrict states, real *restrict outputs)
{
    for (int i = 0; i < LANES; i++) {
        const real beta = parameters[0][i];
        const real threshold = parameters[1][i];
        const real V = parameters[2][i];
        const real noise_0 = noise[0][i];
        real mem = states[0][i];
        real prev_output = states[1][i];
        const real x = xs[i];

        const real reset = (real)(mem > threshold);
        mem = beta * mem + x + V * prev_output - reset * threshold;
        const real spikes = quant_fn(spike_fn(mem - threshold), noise_0);
        prev_output = spikes;

        states[0][i] = mem;
        states[1][i] = prev_output;
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
        const real beta = parameters[0][i];
        const real threshold = parameters[1][i];
        const real V = parameters[2][i];
        const real mem = states[0][i];
        const real prev_output = states[1][i];
        const real x = xs[i];
        real d_output = d_outputs[i];
        real d_mem = d_states[0][i];
        real d_prev_output = d_states[1][i];

        const real reset = (real)(mem > threshold);
        const real mem_1 = beta * mem + x + V * prev_output - reset * threshold;
        const real inner_1 = mem_1 - threshold;
        const real inner_2 = spike_fn(inner_1);

        real d_spikes = d_output;
        d_spikes += d_prev_output;
        const real d_inner_1 = spike_fn_gradient(inner_1, quant_fn_gradient(inner_2, d_spikes));
        d_mem += d_inner_1;
        real d_threshold = -d_inner_1;
        const real d_beta = d_mem * mem;
        const real d_x = d_mem;
        const real d_V = d_mem * prev_output;
        d_prev_output = d_mem * V;
        d_threshold -= d_mem * reset;
        d_mem *= beta;

        d_states[0][i] = d_mem;
        d_states[1][i] = d_prev_output;
        d_parameters[0][i] += d_beta;
        d_parameters[1][i] += d_threshold;
        d_parameters[2][i] += d_V;
        d_xs[i] = d_x;
    }
}
