// Generated from spec/zoo/peers/sinabs.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 4ff032a4d1175b62
// ALIFRecurrent, recurrent adaptive leaky integrate-and-fire neuron of Sinabs.
// The recurrence of one timestep, for one sample. Arrays have the neurons last.
// Digest of the timestep: 44c56fa498b01630

// The number of elements of each array, for one sample; of the operand and of the result of each
// product.
static void measure(
    const size *sizes, size *forward, size *recompute, size *backward, size *inputs, size *outputs)
{
    const size num_neurons = sizes[0];
    forward[0] = num_neurons; // x
    forward[1] = num_neurons; // alpha_mem
    forward[2] = num_neurons; // spike_threshold
    forward[3] = num_neurons; // adapt_scale
    forward[4] = num_neurons; // b_1
    forward[5] = num_neurons; // b_2
    forward[6] = num_neurons; // rec_connect_bias
    forward[7] = num_neurons; // v_mem
    forward[8] = num_neurons; // b
    forward[9] = num_neurons; // own_rec_out
    forward[10] = num_neurons; // v_mem_2
    forward[11] = num_neurons; // b_3
    forward[12] = num_neurons; // own_rec_out_1
    forward[13] = num_neurons; // spikes_out
    forward[14] = num_neurons; // rec_out_1
    forward[15] = num_neurons; // spikes
    recompute[0] = num_neurons; // x
    recompute[1] = num_neurons; // alpha_mem
    recompute[2] = num_neurons; // spike_threshold
    recompute[3] = num_neurons; // adapt_scale
    recompute[4] = num_neurons; // b_1
    recompute[5] = num_neurons; // b_2
    recompute[6] = num_neurons; // rec_connect_bias
    recompute[7] = num_neurons; // v_mem
    recompute[8] = num_neurons; // b
    recompute[9] = num_neurons; // own_rec_out
    recompute[10] = num_neurons; // v_mem_2
    recompute[11] = num_neurons; // b_3
    recompute[12] = num_neurons; // own_rec_out_1
    recompute[13] = num_neurons; // rec_out_1
    backward[0] = num_neurons; // x
    backward[1] = num_neurons; // alpha_mem
    backward[2] = num_neurons; // spike_threshold
    backward[3] = num_neurons; // adapt_scale
    backward[4] = num_neurons; // b_1
    backward[5] = num_neurons; // b_2
    backward[6] = num_neurons; // rec_connect_bias
    backward[7] = num_neurons; // v_mem
    backward[8] = num_neurons; // b
    backward[9] = num_neurons; // own_rec_out
    backward[10] = num_neurons; // v_mem_2
    backward[11] = num_neurons; // b_3
    backward[12] = num_neurons; // own_rec_out_1
    backward[13] = num_neurons; // rec_out_1
    backward[14] = num_neurons; // d_spikes_out
    backward[15] = num_neurons; // d_v_mem
    backward[16] = num_neurons; // d_b
    backward[17] = num_neurons; // d_own_rec_out
    backward[18] = num_neurons; // d_x
    backward[19] = num_neurons; // d_alpha_mem
    backward[20] = num_neurons; // d_spike_threshold
    backward[21] = num_neurons; // d_adapt_scale
    backward[22] = num_neurons; // d_b_1
    backward[23] = num_neurons; // d_b_2
    backward[24] = num_neurons; // d_rec_connect_bias
    backward[25] = num_neurons; // d_rec_out_1
    backward[26] = num_neurons; // inner_1
    backward[27] = num_neurons; // inner_2
    backward[28] = num_neurons; // threshold_now
    backward[29] = num_neurons; // inner_3
    backward[30] = num_neurons; // inner_5
    backward[31] = num_neurons; // inner_6
    backward[32] = num_neurons; // spikes
    backward[33] = num_neurons; // d_spikes
    inputs[0] = num_neurons;
    outputs[0] = num_neurons;
}

