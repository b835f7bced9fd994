// Generated from spec/zoo/peers/snntorch.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 930459c8504168d0
// LinearLeaky, linear map and leaky neuron without a reset of snnTorch.
// The recurrence of one timestep, for one sample. Arrays have the neurons last.
// Digest of the timestep: 714d3e65da2a7b29

// The number of elements of each array, for one sample; of the operand and of the result of each
// product.
static void measure(
    const size *sizes, size *forward, size *recompute, size *backward, size *inputs, size *outputs)
{
    const size out_features = sizes[0];
    forward[0] = out_features; // mem_2
    forward[1] = out_features; // mem_1
    forward[2] = out_features; // threshold
    forward[3] = out_features; // graded_spikes_factor
    forward[4] = out_features; // mem
    forward[5] = out_features; // mem_3
    forward[6] = out_features; // output_out
    recompute[0] = out_features; // mem_2
    recompute[1] = out_features; // mem_1
    recompute[2] = out_features; // threshold
    recompute[3] = out_features; // graded_spikes_factor
    recompute[4] = out_features; // mem
    recompute[5] = out_features; // mem_3
    backward[0] = out_features; // mem_2
    backward[1] = out_features; // mem_1
    backward[2] = out_features; // threshold
    backward[3] = out_features; // graded_spikes_factor
    backward[4] = out_features; // mem
    backward[5] = out_features; // mem_3
    backward[6] = out_features; // d_output_out
    backward[7] = out_features; // d_mem
    backward[8] = out_features; // d_mem_2
    backward[9] = out_features; // d_mem_1
    backward[10] = out_features; // d_threshold
    backward[11] = out_features; // d_graded_spikes_factor
}

static void forward_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size out_features = sizes[0];
    const real *restrict mem_2 = at[0];
    const real *restrict mem_1 = at[1];
    const real *restrict threshold = at[2];
    const real *restrict graded_spikes_factor = at[3];
    const real *restrict mem = at[4];
    real *restrict mem_3 = at[5];
    real *restrict output_out = at[6];

    #pragma omp simd
    for (size n = 0; n < out_features; n++) {
        mem_3[n] = mem_1[n] * mem[n] + mem_2[n];
        const real spikes = quant_fn(spike_fn(mem_3[n] - threshold[n]));
        const real output = graded_spikes_factor[n] * graded_spikes_factor[n] * spikes;
        output_out[n] = output;
    }
}

static void recompute_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size out_features = sizes[0];
    const real *restrict mem_2 = at[0];
    const real *restrict mem_1 = at[1];
    const real *restrict mem = at[4];
    real *restrict mem_3 = at[5];

    #pragma omp simd
    for (size n = 0; n < out_features; n++) {
        mem_3[n] = mem_1[n] * mem[n] + mem_2[n];
    }
}

static void backward_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size out_features = sizes[0];
    const real *restrict mem_1 = at[1];
    const real *restrict threshold = at[2];
    const real *restrict graded_spikes_factor = at[3];
    const real *restrict mem = at[4];
    const real *restrict mem_3 = at[5];
    const real *restrict d_output_out = at[6];
    real *restrict d_mem = at[7];
    real *restrict d_mem_2 = at[8];
    real *restrict d_mem_1 = at[9];
    real *restrict d_threshold = at[10];
    real *restrict d_graded_spikes_factor = at[11];

    #pragma omp simd
    for (size n = 0; n < out_features; n++) {
        const real inner_1 = mem_3[n] - threshold[n];
        const real inner_2 = spike_fn(inner_1);
        const real spikes = quant_fn(inner_2);
        const real inner_3 = graded_spikes_factor[n] * graded_spikes_factor[n];
        const real d_output = d_output_out[n];
        const real d_inner_3 = d_output * spikes;
        d_graded_spikes_factor[n] += d_inner_3 * graded_spikes_factor[n] + d_inner_3 *
            graded_spikes_factor[n];
        const real d_spikes = d_output * inner_3;
        const real d_inner_1 = spike_fn_gradient(inner_1, quant_fn_gradient(inner_2, d_spikes));
        d_mem[n] += d_inner_1;
        d_threshold[n] += -d_inner_1;
        d_mem_1[n] += d_mem[n] * mem[n];
        d_mem_2[n] = d_mem[n];
        d_mem[n] = d_mem[n] * mem_1[n];
    }
}

static void forward_step(const struct sequence *s, const struct place *at, size rows)
{
    each_row(forward_0, s, at, rows);
}

static void recompute_step(const struct sequence *s, const struct place *at, size rows)
{
    each_row(recompute_0, s, at, rows);
}

static void backward_step(const struct sequence *s, const struct place *at, size rows)
{
    each_row(backward_0, s, at, rows);
}
