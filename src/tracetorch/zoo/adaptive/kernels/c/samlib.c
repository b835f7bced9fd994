// Generated from spec/zoo/adaptive.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 6eb2a74fc52f5c4a
// SAMLIB, synaptic adaptive fully recurrent leaky integrator with binary firing.
// The recurrence of one timestep, for one sample. Arrays have the neurons last.
// Digest of the timestep: 4ac76e49fba57973

// The number of elements of each array, for one sample; of the operand and of the result of each
// product.
static void measure(
    const size *sizes, size *forward, size *recompute, size *backward, size *inputs, size *outputs)
{
    const size num_neurons = sizes[0];
    forward[0] = num_neurons; // x
    forward[1] = num_neurons; // alpha
    forward[2] = num_neurons; // rho
    forward[3] = num_neurons; // threshold
    forward[4] = num_neurons; // adapt_weight
    forward[5] = num_neurons; // beta
    forward[6] = num_neurons; // bias
    forward[7] = num_neurons; // syn
    forward[8] = num_neurons; // adapt
    forward[9] = num_neurons; // prev_output
    forward[10] = num_neurons; // mem
    forward[11] = num_neurons; // syn_1
    forward[12] = num_neurons; // adapt_1
    forward[13] = num_neurons; // prev_output_1
    forward[14] = num_neurons; // mem_2
    forward[15] = num_neurons; // spikes_out
    forward[16] = num_neurons; // lateral
    forward[17] = num_neurons; // threshold_1
    recompute[0] = num_neurons; // x
    recompute[1] = num_neurons; // alpha
    recompute[2] = num_neurons; // rho
    recompute[3] = num_neurons; // threshold
    recompute[4] = num_neurons; // adapt_weight
    recompute[5] = num_neurons; // beta
    recompute[6] = num_neurons; // bias
    recompute[7] = num_neurons; // syn
    recompute[8] = num_neurons; // adapt
    recompute[9] = num_neurons; // prev_output
    recompute[10] = num_neurons; // mem
    recompute[11] = num_neurons; // syn_1
    recompute[12] = num_neurons; // adapt_1
    recompute[13] = num_neurons; // prev_output_1
    recompute[14] = num_neurons; // mem_2
    recompute[15] = num_neurons; // lateral
    backward[0] = num_neurons; // x
    backward[1] = num_neurons; // alpha
    backward[2] = num_neurons; // rho
    backward[3] = num_neurons; // threshold
    backward[4] = num_neurons; // adapt_weight
    backward[5] = num_neurons; // beta
    backward[6] = num_neurons; // bias
    backward[7] = num_neurons; // syn
    backward[8] = num_neurons; // adapt
    backward[9] = num_neurons; // prev_output
    backward[10] = num_neurons; // mem
    backward[11] = num_neurons; // syn_1
    backward[12] = num_neurons; // adapt_1
    backward[13] = num_neurons; // prev_output_1
    backward[14] = num_neurons; // mem_2
    backward[15] = num_neurons; // lateral
    backward[16] = num_neurons; // d_spikes_out
    backward[17] = num_neurons; // d_syn
    backward[18] = num_neurons; // d_adapt
    backward[19] = num_neurons; // d_prev_output
    backward[20] = num_neurons; // d_mem
    backward[21] = num_neurons; // d_x
    backward[22] = num_neurons; // d_alpha
    backward[23] = num_neurons; // d_rho
    backward[24] = num_neurons; // d_threshold
    backward[25] = num_neurons; // d_adapt_weight
    backward[26] = num_neurons; // d_beta
    backward[27] = num_neurons; // d_bias
    backward[28] = num_neurons; // d_lateral
    backward[29] = num_neurons; // inner_1
    backward[30] = num_neurons; // inner_2
    backward[31] = num_neurons; // inner_3
    backward[32] = num_neurons; // d_threshold_1
    inputs[0] = num_neurons;
    outputs[0] = num_neurons;
}

static void forward_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size num_neurons = sizes[0];
    const real *restrict x = at[0];
    const real *restrict alpha = at[1];
    const real *restrict rho = at[2];
    const real *restrict threshold = at[3];
    const real *restrict adapt_weight = at[4];
    const real *restrict syn = at[7];
    const real *restrict adapt = at[8];
    const real *restrict prev_output = at[9];
    real *restrict syn_1 = at[11];
    real *restrict adapt_1 = at[12];
    real *restrict threshold_1 = at[17];

    #pragma omp simd
    for (size n = 0; n < num_neurons; n++) {
        syn_1[n] = alpha[n] * syn[n] + (1 - alpha[n]) * x[n];
        adapt_1[n] = rho[n] * adapt[n] + (1 - rho[n]) * real_abs(prev_output[n]);
        threshold_1[n] = threshold[n] + adapt_weight[n] * adapt_1[n];
    }
}

