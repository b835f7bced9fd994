// Generated from spec/zoo/peers/snntorch.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 814d442c5846de40
// LeakyParallel, rectified leaky neuron of snnTorch.
// The recurrence of one timestep, for one sample. Arrays have the neurons last.
// Digest of the timestep: 4abf24b5d0d11e3c

// The number of elements of each array, for one sample; of the operand and of the result of each
// product.
static void measure(
    const size *sizes, size *forward, size *recompute, size *backward, size *inputs, size *outputs)
{
    const size hidden_size = sizes[0];
    forward[0] = hidden_size; // mem_1
    forward[1] = hidden_size; // beta
    forward[2] = hidden_size; // threshold
    forward[3] = hidden_size; // graded_spikes_factor
    forward[4] = hidden_size; // mem
    forward[5] = hidden_size; // mem_2
    forward[6] = hidden_size; // output_out
    recompute[0] = hidden_size; // mem_1
    recompute[1] = hidden_size; // beta
    recompute[2] = hidden_size; // threshold
    recompute[3] = hidden_size; // graded_spikes_factor
    recompute[4] = hidden_size; // mem
    recompute[5] = hidden_size; // mem_2
    backward[0] = hidden_size; // mem_1
    backward[1] = hidden_size; // beta
    backward[2] = hidden_size; // threshold
    backward[3] = hidden_size; // graded_spikes_factor
    backward[4] = hidden_size; // mem
    backward[5] = hidden_size; // mem_2
    backward[6] = hidden_size; // d_output_out
    backward[7] = hidden_size; // d_mem
    backward[8] = hidden_size; // d_mem_1
    backward[9] = hidden_size; // d_beta
    backward[10] = hidden_size; // d_threshold
    backward[11] = hidden_size; // d_graded_spikes_factor
}

static void forward_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size hidden_size = sizes[0];
    const real *restrict mem_1 = at[0];
    const real *restrict beta = at[1];
    const real *restrict threshold = at[2];
    const real *restrict graded_spikes_factor = at[3];
    const real *restrict mem = at[4];
    real *restrict mem_2 = at[5];
    real *restrict output_out = at[6];

    #pragma omp simd
    for (size n = 0; n < hidden_size; n++) {
        mem_2[n] = relu(beta[n] * mem[n] + mem_1[n]);
        const real spikes = quant_fn(spike_fn(mem_2[n] - threshold[n]));
        const real output = graded_spikes_factor[n] * spikes;
        output_out[n] = output;
    }
}

static void recompute_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size hidden_size = sizes[0];
    const real *restrict mem_1 = at[0];
    const real *restrict beta = at[1];
    const real *restrict mem = at[4];
    real *restrict mem_2 = at[5];

    #pragma omp simd
    for (size n = 0; n < hidden_size; n++) {
        const real inner_1 = beta[n] * mem[n] + mem_1[n];
        mem_2[n] = relu(inner_1);
    }
}

static void backward_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size hidden_size = sizes[0];
    const real *restrict beta = at[1];
    const real *restrict threshold = at[2];
    const real *restrict graded_spikes_factor = at[3];
    const real *restrict mem = at[4];
    const real *restrict mem_2 = at[5];
    const real *restrict d_output_out = at[6];
    real *restrict d_mem = at[7];
    real *restrict d_mem_1 = at[8];
    real *restrict d_beta = at[9];
    real *restrict d_threshold = at[10];
    real *restrict d_graded_spikes_factor = at[11];

    #pragma omp simd
    for (size n = 0; n < hidden_size; n++) {
        const real inner_2 = mem_2[n] - threshold[n];
        const real inner_3 = spike_fn(inner_2);
        const real spikes = quant_fn(inner_3);
        const real d_output = d_output_out[n];
        d_graded_spikes_factor[n] += d_output * spikes;
        const real d_spikes = d_output * graded_spikes_factor[n];
        const real d_inner_2 = spike_fn_gradient(inner_2, quant_fn_gradient(inner_3, d_spikes));
        d_mem[n] += d_inner_2;
        d_threshold[n] += -d_inner_2;
        const real d_inner_1 = (mem_2[n] <= 0 ? 0 : d_mem[n]);
        d_beta[n] += d_inner_1 * mem[n];
        d_mem_1[n] = d_inner_1;
        d_mem[n] = d_inner_1 * beta[n];
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