static void forward_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size num_neurons = sizes[0];
    const real *restrict x = at[0];
    const real *restrict alpha_mem = at[1];
    const real *restrict spike_threshold = at[2];
    const real *restrict adapt_scale = at[3];
    const real *restrict b_1 = at[4];
    const real *restrict b_2 = at[5];
    const real *restrict v_mem = at[7];
    const real *restrict b = at[8];
    const real *restrict own_rec_out = at[9];
    real *restrict v_mem_2 = at[10];
    real *restrict b_3 = at[11];
    real *restrict spikes = at[15];

    #pragma omp simd
    for (size n = 0; n < num_neurons; n++) {
        const real v_mem_1 = alpha_mem[n] * v_mem[n] + (1 - alpha_mem[n]) * (x[n] + own_rec_out[n]);
        const real threshold_now = spike_threshold[n] + adapt_scale[n] * b[n];
        spikes[n] = 1 - quant_fn(spike_fn(1 - v_mem_1 / (threshold_now)));
        v_mem_2[n] = v_mem_1 - spikes[n] * threshold_now;
        b_3[n] = b_1[n] * b[n] + b_2[n] * spikes[n];
    }
}

static void forward_1(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size num_neurons = sizes[0];
    const real *restrict rec_connect_bias = at[6];
    real *restrict own_rec_out_1 = at[12];
    real *restrict spikes_out = at[13];
    const real *restrict rec_out_1 = at[14];
    const real *restrict spikes = at[15];

    #pragma omp simd
    for (size n = 0; n < num_neurons; n++) {
        own_rec_out_1[n] = rec_out_1[n] + rec_connect_bias[n];
        spikes_out[n] = spikes[n];
    }
}

static void recompute_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size num_neurons = sizes[0];
    const real *restrict x = at[0];
    const real *restrict alpha_mem = at[1];
    const real *restrict spike_threshold = at[2];
    const real *restrict adapt_scale = at[3];
    const real *restrict b_1 = at[4];
    const real *restrict b_2 = at[5];
    const real *restrict rec_connect_bias = at[6];
    const real *restrict v_mem = at[7];
    const real *restrict b = at[8];
    const real *restrict own_rec_out = at[9];
    real *restrict v_mem_2 = at[10];
    real *restrict b_3 = at[11];
    real *restrict own_rec_out_1 = at[12];
    const real *restrict rec_out_1 = at[13];

    #pragma omp simd
    for (size n = 0; n < num_neurons; n++) {
        const real inner_1 = x[n] + own_rec_out[n];
        const real inner_2 = 1 - alpha_mem[n];
        const real v_mem_1 = alpha_mem[n] * v_mem[n] + inner_2 * inner_1;
        const real threshold_now = spike_threshold[n] + adapt_scale[n] * b[n];
        const real inner_3 = (threshold_now);
        const real inner_4 = v_mem_1 / inner_3;
        const real inner_5 = 1 - inner_4;
        const real inner_6 = spike_fn(inner_5);
        const real spikes = 1 - quant_fn(inner_6);
        v_mem_2[n] = v_mem_1 - spikes * threshold_now;
        b_3[n] = b_1[n] * b[n] + b_2[n] * spikes;
        own_rec_out_1[n] = rec_out_1[n] + rec_connect_bias[n];
    }
}

