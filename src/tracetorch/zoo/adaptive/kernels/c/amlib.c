// Generated from spec/zoo/adaptive.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: c8756b376d200798
// AMLIB, adaptive fully recurrent leaky integrator with binary firing.
// The recurrence of one timestep, for one sample. Arrays have the neurons last.
// Digest of the timestep: bc17840eca0c8300

// The number of elements of each array, for one sample; of the operand and of the result of each
// product.
static void measure(
    const size *sizes, size *forward, size *recompute, size *backward, size *inputs, size *outputs)
{
    const size num_neurons = sizes[0];
    forward[0] = num_neurons; // x
    forward[1] = num_neurons; // rho
    forward[2] = num_neurons; // threshold
    forward[3] = num_neurons; // adapt_weight
    forward[4] = num_neurons; // beta
    forward[5] = num_neurons; // bias
    forward[6] = num_neurons; // adapt
    forward[7] = num_neurons; // prev_output
    forward[8] = num_neurons; // mem
    forward[9] = num_neurons; // adapt_1
    forward[10] = num_neurons; // prev_output_1
    forward[11] = num_neurons; // mem_2
    forward[12] = num_neurons; // spikes_out
    forward[13] = num_neurons; // lateral
    forward[14] = num_neurons; // threshold_1
    recompute[0] = num_neurons; // x
    recompute[1] = num_neurons; // rho
    recompute[2] = num_neurons; // threshold
    recompute[3] = num_neurons; // adapt_weight
    recompute[4] = num_neurons; // beta
    recompute[5] = num_neurons; // bias
    recompute[6] = num_neurons; // adapt
    recompute[7] = num_neurons; // prev_output
    recompute[8] = num_neurons; // mem
    recompute[9] = num_neurons; // adapt_1
    recompute[10] = num_neurons; // prev_output_1
    recompute[11] = num_neurons; // mem_2
    recompute[12] = num_neurons; // lateral
    backward[0] = num_neurons; // x
    backward[1] = num_neurons; // rho
    backward[2] = num_neurons; // threshold
    backward[3] = num_neurons; // adapt_weight
    backward[4] = num_neurons; // beta
    backward[5] = num_neurons; // bias
    backward[6] = num_neurons; // adapt
    backward[7] = num_neurons; // prev_output
    backward[8] = num_neurons; // mem
    backward[9] = num_neurons; // adapt_1
    backward[10] = num_neurons; // prev_output_1
    backward[11] = num_neurons; // mem_2
    backward[12] = num_neurons; // lateral
    backward[13] = num_neurons; // d_spikes_out
    backward[14] = num_neurons; // d_adapt
    backward[15] = num_neurons; // d_prev_output
    backward[16] = num_neurons; // d_mem
    backward[17] = num_neurons; // d_x
    backward[18] = num_neurons; // d_rho
    backward[19] = num_neurons; // d_threshold
    backward[20] = num_neurons; // d_adapt_weight
    backward[21] = num_neurons; // d_beta
    backward[22] = num_neurons; // d_bias
    backward[23] = num_neurons; // d_lateral
    backward[24] = num_neurons; // inner_1
    backward[25] = num_neurons; // inner_2
    backward[26] = num_neurons; // d_threshold_1
    inputs[0] = num_neurons;
    outputs[0] = num_neurons;
}

static void forward_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size num_neurons = sizes[0];
    const real *restrict rho = at[1];
    const real *restrict threshold = at[2];
    const real *restrict adapt_weight = at[3];
    const real *restrict adapt = at[6];
    const real *restrict prev_output = at[7];
    real *restrict adapt_1 = at[9];
    real *restrict threshold_1 = at[14];

    #pragma omp simd
    for (size n = 0; n < num_neurons; n++) {
        adapt_1[n] = rho[n] * adapt[n] + (1 - rho[n]) * real_abs(prev_output[n]);
        threshold_1[n] = threshold[n] + adapt_weight[n] * adapt_1[n];
    }
}

static void forward_1(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size num_neurons = sizes[0];
    const real *restrict x = at[0];
    const real *restrict beta = at[4];
    const real *restrict bias = at[5];
    const real *restrict mem = at[8];
    real *restrict prev_output_1 = at[10];
    real *restrict mem_2 = at[11];
    real *restrict spikes_out = at[12];
    const real *restrict lateral = at[13];
    const real *restrict threshold_1 = at[14];

    #pragma omp simd
    for (size n = 0; n < num_neurons; n++) {
        const real mem_1 = beta[n] * mem[n] + x[n] + lateral[n];
        const real spikes = quant_fn(spike_fn(mem_1 - threshold_1[n] + bias[n]));
        mem_2[n] = mem_1 - spikes * threshold_1[n];
        prev_output_1[n] = spikes;
        spikes_out[n] = spikes;
    }
}

