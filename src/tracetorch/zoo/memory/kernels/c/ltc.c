// Generated from spec/zoo/memory.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: f3359ec5708722a8
// LTC, liquid time-constant layer.
// The recurrence of one timestep, for one sample. Arrays have the neurons last.
// Digest of the timestep: 76c42ce0a0034e32

// The number of elements of each array, for one sample; of the operand and of the result of each
// product.
static void measure(
    const size *sizes, size *forward, size *recompute, size *backward, size *inputs, size *outputs)
{
    const size out_features = sizes[0];
    forward[0] = out_features; // rate_1
    forward[1] = out_features; // dt
    forward[2] = out_features; // target
    forward[3] = out_features; // H_1
    forward[4] = out_features; // H
    forward[5] = out_features; // H_2
    forward[6] = out_features; // H_out
    forward[7] = out_features; // rate_2
    recompute[0] = out_features; // rate_1
    recompute[1] = out_features; // dt
    recompute[2] = out_features; // target
    recompute[3] = out_features; // H_1
    recompute[4] = out_features; // H
    recompute[5] = out_features; // H_2
    recompute[6] = out_features; // rate_2
    backward[0] = out_features; // rate_1
    backward[1] = out_features; // dt
    backward[2] = out_features; // target
    backward[3] = out_features; // H_1
    backward[4] = out_features; // H
    backward[5] = out_features; // H_2
    backward[6] = out_features; // rate_2
    backward[7] = out_features; // d_H_out
    backward[8] = out_features; // d_H
    backward[9] = out_features; // d_rate_1
    backward[10] = out_features; // d_dt
    backward[11] = out_features; // d_target
    backward[12] = out_features; // d_H_1
    backward[13] = out_features; // d_rate_2
    inputs[0] = out_features;
    outputs[0] = out_features;
}

static void forward_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size out_features = sizes[0];
    const real *restrict dt = at[1];
    const real *restrict target = at[2];
    const real *restrict H_1 = at[3];
    const real *restrict H = at[4];
    real *restrict H_2 = at[5];
    real *restrict H_out = at[6];
    const real *restrict rate_2 = at[7];

    #pragma omp simd
    for (size n = 0; n < out_features; n++) {
        const real rate = sigmoid(rate_2[n]);
        H_2[n] = (H[n] + dt[n] * rate * target[n]) / (1 + dt[n] * (H_1[n] + rate));
        H_out[n] = H_2[n];
    }
}

static void recompute_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size out_features = sizes[0];
    const real *restrict dt = at[1];
    const real *restrict target = at[2];
    const real *restrict H_1 = at[3];
    const real *restrict H = at[4];
    real *restrict H_2 = at[5];
    const real *restrict rate_2 = at[6];

    #pragma omp simd
    for (size n = 0; n < out_features; n++) {
        const real rate = sigmoid(rate_2[n]);
        const real inner_1 = H_1[n] + rate;
        const real inner_2 = dt[n] * inner_1;
        const real inner_3 = 1 + inner_2;
        const real inner_4 = dt[n] * rate;
        const real inner_5 = H[n] + inner_4 * target[n];
        H_2[n] = inner_5 / inner_3;
    }
}

static void backward_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size out_features = sizes[0];
    const real *restrict dt = at[1];
    const real *restrict target = at[2];
    const real *restrict H_1 = at[3];
    const real *restrict H_2 = at[5];
    const real *restrict rate_2 = at[6];
    const real *restrict d_H_out = at[7];
    real *restrict d_H = at[8];
    real *restrict d_dt = at[10];
    real *restrict d_target = at[11];
    real *restrict d_H_1 = at[12];
    real *restrict d_rate_2 = at[13];

    #pragma omp simd
    for (size n = 0; n < out_features; n++) {
        const real rate = sigmoid(rate_2[n]);
        const real inner_1 = H_1[n] + rate;
        const real inner_2 = dt[n] * inner_1;
        const real inner_3 = 1 + inner_2;
        const real inner_4 = dt[n] * rate;
        d_H[n] += d_H_out[n];
        const real d_inner_5 = d_H[n] / inner_3;
        const real d_inner_4 = d_inner_5 * target[n];
        const real d_inner_2 = -(d_H[n] * (H_2[n] / inner_3));
        const real d_inner_1 = d_inner_2 * dt[n];
        d_dt[n] += d_inner_4 * rate + d_inner_2 * inner_1;
        const real d_rate = d_inner_4 * dt[n] + d_inner_1;
        d_target[n] += d_inner_5 * inner_4;
        d_H_1[n] += d_inner_1;
        d_H[n] = d_inner_5;
        d_rate_2[n] = d_rate * (1 - rate) * rate;
    }
}

static void forward_step(const struct sequence *s, const struct place *at, size rows)
{
    product(s, at, rows, 0, 4, 0, 7);
    each_row(forward_0, s, at, rows);
}

static void recompute_step(const struct sequence *s, const struct place *at, size rows)
{
    each_row(recompute_0, s, at, rows);
}

static void backward_step(const struct sequence *s, const struct place *at, size rows)
{
    each_row(backward_0, s, at, rows);
    product_back(s, at, rows, 0, 8, 13, 1);
}
