// Generated from spec/rnn.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: ce994149a4ea11db
// SimpleRNN, simple recurrent layer.
// The recurrence of one timestep, for one sample. Arrays have the neurons last.
// Digest of the timestep: 8db9fa840f8bdec0

// The number of elements of each array, for one sample; of the operand and of the result of each
// product.
static void measure(
    const size *sizes, size *forward, size *recompute, size *backward, size *inputs, size *outputs)
{
    const size out_features = sizes[0];
    forward[0] = out_features; // H_1
    forward[1] = out_features; // H
    forward[2] = out_features; // H_3
    forward[3] = out_features; // H_out
    forward[4] = out_features; // H_2
    recompute[0] = out_features; // H_1
    recompute[1] = out_features; // H
    recompute[2] = out_features; // H_3
    recompute[3] = out_features; // H_2
    backward[0] = out_features; // H_1
    backward[1] = out_features; // H
    backward[2] = out_features; // H_3
    backward[3] = out_features; // H_2
    backward[4] = out_features; // d_H_out
    backward[5] = out_features; // d_H
    backward[6] = out_features; // d_H_1
    backward[7] = out_features; // d_H_2
    inputs[0] = out_features;
    outputs[0] = out_features;
}

static void forward_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size out_features = sizes[0];
    real *restrict H_3 = at[2];
    real *restrict H_out = at[3];
    const real *restrict H_2 = at[4];

    #pragma omp simd
    for (size n = 0; n < out_features; n++) {
        H_3[n] = real_tanh(H_2[n]);
        H_out[n] = H_3[n];
    }
}

static void recompute_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size out_features = sizes[0];
    real *restrict H_3 = at[2];
    const real *restrict H_2 = at[3];

    #pragma omp simd
    for (size n = 0; n < out_features; n++) {
        H_3[n] = real_tanh(H_2[n]);
    }
}

static void backward_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size out_features = sizes[0];
    const real *restrict H_3 = at[2];
    const real *restrict d_H_out = at[4];
    real *restrict d_H = at[5];
    real *restrict d_H_2 = at[7];

    #pragma omp simd
    for (size n = 0; n < out_features; n++) {
        d_H[n] += d_H_out[n];
        d_H_2[n] = d_H[n] * (1 - H_3[n] * H_3[n]);
    }
}

static void forward_step(const struct sequence *s, const struct place *at, size rows)
{
    product(s, at, rows, 0, 1, 0, 4);
    each_row(forward_0, s, at, rows);
}

static void recompute_step(const struct sequence *s, const struct place *at, size rows)
{
    each_row(recompute_0, s, at, rows);
}

static void backward_step(const struct sequence *s, const struct place *at, size rows)
{
    each_row(backward_0, s, at, rows);
    product_back(s, at, rows, 0, 5, 7, 0);
}