static void recompute_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size num_neurons = sizes[0];
    const real *restrict x = at[0];
    const real *restrict rho = at[1];
    const real *restrict threshold = at[2];
    const real *restrict adapt_weight = at[3];
    const real *restrict beta = at[4];
    const real *restrict bias = at[5];
    const real *restrict adapt = at[6];
    const real *restrict prev_output = at[7];
    const real *restrict mem = at[8];
    real *restrict adapt_1 = at[9];
    real *restrict prev_output_1 = at[10];
    real *restrict mem_2 = at[11];
    const real *restrict lateral = at[12];

    #pragma omp simd
    for (size n = 0; n < num_neurons; n++) {
        const real inner_1 = real_abs(prev_output[n]);
        const real inner_2 = 1 - rho[n];
        adapt_1[n] = rho[n] * adapt[n] + inner_2 * inner_1;
        const real threshold_1 = threshold[n] + adapt_weight[n] * adapt_1[n];
        const real mem_1 = beta[n] * mem[n] + x[n] + lateral[n];
        const real inner_3 = mem_1 - threshold_1 + bias[n];
        const real inner_4 = spike_fn(inner_3);
        const real spikes = quant_fn(inner_4);
        mem_2[n] = mem_1 - spikes * threshold_1;
        prev_output_1[n] = spikes;
    }
}

static void backward_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size num_neurons = sizes[0];
    const real *restrict x = at[0];
    const real *restrict rho = at[1];
    const real *restrict threshold = at[2];
    const real *restrict adapt_weight = at[3];
    const real *restrict beta = at[4];
    const real *restrict bias = at[5];
    const real *restrict prev_output = at[7];
    const real *restrict mem = at[8];
    const real *restrict adapt_1 = at[9];
    const real *restrict lateral = at[12];
    const real *restrict d_spikes_out = at[13];
    const real *restrict d_prev_output = at[15];
    real *restrict d_mem = at[16];
    real *restrict d_x = at[17];
    real *restrict d_beta = at[21];
    real *restrict d_bias = at[22];
    real *restrict d_lateral = at[23];
    real *restrict inner_1 = at[24];
    real *restrict inner_2 = at[25];
    real *restrict d_threshold_1 = at[26];

    #pragma omp simd
    for (size n = 0; n < num_neurons; n++) {
        inner_1[n] = real_abs(prev_output[n]);
        inner_2[n] = 1 - rho[n];
        const real threshold_1 = threshold[n] + adapt_weight[n] * adapt_1[n];
        const real mem_1 = beta[n] * mem[n] + x[n] + lateral[n];
        const real inner_3 = mem_1 - threshold_1 + bias[n];
        const real inner_4 = spike_fn(inner_3);
        const real spikes = quant_fn(inner_4);
        real d_spikes = d_spikes_out[n];
        d_spikes += d_prev_output[n];
        d_spikes += -(d_mem[n] * threshold_1);
        d_threshold_1[n] = -(d_mem[n] * spikes);
        const real d_inner_3 = spike_fn_gradient(inner_3, quant_fn_gradient(inner_4, d_spikes));
        d_mem[n] += d_inner_3;
        d_threshold_1[n] += -d_inner_3;
        d_bias[n] += d_inner_3;
        d_beta[n] += d_mem[n] * mem[n];
        d_x[n] = d_mem[n];
        d_lateral[n] = d_mem[n];
        d_mem[n] = d_mem[n] * beta[n];
    }
}

static void backward_1(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size num_neurons = sizes[0];
    const real *restrict rho = at[1];
    const real *restrict adapt_weight = at[3];
    const real *restrict adapt = at[6];
    const real *restrict prev_output = at[7];
    const real *restrict adapt_1 = at[9];
    real *restrict d_adapt = at[14];
    real *restrict d_prev_output = at[15];
    real *restrict d_rho = at[18];
    real *restrict d_threshold = at[19];
    real *restrict d_adapt_weight = at[20];
    const real *restrict inner_1 = at[24];
    const real *restrict inner_2 = at[25];
    const real *restrict d_threshold_1 = at[26];

    #pragma omp simd
    for (size n = 0; n < num_neurons; n++) {
        d_threshold[n] += d_threshold_1[n];
        d_adapt_weight[n] += d_threshold_1[n] * adapt_1[n];
        d_adapt[n] += d_threshold_1[n] * adapt_weight[n];
        d_rho[n] += d_adapt[n] * adapt[n] - d_adapt[n] * inner_1[n];
        d_prev_output[n] += d_adapt[n] * inner_2[n] * sign(prev_output[n]);
        d_adapt[n] = d_adapt[n] * rho[n];
    }
}

static void forward_step(const struct sequence *s, const struct place *at, size rows)
{
    each_row(forward_0, s, at, rows);
    set(s, at, rows, 13, 1, (const int[]){-1});
    product(s, at, rows, 0, 7, 13, 13);
    each_row(forward_1, s, at, rows);
}

static void recompute_step(const struct sequence *s, const struct place *at, size rows)
{
    each_row(recompute_0, s, at, rows);
}

static void backward_step(const struct sequence *s, const struct place *at, size rows)
{
    each_row(backward_0, s, at, rows);
    product_back(s, at, rows, 0, 15, 23, 0);
    each_row(backward_1, s, at, rows);
}