static void backward_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size num_neurons = sizes[0];
    const real *restrict x = at[0];
    const real *restrict alpha_mem = at[1];
    const real *restrict spike_threshold = at[2];
    const real *restrict adapt_scale = at[3];
    const real *restrict v_mem = at[7];
    const real *restrict b = at[8];
    const real *restrict own_rec_out = at[9];
    const real *restrict d_spikes_out = at[14];
    const real *restrict d_own_rec_out = at[17];
    real *restrict d_rec_connect_bias = at[24];
    real *restrict d_rec_out_1 = at[25];
    real *restrict inner_1 = at[26];
    real *restrict inner_2 = at[27];
    real *restrict threshold_now = at[28];
    real *restrict inner_3 = at[29];
    real *restrict inner_5 = at[30];
    real *restrict inner_6 = at[31];
    real *restrict spikes = at[32];
    real *restrict d_spikes = at[33];

    #pragma omp simd
    for (size n = 0; n < num_neurons; n++) {
        inner_1[n] = x[n] + own_rec_out[n];
        inner_2[n] = 1 - alpha_mem[n];
        const real v_mem_1 = alpha_mem[n] * v_mem[n] + inner_2[n] * inner_1[n];
        threshold_now[n] = spike_threshold[n] + adapt_scale[n] * b[n];
        inner_3[n] = (threshold_now[n]);
        const real inner_4 = v_mem_1 / inner_3[n];
        inner_5[n] = 1 - inner_4;
        inner_6[n] = spike_fn(inner_5[n]);
        spikes[n] = 1 - quant_fn(inner_6[n]);
        d_spikes[n] = d_spikes_out[n];
        d_rec_out_1[n] = d_own_rec_out[n];
        d_rec_connect_bias[n] += d_own_rec_out[n];
    }
}

static void backward_1(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size num_neurons = sizes[0];
    const real *restrict alpha_mem = at[1];
    const real *restrict adapt_scale = at[3];
    const real *restrict b_1 = at[4];
    const real *restrict b_2 = at[5];
    const real *restrict v_mem = at[7];
    const real *restrict b = at[8];
    real *restrict d_v_mem = at[15];
    real *restrict d_b = at[16];
    real *restrict d_own_rec_out = at[17];
    real *restrict d_x = at[18];
    real *restrict d_alpha_mem = at[19];
    real *restrict d_spike_threshold = at[20];
    real *restrict d_adapt_scale = at[21];
    real *restrict d_b_1 = at[22];
    real *restrict d_b_2 = at[23];
    const real *restrict inner_1 = at[26];
    const real *restrict inner_2 = at[27];
    const real *restrict threshold_now = at[28];
    const real *restrict inner_3 = at[29];
    const real *restrict inner_5 = at[30];
    const real *restrict inner_6 = at[31];
    const real *restrict spikes = at[32];
    real *restrict d_spikes = at[33];

    #pragma omp simd
    for (size n = 0; n < num_neurons; n++) {
        d_b_1[n] += d_b[n] * b[n];
        d_b_2[n] += d_b[n] * spikes[n];
        d_spikes[n] += d_b[n] * b_2[n];
        d_b[n] = d_b[n] * b_1[n];
        d_spikes[n] += -(d_v_mem[n] * threshold_now[n]);
        const real d_threshold_now = -(d_v_mem[n] * spikes[n]);
        const real d_inner_4 = -spike_fn_gradient(inner_5[n], quant_fn_gradient(inner_6[n],
            -d_spikes[n]));
        d_v_mem[n] += d_inner_4 / inner_3[n];
        d_spike_threshold[n] += d_threshold_now;
        d_adapt_scale[n] += d_threshold_now * b[n];
        d_b[n] += d_threshold_now * adapt_scale[n];
        const real d_inner_1 = d_v_mem[n] * inner_2[n];
        d_alpha_mem[n] += d_v_mem[n] * v_mem[n] - d_v_mem[n] * inner_1[n];
        d_x[n] = d_inner_1;
        d_own_rec_out[n] = d_inner_1;
        d_v_mem[n] = d_v_mem[n] * alpha_mem[n];
    }
}

static void forward_step(const struct sequence *s, const struct place *at, size rows)
{
    each_row(forward_0, s, at, rows);
    set(s, at, rows, 14, 1, (const int[]){-1});
    product(s, at, rows, 0, 15, 14, 14);
    each_row(forward_1, s, at, rows);
}

static void recompute_step(const struct sequence *s, const struct place *at, size rows)
{
    each_row(recompute_0, s, at, rows);
}

static void backward_step(const struct sequence *s, const struct place *at, size rows)
{
    each_row(backward_0, s, at, rows);
    product_back(s, at, rows, 0, 33, 25, 1);
    each_row(backward_1, s, at, rows);
}
