// Generated from spec/zoo/synapses.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 69dc47febf3b4efb
// TsodyksMarkram, synapse with short-term plasticity.
// One timestep of LANES neurons side by side.
// Digest of the timestep: 824cb3e7b9e7e0ce

// Computes the output, and updates the states.
static void forward_step(
    const real *restrict xs, const lanes *restrict noise, const real *restrict numbers,
    const lanes *restrict parameters, lanes *restrict states, real *restrict outputs)
{
    for (int i = 0; i < LANES; i++) {
        const real release = parameters[0][i];
        const real facilitation = parameters[1][i];
        const real depression = parameters[2][i];
        real use = states[0][i];
        real resources = states[1][i];
        const real x = xs[i];

        use = facilitation * use;
        use += release * (1 - use) * x;
        resources = 1 - depression * (1 - resources);
        const real sent = use * resources * x;
        resources -= sent;

        states[0][i] = use;
        states[1][i] = resources;
        outputs[i] = sent;
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
        const real release = parameters[0][i];
        const real facilitation = parameters[1][i];
        const real depression = parameters[2][i];
        const real use = states[0][i];
        const real resources = states[1][i];
        const real x = xs[i];
        real d_output = d_outputs[i];
        real d_use = d_states[0][i];
        real d_resources = d_states[1][i];

        const real use_1 = facilitation * use;
        const real inner_1 = 1 - use_1;
        const real inner_2 = release * inner_1;
        const real use_2 = use_1 + inner_2 * x;
        const real inner_3 = 1 - resources;
        const real resources_1 = 1 - depression * inner_3;
        const real inner_4 = use_2 * resources_1;

        real d_sent = d_output;
        d_sent -= d_resources;
        const real d_inner_4 = d_sent * x;
        d_use += d_inner_4 * resources_1;
        d_resources += d_inner_4 * use_2;
        real d_x = d_sent * inner_4;
        const real d_depression = -(d_resources * inner_3);
        d_resources *= depression;
        const real d_inner_2 = d_use * x;
        const real d_release = d_inner_2 * inner_1;
        d_x += d_use * inner_2;
        d_use -= d_inner_2 * release;
        const real d_facilitation = d_use * use;
        d_use *= facilitation;

        d_states[0][i] = d_use;
        d_states[1][i] = d_resources;
        d_parameters[0][i] += d_release;
        d_parameters[1][i] += d_facilitation;
        d_parameters[2][i] += d_depression;
        d_xs[i] = d_x;
    }
}
