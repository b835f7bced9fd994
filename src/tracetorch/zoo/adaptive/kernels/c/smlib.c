// Generated from spec/zoo/adaptive.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: c408d49d7f56e647
// SMLIB, synaptic fully recurrent leaky integrator with binary firing.
// The recurrence of one timestep, for one sample. Arrays have the neurons last.
// Digest of the timestep: 8cdcfb423ab542c2

// The number of elements of each array, for one sample; of the operand and of the result of each
// product.
static void measure(
    const size *sizes, size *forward, size *recompute, size *backward, size *inputs, size *outputs)
{
    const size num_neurons = sizes[0];
    forward[0] = num_neurons; // x
    forward[1] = num_neurons; // alpha
    forward[2] = num_neurons; // beta
    forward[3] = num_neurons; // threshold
    forward[4] = num_neurons; // bias
    forward[5] = num_neurons; // syn
    forward[6] = num_neurons; // prev_output
    forward[7] = num_neurons; // mem
    forward[8] = num_neurons; // syn_1
    forward[9] = num_neurons; // prev_output_1
    forward[10] = num_neurons; // mem_2
    forward[11] = num_neurons; // spikes_out
    forward[12] = num_neurons; // lateral
    recompute[0] = num_neurons; // x
    recompute[1] = num_neurons; // alpha
    recompute[2] = num_neurons; // beta
    recompute[3] = num_neurons; // threshold
    recompute[4] = num_neurons; // bias
    recompute[5] = num_neurons; // syn
    recompute[6] = num_neurons; // prev_output
    recompute[7] = num_neurons; // mem
    recompute[8] = num_neurons; // syn_1
    recompute[9] = num_neurons; // prev_output_1
    recompute[10] = num_neurons; // mem_2
    recompute[11] = num_neurons; // lateral
    backward[0] = num_neurons; // x
    backward[1] = num_neurons; // alpha
    backward[2] = num_neurons; // beta
    backward[3] = num_neurons; // threshold
    backward[4] = num_neurons; // bias
    backward[5] = num_neurons; // syn
    backward[6] = num_neurons; // prev_output
    backward[7] = num_neurons; // mem
    backward[8] = num_neurons; // syn_1
    backward[9] = num_neurons; // prev_output_1
    backward[10] = num_neurons; // mem_2
    backward[11] = num_neurons; // lateral
    backward[12] = num_neurons; // d_spikes_out
    backward[13] = num_neurons; // d_syn
    backward[14] = num_neurons; // d_prev_output
    backward[15] = num_neurons; // d_mem
    backward[16] = num_neurons; // d_x
    backward[17] = num_neurons; // d_alpha
    backward[18] = num_neurons; // d_beta
    backward[19] = num_neurons; // d_threshold
    backward[20] = num_neurons; // d_bias
    backward[21] = num_neurons; // d_lateral
    backward[22] = num_neurons; // inner_1
    inputs[0] = num_neurons;
    outputs[0] = num_neurons;
}

static void forward_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size num_neurons = sizes[0];
    const real *restrict x = at[0];
    const real *restrict alpha = at[1];
    const real *restrict syn = at[5];
    real *restrict syn_1 = at[8];

    #pragma omp simd
    for (size n = 0; n < num_neurons; n++) {
        syn_1[n] = alpha[n] * syn[n] + (1 - alpha[n]) * x[n];
    }
}

