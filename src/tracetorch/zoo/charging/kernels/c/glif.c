// Generated from spec/zoo/charging.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: ba5c2c31afa7b2bc
// GLIF, gated leaky integrate-and-fire neuron.
// One timestep of LANES neurons side by side.
// Digest of the timestep: 26c7b530983b18e5

// Computes the output, and updates the states.
static void forward_step(
    const real *restrict xs, const lanes *restrict noise, const real *restrict numbers,
    const lanes *restrict parameters, lanes *restrict states, real *restrict outputs)
{
    for (int i = 0; i < LANES; i++) {
        const real threshold = parameters[0][i];
        const real leak_gate = parameters[1][i];
        const real input_gate = parameters[2][i];
        const real reset_gate = parameters[3][i];
        const real decay = parameters[4][i];
        const real leak = parameters[5][i];
        const real conductance = parameters[6][i];
        const real drop = parameters[7][i];
        const real noise_0 = noise[0][i];
        real mem = states[0][i];
        real prev_output = states[1][i];
        const real x = xs[i];

        mem = (1 - leak_gate * (1 - decay)) * mem * (1 - reset_gate * prev_output);
        mem = mem - (1 - leak_gate) * leak - (1 - reset_gate) * drop * prev_output;
        mem += (1 - input_gate * (1 - conductance)) * x;
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
        const real threshold = parameters[0][i];
        const real leak_gate = parameters[1][i];
        const real input_gate = parameters[2][i];
        const real reset_gate = parameters[3][i];
        const real decay = parameters[4][i];
        const real leak = parameters[5][i];
        const real conductance = parameters[6][i];
        const real drop = parameters[7][i];
        const real mem = states[0][i];
        const real prev_output = states[1][i];
        const real x = xs[i];
        real d_output = d_outputs[i];
        real d_mem = d_states[0][i];
        real d_prev_output = d_states[1][i];

        const real inner_1 = reset_gate * prev_output;
        const real inner_2 = 1 - inner_1;
        const real inner_3 = 1 - decay;
        const real inner_4 = leak_gate * inner_3;
        const real inner_5 = 1 - inner_4;
        const real inner_6 = inner_5 * mem;
        const real mem_1 = inner_6 * inner_2;
        const real inner_7 = 1 - reset_gate;
        const real inner_8 = inner_7 * drop;
        const real inner_9 = 1 - leak_gate;
        const real mem_2 = mem_1 - inner_9 * leak - inner_8 * prev_output;
        const real inner_10 = 1 - conductance;
        const real inner_11 = input_gate * inner_10;
        const real inner_12 = 1 - inner_11;
        const real mem_3 = mem_2 + inner_12 * x;
        const real inner_13 = mem_3 - threshold;
        const real inner_14 = spike_fn(inner_13);

        real d_spikes = d_output;
        d_spikes += d_prev_output;
        const real d_inner_13 = spike_fn_gradient(inner_13, quant_fn_gradient(inner_14, d_spikes));
        d_mem += d_inner_13;
        const real d_threshold = -d_inner_13;
        const real d_inner_11 = -(d_mem * x);
        const real d_input_gate = d_inner_11 * inner_10;
        const real d_conductance = -(d_inner_11 * input_gate);
        const real d_x = d_mem * inner_12;
        const real d_inner_8 = -(d_mem * prev_output);
        real d_leak_gate = d_mem * leak;
        const real d_leak = -(d_mem * inner_9);
        real d_reset_gate = -(d_inner_8 * drop);
        const real d_drop = d_inner_8 * inner_7;
        d_prev_output = -(d_mem * inner_8);
        const real d_inner_6 = d_mem * inner_2;
        const real d_inner_4 = -(d_inner_6 * mem);
        const real d_inner_1 = -(d_mem * inner_6);
        d_leak_gate += d_inner_4 * inner_3;
        const real d_decay = -(d_inner_4 * leak_gate);
        d_reset_gate += d_inner_1 * prev_output;
        d_prev_output += d_inner_1 * reset_gate;
        d_mem = d_inner_6 * inner_5;

        d_states[0][i] = d_mem;
        d_states[1][i] = d_prev_output;
        d_parameters[0][i] += d_threshold;
        d_parameters[1][i] += d_leak_gate;
        d_parameters[2][i] += d_input_gate;
        d_parameters[3][i] += d_reset_gate;
        d_parameters[4][i] += d_decay;
        d_parameters[5][i] += d_leak;
        d_parameters[6][i] += d_conductance;
        d_parameters[7][i] += d_drop;
        d_xs[i] = d_x;
    }
}
