// Generated from spec/zoo/memory.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: a3f2b2f3ff6a2bfb
// MinGRU, minimal gated recurrent unit without recurrent weights.
// The recurrence of one timestep, for one sample. Arrays have the neurons last.
// Digest of the timestep: 65e84a2ad5387f60

// The number of elements of each array, for one sample; of the operand and of the result of each
// product.
static void measure(
    const size *sizes, size *forward, size *recompute, size *backward, size *inputs, size *outputs)
{
    const size out_features = sizes[0];
    forward[0] = out_features; // update_1
    forward[1] = out_features; // H_1
    forward[2] = out_features; // H
    forward[3] = out_features; // H_2
    forward[4] = out_features; // H_out
    recompute[0] = out_features; // update_1
    recompute[1] = out_features; // H_1
    recompute[2] = out_features; // H
    recompute[3] = out_features; // H_2
    backward[0] = out_features; // update_1
    backward[1] = out_features; // H_1
    backward[2] = out_features; // H
    backward[3] = out_features; // H_2
    backward[4] = out_features; // d_H_out
    backward[5] = out_features; // d_H
    backward[6] = out_features; // d_update_1
    backward[7] = out_features; // d_H_1
}

static void forward_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size out_features = sizes[0];
    const real *restrict update_1 = at[0];
    const real *restrict H_1 = at[1];
    const real *restrict H = at[2];
    real *restrict H_2 = at[3];
    real *restrict H_out = at[4];

    #pragma omp simd
    for (size n = 0; n < out_features; n++) {
        const real update = sigmoid(update_1[n]);
        H_2[n] = (1 - update) * H[n] + update * H_1[n];
        H_out[n] = H_2[n];
    }
}

static void recompute_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size out_features = sizes[0];
    const real *restrict update_1 = at[0];
    const real *restrict H_1 = at[1];
    const real *restrict H = at[2];
    real *restrict H_2 = at[3];

    #pragma omp simd
    for (size n = 0; n < out_features; n++) {
        const real update = sigmoid(update_1[n]);
        const real inner_1 = 1 - update;
        H_2[n] = inner_1 * H[n] + update * H_1[n];
    }
}

static void backward_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size out_features = sizes[0];
    const real *restrict update_1 = at[0];
    const real *restrict H_1 = at[1];
    const real *restrict H = at[2];
    const real *restrict d_H_out = at[4];
    real *restrict d_H = at[5];
    real *restrict d_update_1 = at[6];
    real *restrict d_H_1 = at[7];

    #pragma omp simd
    for (size n = 0; n < out_features; n++) {
        const real update = sigmoid(update_1[n]);
        const real inner_1 = 1 - update;
        d_H[n] += d_H_out[n];
        const real d_update = d_H[n] * H_1[n] - d_H[n] * H[n];
        d_H_1[n] = d_H[n] * update;
        d_H[n] = d_H[n] * inner_1;
        d_update_1[n] = d_update * (1 - update) * update;
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
