// Generated from spec/rnn.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 1acf4a0b88c341dc
// LSTM, long short-term memory.
// The recurrence of one timestep, for one sample. Arrays have the neurons last.
// Digest of the timestep: b6526f3408833b77

// The number of elements of each array, for one sample; of the operand and of the result of each
// product.
static void measure(
    const size *sizes, size *forward, size *recompute, size *backward, size *inputs, size *outputs)
{
    const size out_features = sizes[0];
    forward[0] = (4 * out_features); // mapped
    forward[1] = out_features; // H
    forward[2] = out_features; // C
    forward[3] = out_features; // H_1
    forward[4] = out_features; // C_1
    forward[5] = out_features; // H_out
    forward[6] = out_features; // i
    forward[7] = out_features; // f
    forward[8] = out_features; // o
    forward[9] = out_features; // g
    recompute[0] = (4 * out_features); // mapped
    recompute[1] = out_features; // H
    recompute[2] = out_features; // C
    recompute[3] = out_features; // H_1
    recompute[4] = out_features; // C_1
    recompute[5] = out_features; // i
    recompute[6] = out_features; // f
    recompute[7] = out_features; // o
    recompute[8] = out_features; // g
    backward[0] = (4 * out_features); // mapped
    backward[1] = out_features; // H
    backward[2] = out_features; // C
    backward[3] = out_features; // H_1
    backward[4] = out_features; // C_1
    backward[5] = out_features; // i
    backward[6] = out_features; // f
    backward[7] = out_features; // o
    backward[8] = out_features; // g
    backward[9] = out_features; // d_H_out
    backward[10] = out_features; // d_H
    backward[11] = out_features; // d_C
    backward[12] = (4 * out_features); // d_mapped
    backward[13] = out_features; // d_i
    backward[14] = out_features; // d_f
    backward[15] = out_features; // d_o
    backward[16] = out_features; // d_g
    inputs[0] = out_features;
    outputs[0] = out_features + out_features + out_features + out_features;
}

static void forward_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size out_features = sizes[0];
    const real *restrict C = at[2];
    real *restrict H_1 = at[3];
    real *restrict C_1 = at[4];
    real *restrict H_out = at[5];
    const real *restrict i_ = at[6];
    const real *restrict f = at[7];
    const real *restrict o = at[8];
    const real *restrict g = at[9];

    #pragma omp simd
    for (size n = 0; n < out_features; n++) {
        C_1[n] = sigmoid(f[n]) * C[n] + sigmoid(i_[n]) * real_tanh(g[n]);
        H_1[n] = sigmoid(o[n]) * real_tanh(C_1[n]);
        H_out[n] = H_1[n];
    }
}

static void recompute_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size out_features = sizes[0];
    const real *restrict C = at[2];
    real *restrict C_1 = at[4];
    const real *restrict i_ = at[5];
    const real *restrict f = at[6];
    const real *restrict g = at[8];

    #pragma omp simd
    for (size n = 0; n < out_features; n++) {
        const real inner_1 = real_tanh(g[n]);
        const real inner_2 = sigmoid(i_[n]);
        const real inner_3 = sigmoid(f[n]);
        C_1[n] = inner_3 * C[n] + inner_2 * inner_1;
    }
}

static void backward_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size out_features = sizes[0];
    const real *restrict C = at[2];
    const real *restrict C_1 = at[4];
    const real *restrict i_ = at[5];
    const real *restrict f = at[6];
    const real *restrict o = at[7];
    const real *restrict g = at[8];
    const real *restrict d_H_out = at[9];
    real *restrict d_H = at[10];
    real *restrict d_C = at[11];
    real *restrict d_i = at[13];
    real *restrict d_f = at[14];
    real *restrict d_o = at[15];
    real *restrict d_g = at[16];

    #pragma omp simd
    for (size n = 0; n < out_features; n++) {
        const real inner_1 = real_tanh(g[n]);
        const real inner_2 = sigmoid(i_[n]);
        const real inner_3 = sigmoid(f[n]);
        const real inner_4 = real_tanh(C_1[n]);
        const real inner_5 = sigmoid(o[n]);
        d_H[n] += d_H_out[n];
        d_o[n] = d_H[n] * inner_4 * (1 - inner_5) * inner_5;
        d_C[n] += d_H[n] * inner_5 * (1 - inner_4 * inner_4);
        d_f[n] = d_C[n] * C[n] * (1 - inner_3) * inner_3;
        d_i[n] = d_C[n] * inner_1 * (1 - inner_2) * inner_2;
        d_g[n] = d_C[n] * inner_2 * (1 - inner_1 * inner_1);
        d_C[n] = d_C[n] * inner_3;
    }
}

static void forward_step(const struct sequence *s, const struct place *at, size rows)
{
    product(s, at, rows, 0, 1, 0, 6);
    each_row(forward_0, s, at, rows);
}

static void recompute_step(const struct sequence *s, const struct place *at, size rows)
{
    each_row(recompute_0, s, at, rows);
}

static void backward_step(const struct sequence *s, const struct place *at, size rows)
{
    each_row(backward_0, s, at, rows);
    product_back(s, at, rows, 0, 10, 13, 0);
}
