// Generated from spec/rnn.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: e300ed0e4210c3e3
// LSTM, long short-term memory.
// The recurrence of one timestep, for one sample. Arrays have the neurons last.
// Digest of the timestep: 17d45cf1f9c43509

// The number of elements of each array, for one sample; of the operand and of the result of each
// product.
static void measure(
    const size *sizes, size *forward, size *backward, size *inputs, size *outputs)
{
    const size out_features = sizes[0];
    forward[0] = out_features; // i_1
    forward[1] = out_features; // f_1
    forward[2] = out_features; // o_1
    forward[3] = out_features; // g_1
    forward[4] = out_features; // H
    forward[5] = out_features; // C
    forward[6] = out_features; // H_1
    forward[7] = out_features; // C_1
    forward[8] = out_features; // H_out
    forward[9] = out_features; // i
    forward[10] = out_features; // f
    forward[11] = out_features; // o
    forward[12] = out_features; // g
    backward[0] = out_features; // i_1
    backward[1] = out_features; // f_1
    backward[2] = out_features; // o_1
    backward[3] = out_features; // g_1
    backward[4] = out_features; // H
    backward[5] = out_features; // C
    backward[6] = out_features; // i
    backward[7] = out_features; // f
    backward[8] = out_features; // o
    backward[9] = out_features; // g
    backward[10] = out_features; // d_H_out
    backward[11] = out_features; // d_H
    backward[12] = out_features; // d_C
    backward[13] = out_features; // d_i_1
    backward[14] = out_features; // d_f_1
    backward[15] = out_features; // d_o_1
    backward[16] = out_features; // d_g_1
    backward[17] = out_features; // d_i
    backward[18] = out_features; // d_f
    backward[19] = out_features; // d_o
    backward[20] = out_features; // d_g
    inputs[0] = out_features;
    outputs[0] = out_features + out_features + out_features + out_features;
}

static void forward_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size out_features = sizes[0];
    const real *restrict C = at[5];
    real *restrict H_1 = at[6];
    real *restrict C_1 = at[7];
    real *restrict H_out = at[8];
    const real *restrict i_ = at[9];
    const real *restrict f = at[10];
    const real *restrict o = at[11];
    const real *restrict g = at[12];

    #pragma omp simd
    for (size n = 0; n < out_features; n++) {
        C_1[n] = sigmoid(f[n]) * C[n] + sigmoid(i_[n]) * real_tanh(g[n]);
        H_1[n] = sigmoid(o[n]) * real_tanh(C_1[n]);
        H_out[n] = H_1[n];
    }
}

static void backward_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size out_features = sizes[0];
    const real *restrict C = at[5];
    const real *restrict i_ = at[6];
    const real *restrict f = at[7];
    const real *restrict o = at[8];
    const real *restrict g = at[9];
    const real *restrict d_H_out = at[10];
    real *restrict d_H = at[11];
    real *restrict d_C = at[12];
    real *restrict d_f_1 = at[14];
    real *restrict d_o_1 = at[15];
    real *restrict d_g_1 = at[16];
    real *restrict d_i = at[17];
    real *restrict d_f = at[18];
    real *restrict d_o = at[19];
    real *restrict d_g = at[20];

    #pragma omp simd
    for (size n = 0; n < out_features; n++) {
        const real inner_1 = real_tanh(g[n]);
        const real inner_2 = sigmoid(i_[n]);
        const real inner_3 = sigmoid(f[n]);
        const real C_1 = inner_3 * C[n] + inner_2 * inner_1;
        const real inner_4 = real_tanh(C_1);
        const real inner_5 = sigmoid(o[n]);
        d_H[n] += d_H_out[n];
        d_o[n] = d_H[n] * inner_4 * (1 - inner_5) * inner_5;
        d_C[n] += d_H[n] * inner_5 * (1 - inner_4 * inner_4);
        d_f[n] = d_C[n] * C[n] * (1 - inner_3) * inner_3;
        d_i[n] = d_C[n] * inner_1 * (1 - inner_2) * inner_2;
        d_g[n] = d_C[n] * inner_2 * (1 - inner_1 * inner_1);
        d_C[n] = d_C[n] * inner_3;
        d_g_1[n] = d_g[n];
        d_o_1[n] = d_o[n];
        d_f_1[n] = d_f[n];
    }
}

static void backward_1(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size out_features = sizes[0];
    real *restrict d_i_1 = at[13];
    const real *restrict d_i = at[17];

    #pragma omp simd
    for (size n = 0; n < out_features; n++) {
        d_i_1[n] = d_i[n];
    }
}

static void forward_step(
    const struct sequence *s, const struct place *at, size rows, int again)
{
    product(s, at, rows, again, 0, 4, 9, 4,
        (const int[]){0, 1, 2, 3});
    each_row(forward_0, s, at, rows);
}

static void backward_step(const struct sequence *s, const struct place *at, size rows)
{
    each_row(backward_0, s, at, rows);
    product_back(s, at, rows, 0, 11, 17, 4, 0);
    each_row(backward_1, s, at, rows);
}