static void forward_1(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size num_neurons = sizes[0];
    const real *restrict beta = at[2];
    const real *restrict threshold = at[3];
    const real *restrict bias = at[4];
    const real *restrict mem = at[7];
    const real *restrict syn_1 = at[8];
    real *restrict prev_output_1 = at[9];
    real *restrict mem_2 = at[10];
    real *restrict spikes_out = at[11];
    const real *restrict lateral = at[12];

    #pragma omp simd
    for (size n = 0; n < num_neurons; n++) {
        const real mem_1 = beta[n] * mem[n] + syn_1[n] + lateral[n];
        const real spikes = quant_fn(spike_fn(mem_1 - threshold[n] + bias[n]));
        mem_2[n] = mem_1 - spikes * threshold[n];
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
    const real *restrict beta = at[2];
    const real *restrict threshold = at[3];
    const real *restrict bias = at[4];
    const real *restrict syn = at[5];
    const real *restrict mem = at[7];
    real *restrict syn_1 = at[8];
    real *restrict mem_2 = at[10];
    const real *restrict lateral = at[11];

    #pragma omp simd
    for (size n = 0; n < num_neurons; n++) {
        const real inner_1 = 1 - alpha[n];
        syn_1[n] = alpha[n] * syn[n] + inner_1 * x[n];
        const real mem_1 = beta[n] * mem[n] + syn_1[n] + lateral[n];
        const real inner_2 = mem_1 - threshold[n] + bias[n];
        const real inner_3 = spike_fn(inner_2);
        const real spikes = quant_fn(inner_3);
        mem_2[n] = mem_1 - spikes * threshold[n];
    }
}

static void backward_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size num_neurons = sizes[0];
    const real *restrict alpha = at[1];
    const real *restrict beta = at[2];
    const real *restrict threshold = at[3];
    const real *restrict bias = at[4];
    const real *restrict mem = at[7];
    const real *restrict syn_1 = at[8];
    const real *restrict lateral = at[11];
    const real *restrict d_spikes_out = at[12];
    real *restrict d_syn = at[13];
    const real *restrict d_prev_output = at[14];
    real *restrict d_mem = at[15];
    real *restrict d_beta = at[18];
    real *restrict d_threshold = at[19];
    real *restrict d_bias = at[20];
    real *restrict d_lateral = at[21];
    real *restrict inner_1 = at[22];

    #pragma omp simd
    for (size n = 0; n < num_neurons; n++) {
        inner_1[n] = 1 - alpha[n];
        const real mem_1 = beta[n] * mem[n] + syn_1[n] + lateral[n];
        const real inner_2 = mem_1 - threshold[n] + bias[n];
        const real inner_3 = spike_fn(inner_2);
        const real spikes = quant_fn(inner_3);
        real d_spikes = d_spikes_out[n];
        d_spikes += d_prev_output[n];
        d_spikes += -(d_mem[n] * threshold[n]);
        d_threshold[n] += -(d_mem[n] * spikes);
        const real d_inner_2 = spike_fn_gradient(inner_2, quant_fn_gradient(inner_3, d_spikes));
        d_mem[n] += d_inner_2;
        d_threshold[n] += -d_inner_2;
        d_bias[n] += d_inner_2;
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
    const real *restrict syn = at[5];
    real *restrict d_syn = at[13];
    real *restrict d_x = at[16];
    real *restrict d_alpha = at[17];
    const real *restrict inner_1 = at[22];

    #pragma omp simd
    for (size n = 0; n < num_neurons; n++) {
        d_alpha[n] += d_syn[n] * syn[n] - d_syn[n] * x[n];
        d_x[n] = d_syn[n] * inner_1[n];
        d_syn[n] = d_syn[n] * alpha[n];
    }
}

static void forward_step(const struct sequence *s, const struct place *at, size rows)
{
    each_row(forward_0, s, at, rows);
    set(s, at, rows, 12, 1, (const int[]){-1});
    product(s, at, rows, 0, 6, 12, 12);
    each_row(forward_1, s, at, rows);
}

static void recompute_step(const struct sequence *s, const struct place *at, size rows)
{
    each_row(recompute_0, s, at, rows);
}

static void backward_step(const struct sequence *s, const struct place *at, size rows)
{
    each_row(backward_0, s, at, rows);
    product_back(s, at, rows, 0, 14, 21, 0);
    each_row(backward_1, s, at, rows);
}
