// Generated from spec/zoo/adaptive.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 6c4aa2f614e03f67
// LSNN, long short-term memory spiking neural network.
// The recurrence of one timestep, for one sample. Arrays have the neurons last.
// Digest of the timestep: 7aeef30419215757

// The number of elements of each array, for one sample; of the operand and of the result of each
// product.
static void measure(
    const size *sizes, size *forward, size *recompute, size *backward, size *inputs, size *outputs)
{
    const size num_neurons = sizes[0];
    forward[0] = num_neurons; // x
    forward[1] = num_neurons; // beta
    forward[2] = num_neurons; // threshold
    forward[3] = num_neurons; // adapt_weight
    forward[4] = num_neurons; // rho
    forward[5] = num_neurons; // mem
    forward[6] = num_neurons; // adapt
    forward[7] = num_neurons; // prev_output
    forward[8] = num_neurons; // mem_1
    forward[9] = num_neurons; // adapt_1
    forward[10] = num_neurons; // prev_output_1
    forward[11] = num_neurons; // spikes_out
    forward[12] = num_neurons; // drive_1
    recompute[0] = num_neurons; // x
    recompute[1] = num_neurons; // beta
    recompute[2] = num_neurons; // threshold
    recompute[3] = num_neurons; // adapt_weight
    recompute[4] = num_neurons; // rho
    recompute[5] = num_neurons; // mem
    recompute[6] = num_neurons; // adapt
    recompute[7] = num_neurons; // prev_output
    recompute[8] = num_neurons; // mem_1
    recompute[9] = num_neurons; // adapt_1
    recompute[10] = num_neurons; // prev_output_1
    recompute[11] = num_neurons; // drive_1
    backward[0] = num_neurons; // x
    backward[1] = num_neurons; // beta
    backward[2] = num_neurons; // threshold
    backward[3] = num_neurons; // adapt_weight
    backward[4] = num_neurons; // rho
    backward[5] = num_neurons; // mem
    backward[6] = num_neurons; // adapt
    backward[7] = num_neurons; // prev_output
    backward[8] = num_neurons; // mem_1
    backward[9] = num_neurons; // adapt_1
    backward[10] = num_neurons; // prev_output_1
    backward[11] = num_neurons; // drive_1
    backward[12] = num_neurons; // d_spikes_out
    backward[13] = num_neurons; // d_mem
    backward[14] = num_neurons; // d_adapt
    backward[15] = num_neurons; // d_prev_output
    backward[16] = num_neurons; // d_x
    backward[17] = num_neurons; // d_beta
    backward[18] = num_neurons; // d_threshold
    backward[19] = num_neurons; // d_adapt_weight
    backward[20] = num_neurons; // d_rho
    backward[21] = num_neurons; // d_drive_1
    inputs[0] = num_neurons;
    outputs[0] = num_neurons;
}

static void forward_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size num_neurons = sizes[0];
    const real *restrict x = at[0];
    const real *restrict beta = at[1];
    const real *restrict threshold = at[2];
    const real *restrict adapt_weight = at[3];
    const real *restrict rho = at[4];
    const real *restrict mem = at[5];
    const real *restrict adapt = at[6];
    const real *restrict prev_output = at[7];
    real *restrict mem_1 = at[8];
    real *restrict adapt_1 = at[9];
    real *restrict prev_output_1 = at[10];
    real *restrict spikes_out = at[11];
    const real *restrict drive_1 = at[12];

    #pragma omp simd
    for (size n = 0; n < num_neurons; n++) {
        const real drive = (1 - beta[n]) * (x[n] + drive_1[n]);
        mem_1[n] = beta[n] * mem[n] + drive - prev_output[n] * (threshold[n] + adapt_weight[n] *
            adapt[n]);
        adapt_1[n] = rho[n] * adapt[n] + (1 - rho[n]) * prev_output[n];
        const real raised = threshold[n] + adapt_weight[n] * adapt_1[n];
        const real spikes = quant_fn(spike_fn((mem_1[n] - raised) / raised));
        prev_output_1[n] = spikes;
        spikes_out[n] = spikes;
    }
}

