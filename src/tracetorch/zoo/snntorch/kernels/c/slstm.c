// Generated from spec/zoo/peers/snntorch.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: a17c11b44755b650
// SLSTM, spiking long short-term memory of snnTorch.
// The recurrence of one timestep, for one sample. Arrays have the neurons last.
// Digest of the timestep: a8511df80cfe2f28

// The number of elements of each array, for one sample; of the operand and of the result of each
// product.
static void measure(
    const size *sizes, size *forward, size *recompute, size *backward, size *inputs, size *outputs)
{
    const size hidden_size = sizes[0];
    forward[0] = hidden_size; // i_2
    forward[1] = hidden_size; // f_2
    forward[2] = hidden_size; // g_2
    forward[3] = hidden_size; // o_2
    forward[4] = hidden_size; // i_1
    forward[5] = hidden_size; // f_1
    forward[6] = hidden_size; // g_1
    forward[7] = hidden_size; // o_1
    forward[8] = hidden_size; // threshold
    forward[9] = hidden_size; // syn
    forward[10] = hidden_size; // mem
    forward[11] = hidden_size; // syn_1
    forward[12] = hidden_size; // mem_1
    forward[13] = hidden_size; // spikes_out
    forward[14] = hidden_size; // i_3
    forward[15] = hidden_size; // f_3
    forward[16] = hidden_size; // g_3
    forward[17] = hidden_size; // o_3
    recompute[0] = hidden_size; // i_2
    recompute[1] = hidden_size; // f_2
    recompute[2] = hidden_size; // g_2
    recompute[3] = hidden_size; // o_2
    recompute[4] = hidden_size; // i_1
    recompute[5] = hidden_size; // f_1
    recompute[6] = hidden_size; // g_1
    recompute[7] = hidden_size; // o_1
    recompute[8] = hidden_size; // threshold
    recompute[9] = hidden_size; // syn
    recompute[10] = hidden_size; // mem
    recompute[11] = hidden_size; // syn_1
    recompute[12] = hidden_size; // mem_1
    recompute[13] = hidden_size; // i_3
    recompute[14] = hidden_size; // f_3
    recompute[15] = hidden_size; // g_3
    recompute[16] = hidden_size; // o_3
    backward[0] = hidden_size; // i_2
    backward[1] = hidden_size; // f_2
    backward[2] = hidden_size; // g_2
    backward[3] = hidden_size; // o_2
    backward[4] = hidden_size; // i_1
    backward[5] = hidden_size; // f_1
    backward[6] = hidden_size; // g_1
    backward[7] = hidden_size; // o_1
    backward[8] = hidden_size; // threshold
    backward[9] = hidden_size; // syn
    backward[10] = hidden_size; // mem
    backward[11] = hidden_size; // syn_1
    backward[12] = hidden_size; // mem_1
    backward[13] = hidden_size; // i_3
    backward[14] = hidden_size; // f_3
    backward[15] = hidden_size; // g_3
    backward[16] = hidden_size; // o_3
    backward[17] = hidden_size; // d_spikes_out
    backward[18] = hidden_size; // d_syn
    backward[19] = hidden_size; // d_mem
    backward[20] = hidden_size; // d_i_2
    backward[21] = hidden_size; // d_f_2
    backward[22] = hidden_size; // d_g_2
    backward[23] = hidden_size; // d_o_2
    backward[24] = hidden_size; // d_i_1
    backward[25] = hidden_size; // d_f_1
    backward[26] = hidden_size; // d_g_1
    backward[27] = hidden_size; // d_o_1
    backward[28] = hidden_size; // d_threshold
    backward[29] = hidden_size; // d_i_3
    backward[30] = hidden_size; // d_f_3
    backward[31] = hidden_size; // d_g_3
    backward[32] = hidden_size; // d_o_3
    inputs[0] = hidden_size;
    outputs[0] = hidden_size + hidden_size + hidden_size + hidden_size;
}

static void forward_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size hidden_size = sizes[0];
    const real *restrict i_2 = at[0];
    const real *restrict f_2 = at[1];
    const real *restrict g_2 = at[2];
    const real *restrict o_2 = at[3];
    const real *restrict i_1 = at[4];
    const real *restrict f_1 = at[5];
    const real *restrict g_1 = at[6];
    const real *restrict o_1 = at[7];
    const real *restrict threshold = at[8];
    const real *restrict syn = at[9];
    real *restrict syn_1 = at[11];
    real *restrict mem_1 = at[12];
    real *restrict spikes_out = at[13];
    const real *restrict i_3 = at[14];
    const real *restrict f_3 = at[15];
    const real *restrict g_3 = at[16];
    const real *restrict o_3 = at[17];

    #pragma omp simd
    for (size n = 0; n < hidden_size; n++) {
        const real i_ = i_3[n] + i_1[n];
        const real f = f_3[n] + f_1[n];
        const real g = g_3[n] + g_1[n];
        const real o = o_3[n] + o_1[n];
        const real i_4 = i_2[n] + i_;
        const real f_4 = f_2[n] + f;
        const real g_4 = g_2[n] + g;
        const real o_4 = o_2[n] + o;
        syn_1[n] = sigmoid(f_4) * syn[n] + sigmoid(i_4) * real_tanh(g_4);
        mem_1[n] = sigmoid(o_4) * real_tanh(syn_1[n]);
        const real spikes = quant_fn(spike_fn(mem_1[n] - threshold[n]));
        spikes_out[n] = spikes;
    }
}

