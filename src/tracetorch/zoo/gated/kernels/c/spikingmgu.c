// Generated from spec/zoo/gated.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 51454cbaeb5b068d
// SpikingMGU, minimal gated unit with a spiking output.
// The recurrence of one timestep, for one sample. Arrays have the neurons last.
// Digest of the timestep: c1b34f8f0ca12e54

// The number of elements of each array, for one sample; of the operand and of the result of each
// product.
static void measure(
    const size *sizes, size *forward, size *recompute, size *backward, size *inputs, size *outputs)
{
    const size out_features = sizes[0];
    forward[0] = out_features; // update_1
    forward[1] = out_features; // candidate_1
    forward[2] = out_features; // threshold
    forward[3] = out_features; // mem
    forward[4] = out_features; // prev_output
    forward[5] = out_features; // mem_2
    forward[6] = out_features; // prev_output_1
    forward[7] = out_features; // spikes_out
    forward[8] = out_features; // update_2
    forward[9] = out_features; // candidate
    forward[10] = out_features; // update
    forward[11] = out_features; // candidate_2
    recompute[0] = out_features; // update_1
    recompute[1] = out_features; // candidate_1
    recompute[2] = out_features; // threshold
    recompute[3] = out_features; // mem
    recompute[4] = out_features; // prev_output
    recompute[5] = out_features; // mem_2
    recompute[6] = out_features; // prev_output_1
    recompute[7] = out_features; // update_2
    recompute[8] = out_features; // candidate
    backward[0] = out_features; // update_1
    backward[1] = out_features; // candidate_1
    backward[2] = out_features; // threshold
    backward[3] = out_features; // mem
    backward[4] = out_features; // prev_output
    backward[5] = out_features; // mem_2
    backward[6] = out_features; // prev_output_1
    backward[7] = out_features; // update_2
    backward[8] = out_features; // candidate
    backward[9] = out_features; // d_spikes_out
    backward[10] = out_features; // d_mem
    backward[11] = out_features; // d_prev_output
    backward[12] = out_features; // d_update_1
    backward[13] = out_features; // d_candidate_1
    backward[14] = out_features; // d_threshold
    backward[15] = out_features; // d_update_2
    backward[16] = out_features; // d_candidate
    backward[17] = out_features; // update
    backward[18] = out_features; // d_update
    backward[19] = out_features; // d_candidate_2
    inputs[0] = out_features;
    outputs[0] = out_features;
    inputs[1] = out_features;
    outputs[1] = out_features;
}

static void forward_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size out_features = sizes[0];
    const real *restrict mem = at[3];
    const real *restrict update_2 = at[8];
    real *restrict update = at[10];
    real *restrict candidate_2 = at[11];

    #pragma omp simd
    for (size n = 0; n < out_features; n++) {
        update[n] = sigmoid(update_2[n]);
        candidate_2[n] = mem[n] * update[n];
    }
}

static void forward_1(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size out_features = sizes[0];
    const real *restrict threshold = at[2];
    const real *restrict mem = at[3];
    real *restrict mem_2 = at[5];
    real *restrict prev_output_1 = at[6];
    real *restrict spikes_out = at[7];
    const real *restrict candidate = at[9];
    const real *restrict update = at[10];

    #pragma omp simd
    for (size n = 0; n < out_features; n++) {
        const real mem_1 = (1 - update[n]) * mem[n] + update[n] * candidate[n];
        const real spikes = quant_fn(spike_fn(mem_1 - threshold[n]));
        mem_2[n] = mem_1 - spikes * threshold[n];
        prev_output_1[n] = spikes;
        spikes_out[n] = spikes;
    }
}

static void recompute_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size out_features = sizes[0];
    const real *restrict threshold = at[2];
    const real *restrict mem = at[3];
    real *restrict mem_2 = at[5];
    const real *restrict update_2 = at[7];
    const real *restrict candidate = at[8];

    #pragma omp simd
    for (size n = 0; n < out_features; n++) {
        const real update = sigmoid(update_2[n]);
        const real inner_1 = 1 - update;
        const real mem_1 = inner_1 * mem[n] + update * candidate[n];
        const real inner_2 = mem_1 - threshold[n];
        const real inner_3 = spike_fn(inner_2);
        const real spikes = quant_fn(inner_3);
        mem_2[n] = mem_1 - spikes * threshold[n];
    }
}

static void backward_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size out_features = sizes[0];
    const real *restrict threshold = at[2];
    const real *restrict mem = at[3];
    const real *restrict update_2 = at[7];
    const real *restrict candidate = at[8];
    const real *restrict d_spikes_out = at[9];
    real *restrict d_mem = at[10];
    const real *restrict d_prev_output = at[11];
    real *restrict d_threshold = at[14];
    real *restrict d_candidate = at[16];
    real *restrict update = at[17];
    real *restrict d_update = at[18];

    #pragma omp simd
    for (size n = 0; n < out_features; n++) {
        update[n] = sigmoid(update_2[n]);
        const real inner_1 = 1 - update[n];
        const real mem_1 = inner_1 * mem[n] + update[n] * candidate[n];
        const real inner_2 = mem_1 - threshold[n];
        const real inner_3 = spike_fn(inner_2);
        const real spikes = quant_fn(inner_3);
        real d_spikes = d_spikes_out[n];
        d_spikes += d_prev_output[n];
        d_spikes += -(d_mem[n] * threshold[n]);
        d_threshold[n] += -(d_mem[n] * spikes);
        const real d_inner_2 = spike_fn_gradient(inner_2, quant_fn_gradient(inner_3, d_spikes));
        d_mem[n] += d_inner_2;
        d_threshold[n] += -d_inner_2;
        d_update[n] = d_mem[n] * candidate[n] - d_mem[n] * mem[n];
        d_candidate[n] = d_mem[n] * update[n];
        d_mem[n] = d_mem[n] * inner_1;
    }
}

static void backward_1(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size out_features = sizes[0];
    const real *restrict mem = at[3];
    real *restrict d_mem = at[10];
    real *restrict d_update_2 = at[15];
    const real *restrict update = at[17];
    real *restrict d_update = at[18];
    const real *restrict d_candidate_2 = at[19];

    #pragma omp simd
    for (size n = 0; n < out_features; n++) {
        d_mem[n] += d_candidate_2[n] * update[n];
        d_update[n] += d_candidate_2[n] * mem[n];
        d_update_2[n] = d_update[n] * (1 - update[n]) * update[n];
    }
}

static void forward_step(const struct sequence *s, const struct place *at, size rows)
{
    product(s, at, rows, 0, 4, 0, 8);
    each_row(forward_0, s, at, rows);
    product(s, at, rows, 1, 11, 1, 9);
    each_row(forward_1, s, at, rows);
}

static void recompute_step(const struct sequence *s, const struct place *at, size rows)
{
    each_row(recompute_0, s, at, rows);
}

static void backward_step(const struct sequence *s, const struct place *at, size rows)
{
    each_row(backward_0, s, at, rows);
    product_back(s, at, rows, 1, 19, 16, 0);
    each_row(backward_1, s, at, rows);
    product_back(s, at, rows, 0, 11, 15, 0);
}