static void forward_1(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size num_neurons = sizes[0];
    const real *restrict beta = at[5];
    const real *restrict bias = at[6];
    const real *restrict mem = at[10];
    const real *restrict syn_1 = at[11];
    real *restrict prev_output_1 = at[13];
    real *restrict mem_2 = at[14];
    real *restrict spikes_out = at[15];
    const real *restrict lateral = at[16];
    const real *restrict threshold_1 = at[17];

    #pragma omp simd
    for (size n = 0; n < num_neurons; n++) {
        const real mem_1 = beta[n] * mem[n] + syn_1[n] + lateral[n];
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
    const real *restrict alpha = at[1];
    const real *restrict rho = at[2];
    const real *restrict threshold = at[3];
    const real *restrict adapt_weight = at[4];
    const real *restrict beta = at[5];
    const real *restrict bias = at[6];
    const real *restrict syn = at[7];
    const real *restrict adapt = at[8];
    const real *restrict prev_output = at[9];
    const real *restrict mem = at[10];
    real *restrict syn_1 = at[11];
    real *restrict adapt_1 = at[12];
    real *restrict prev_output_1 = at[13];
    real *restrict mem_2 = at[14];
    const real *restrict lateral = at[15];

    #pragma omp simd
    for (size n = 0; n < num_neurons; n++) {
        const real inner_1 = 1 - alpha[n];
        syn_1[n] = alpha[n] * syn[n] + inner_1 * x[n];
        const real inner_2 = real_abs(prev_output[n]);
        const real inner_3 = 1 - rho[n];
        adapt_1[n] = rho[n] * adapt[n] + inner_3 * inner_2;
        const real threshold_1 = threshold[n] + adapt_weight[n] * adapt_1[n];
        const real mem_1 = beta[n] * mem[n] + syn_1[n] + lateral[n];
        const real inner_4 = mem_1 - threshold_1 + bias[n];
        const real inner_5 = spike_fn(inner_4);
        const real spikes = quant_fn(inner_5);
        mem_2[n] = mem_1 - spikes * threshold_1;
        prev_output_1[n] = spikes;
    }
}

static void backward_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size num_neurons = sizes[0];
    const real *restrict alpha = at[1];
    const real *restrict rho = at[2];
    const real *restrict threshold = at[3];
    const real *restrict adapt_weight = at[4];
    const real *restrict beta = at[5];
    const real *restrict bias = at[6];
    const real *restrict prev_output = at[9];
    const real *restrict mem = at[10];
    const real *restrict syn_1 = at[11];
    const real *restrict adapt_1 = at[12];
    const real *restrict lateral = at[15];
    const real *restrict d_spikes_out = at[16];
    real *restrict d_syn = at[17];
    const real *restrict d_prev_output = at[19];
    real *restrict d_mem = at[20];
    real *restrict d_beta = at[26];
    real *restrict d_bias = at[27];
    real *restrict d_lateral = at[28];
    real *restrict inner_1 = at[29];
    real *restrict inner_2 = at[30];
    real *restrict inner_3 = at[31];
    real *restrict d_threshold_1 = at[32];

    #pragma omp simd
    for (size n = 0; n < num_neurons; n++) {
        inner_1[n] = 1 - alpha[n];
        inner_2[n] = real_abs(prev_output[n]);
        inner_3[n] = 1 - rho[n];
        const real threshold_1 = threshold[n] + adapt_weight[n] * adapt_1[n];
        const real mem_1 = beta[n] * mem[n] + syn_1[n] + lateral[n];
        const real inner_4 = mem_1 - threshold_1 + bias[n];
        const real inner_5 = spike_fn(inner_4);
        const real spikes = quant_fn(inner_5);
        real d_spikes = d_spikes_out[n];
        d_spikes += d_prev_output[n];
        d_spikes += -(d_mem[n] * threshold_1);
        d_threshold_1[n] = -(d_mem[n] * spikes);
        const real d_inner_4 = spike_fn_gradient(inner_4, quant_fn_gradient(inner_5, d_spikes));
        d_mem[n] += d_inner_4;
        d_threshold_1[n] += -d_inner_4;
        d_bias[n] += d_inner_4;
        d_beta[n] += d_mem[n] * mem[n];
        d_syn[n] += d_mem[n];
        d_lateral[n] = d_mem[n];
        d_mem[n] = d_mem[n] * beta[n];
    }
}

static void backward_1(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size num_neurons = sizes[0];
    const real *restrict x = at[0];
    const real *restrict alpha = at[1];
    const real *restrict rho = at[2];
    const real *restrict adapt_weight = at[4];
    const real *restrict syn = at[7];
    const real *restrict adapt = at[8];
    const real *restrict prev_output = at[9];
    const real *restrict adapt_1 = at[12];
    real *restrict d_syn = at[17];
    real *restrict d_adapt = at[18];
    real *restrict d_prev_output = at[19];
    real *restrict d_x = at[21];
    real *restrict d_alpha = at[22];
    real *restrict d_rho = at[23];
    real *restrict d_threshold = at[24];
    real *restrict d_adapt_weight = at[25];
    const real *restrict inner_1 = at[29];
    const real *restrict inner_2 = at[30];
    const real *restrict inner_3 = at[31];
    const real *restrict d_threshold_1 = at[32];

    #pragma omp simd
    for (size n = 0; n < num_neurons; n++) {
        d_threshold[n] += d_threshold_1[n];
        d_adapt_weight[n] += d_threshold_1[n] * adapt_1[n];
        d_adapt[n] += d_threshold_1[n] * adapt_weight[n];
        d_rho[n] += d_adapt[n] * adapt[n] - d_adapt[n] * inner_2[n];
        d_prev_output[n] += d_adapt[n] * inner_3[n] * sign(prev_output[n]);
        d_adapt[n] = d_adapt[n] * rho[n];
        d_alpha[n] += d_syn[n] * syn[n] - d_syn[n] * x[n];
        d_x[n] = d_syn[n] * inner_1[n];
        d_syn[n] = d_syn[n] * alpha[n];
    }
}

static void forward_step(const struct sequence *s, const struct place *at, size rows)
{
    each_row(forward_0, s, at, rows);
    set(s, at, rows, 16, 1, (const int[]){-1});
    product(s, at, rows, 0, 9, 16, 16);
    each_row(forward_1, s, at, rows);
}

static void recompute_step(const struct sequence *s, const struct place *at, size rows)
{
    each_row(recompute_0, s, at, rows);
}

static void backward_step(const struct sequence *s, const struct place *at, size rows)
{
    each_row(backward_0, s, at, rows);
    product_back(s, at, rows, 0, 19, 28, 0);
    each_row(backward_1, s, at, rows);
}