static void recompute_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size hidden_size = sizes[0];
    const real *restrict i_2 = at[0];
    const real *restrict f_2 = at[1];
    const real *restrict g_2 = at[2];
    const real *restrict o_2 = at[3];
    const real *restrict i_1 = at[4];
    const real *restrict f_1 = at[5];
    const real *restrict g_1 = at[6];
    const real *restrict o_1 = at[7];
    const real *restrict syn = at[9];
    real *restrict syn_1 = at[11];
    real *restrict mem_1 = at[12];
    const real *restrict i_3 = at[13];
    const real *restrict f_3 = at[14];
    const real *restrict g_3 = at[15];
    const real *restrict o_3 = at[16];

    #pragma omp simd
    for (size n = 0; n < hidden_size; n++) {
        const real i_ = i_3[n] + i_1[n];
        const real f = f_3[n] + f_1[n];
        const real g = g_3[n] + g_1[n];
        const real o = o_3[n] + o_1[n];
        const real i_4 = i_2[n] + i_;
        const real f_4 = f_2[n] + f;
        const real g_4 = g_2[n] + g;
        const real o_4 = o_2[n] + o;
        const real inner_1 = real_tanh(g_4);
        const real inner_2 = sigmoid(i_4);
        const real inner_3 = sigmoid(f_4);
        syn_1[n] = inner_3 * syn[n] + inner_2 * inner_1;
        const real inner_4 = real_tanh(syn_1[n]);
        const real inner_5 = sigmoid(o_4);
        mem_1[n] = inner_5 * inner_4;
    }
}

static void backward_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size hidden_size = sizes[0];
    const real *restrict i_2 = at[0];
    const real *restrict f_2 = at[1];
    const real *restrict g_2 = at[2];
    const real *restrict o_2 = at[3];
    const real *restrict i_1 = at[4];
    const real *restrict f_1 = at[5];
    const real *restrict g_1 = at[6];
    const real *restrict o_1 = at[7];
    const real *restrict threshold = at[8];
    const real *restrict syn = at[9];
    const real *restrict syn_1 = at[11];
    const real *restrict mem_1 = at[12];
    const real *restrict i_3 = at[13];
    const real *restrict f_3 = at[14];
    const real *restrict g_3 = at[15];
    const real *restrict o_3 = at[16];
    const real *restrict d_spikes_out = at[17];
    real *restrict d_syn = at[18];
    real *restrict d_mem = at[19];
    real *restrict d_i_2 = at[20];
    real *restrict d_f_2 = at[21];
    real *restrict d_g_2 = at[22];
    real *restrict d_o_2 = at[23];
    real *restrict d_i_1 = at[24];
    real *restrict d_f_1 = at[25];
    real *restrict d_g_1 = at[26];
    real *restrict d_o_1 = at[27];
    real *restrict d_threshold = at[28];
    real *restrict d_i_3 = at[29];
    real *restrict d_f_3 = at[30];
    real *restrict d_g_3 = at[31];
    real *restrict d_o_3 = at[32];

    #pragma omp simd
    for (size n = 0; n < hidden_size; n++) {
        const real i_ = i_3[n] + i_1[n];
        const real f = f_3[n] + f_1[n];
        const real g = g_3[n] + g_1[n];
        const real o = o_3[n] + o_1[n];
        const real i_4 = i_2[n] + i_;
        const real f_4 = f_2[n] + f;
        const real g_4 = g_2[n] + g;
        const real o_4 = o_2[n] + o;
        const real inner_1 = real_tanh(g_4);
        const real inner_2 = sigmoid(i_4);
        const real inner_3 = sigmoid(f_4);
        const real inner_4 = real_tanh(syn_1[n]);
        const real inner_5 = sigmoid(o_4);
        const real inner_6 = mem_1[n] - threshold[n];
        const real inner_7 = spike_fn(inner_6);
        const real d_spikes = d_spikes_out[n];
        const real d_inner_6 = spike_fn_gradient(inner_6, quant_fn_gradient(inner_7, d_spikes));
        d_mem[n] += d_inner_6;
        d_threshold[n] += -d_inner_6;
        const real d_o_4 = d_mem[n] * inner_4 * (1 - inner_5) * inner_5;
        d_syn[n] += d_mem[n] * inner_5 * (1 - inner_4 * inner_4);
        const real d_f_4 = d_syn[n] * syn[n] * (1 - inner_3) * inner_3;
        const real d_i_4 = d_syn[n] * inner_1 * (1 - inner_2) * inner_2;
        const real d_g_4 = d_syn[n] * inner_2 * (1 - inner_1 * inner_1);
        d_syn[n] = d_syn[n] * inner_3;
        d_o_2[n] = d_o_4;
        const real d_o = d_o_4;
        d_g_2[n] = d_g_4;
        const real d_g = d_g_4;
        d_f_2[n] = d_f_4;
        const real d_f = d_f_4;
        d_i_2[n] = d_i_4;
        const real d_i = d_i_4;
        d_o_3[n] = d_o;
        d_o_1[n] += d_o;
        d_g_3[n] = d_g;
        d_g_1[n] += d_g;
        d_f_3[n] = d_f;
        d_f_1[n] += d_f;
        d_i_3[n] = d_i;
        d_i_1[n] += d_i;
    }
}

static void forward_step(const struct sequence *s, const struct place *at, size rows)
{
    set(s, at, rows, 14, 4, (const int[]){-1, -1, -1, -1});
    product(s, at, rows, 0, 10, 14, 14);
    each_row(forward_0, s, at, rows);
}

static void recompute_step(const struct sequence *s, const struct place *at, size rows)
{
    each_row(recompute_0, s, at, rows);
}

static void backward_step(const struct sequence *s, const struct place *at, size rows)
{
    each_row(backward_0, s, at, rows);
    product_back(s, at, rows, 0, 19, 29, 0);
}