static void recompute_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size num_neurons = sizes[0];
    const real *restrict x = at[0];
    const real *restrict beta = at[1];
    const real *restrict threshold = at[2];
    const real *restrict adapt_weight = at[3];
    const real *restrict rho = at[4];
    const real *restrict mem = at[5];
    const real *restrict adapt = at[6];
    const real *restrict prev_output = at[7];
    real *restrict mem_1 = at[8];
    real *restrict adapt_1 = at[9];
    real *restrict prev_output_1 = at[10];
    const real *restrict drive_1 = at[11];

    #pragma omp simd
    for (size n = 0; n < num_neurons; n++) {
        const real inner_1 = x[n] + drive_1[n];
        const real inner_2 = 1 - beta[n];
        const real drive = inner_2 * inner_1;
        const real inner_3 = threshold[n] + adapt_weight[n] * adapt[n];
        mem_1[n] = beta[n] * mem[n] + drive - prev_output[n] * inner_3;
        const real inner_4 = 1 - rho[n];
        adapt_1[n] = rho[n] * adapt[n] + inner_4 * prev_output[n];
        const real raised = threshold[n] + adapt_weight[n] * adapt_1[n];
        const real inner_5 = mem_1[n] - raised;
        const real inner_6 = inner_5 / raised;
        const real inner_7 = spike_fn(inner_6);
        const real spikes = quant_fn(inner_7);
        prev_output_1[n] = spikes;
    }
}

static void backward_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size num_neurons = sizes[0];
    const real *restrict x = at[0];
    const real *restrict beta = at[1];
    const real *restrict threshold = at[2];
    const real *restrict adapt_weight = at[3];
    const real *restrict rho = at[4];
    const real *restrict mem = at[5];
    const real *restrict adapt = at[6];
    const real *restrict prev_output = at[7];
    const real *restrict mem_1 = at[8];
    const real *restrict adapt_1 = at[9];
    const real *restrict drive_1 = at[11];
    const real *restrict d_spikes_out = at[12];
    real *restrict d_mem = at[13];
    real *restrict d_adapt = at[14];
    real *restrict d_prev_output = at[15];
    real *restrict d_x = at[16];
    real *restrict d_beta = at[17];
    real *restrict d_threshold = at[18];
    real *restrict d_adapt_weight = at[19];
    real *restrict d_rho = at[20];
    real *restrict d_drive_1 = at[21];

    #pragma omp simd
    for (size n = 0; n < num_neurons; n++) {
        const real inner_1 = x[n] + drive_1[n];
        const real inner_2 = 1 - beta[n];
        const real inner_3 = threshold[n] + adapt_weight[n] * adapt[n];
        const real inner_4 = 1 - rho[n];
        const real raised = threshold[n] + adapt_weight[n] * adapt_1[n];
        const real inner_5 = mem_1[n] - raised;
        const real inner_6 = inner_5 / raised;
        const real inner_7 = spike_fn(inner_6);
        real d_spikes = d_spikes_out[n];
        d_spikes += d_prev_output[n];
        const real d_inner_6 = spike_fn_gradient(inner_6, quant_fn_gradient(inner_7, d_spikes));
        const real d_inner_5 = d_inner_6 / raised;
        d_mem[n] += d_inner_5;
        const real d_raised = -d_inner_5 - d_inner_6 * (inner_6 / raised);
        d_threshold[n] += d_raised;
        d_adapt_weight[n] += d_raised * adapt_1[n];
        d_adapt[n] += d_raised * adapt_weight[n];
        d_rho[n] += d_adapt[n] * adapt[n] - d_adapt[n] * prev_output[n];
        d_prev_output[n] = d_adapt[n] * inner_4;
        d_adapt[n] = d_adapt[n] * rho[n];
        const real d_inner_3 = -(d_mem[n] * prev_output[n]);
        d_beta[n] += d_mem[n] * mem[n];
        const real d_drive = d_mem[n];
        d_prev_output[n] += -(d_mem[n] * inner_3);
        d_threshold[n] += d_inner_3;
        d_adapt_weight[n] += d_inner_3 * adapt[n];
        d_adapt[n] += d_inner_3 * adapt_weight[n];
        d_mem[n] = d_mem[n] * beta[n];
        const real d_inner_1 = d_drive * inner_2;
        d_beta[n] += -(d_drive * inner_1);
        d_x[n] = d_inner_1;
        d_drive_1[n] = d_inner_1;
    }
}

static void forward_step(const struct sequence *s, const struct place *at, size rows)
{
    set(s, at, rows, 12, 1, (const int[]){-1});
    product(s, at, rows, 0, 7, 12, 12);
    each_row(forward_0, s, at, rows);
}

static void recompute_step(const struct sequence *s, const struct place *at, size rows)
{
    each_row(recompute_0, s, at, rows);
}

static void backward_step(const struct sequence *s, const struct place *at, size rows)
{
    each_row(backward_0, s, at, rows);
    product_back(s, at, rows, 0, 15, 21, 1);
}
