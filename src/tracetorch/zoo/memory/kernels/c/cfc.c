// Generated from spec/zoo/memory.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 339e5a2015763268
// CfC, closed-form continuous-time layer.
// The recurrence of one timestep, for one sample. Arrays have the neurons last.
// Digest of the timestep: 5054f921c805ad85

// The number of elements of each array, for one sample; of the operand and of the result of each
// product.
static void measure(
    const size *sizes, size *forward, size *recompute, size *backward, size *inputs, size *outputs)
{
    const size out_features = sizes[0];
    const size backbone_features = sizes[1];
    forward[0] = backbone_features; // shared_1
    forward[1] = out_features; // speed_layer_bias
    forward[2] = out_features; // shift_layer_bias
    forward[3] = out_features; // dt
    forward[4] = out_features; // early_layer_bias
    forward[5] = out_features; // late_layer_bias
    forward[6] = out_features; // H
    forward[7] = out_features; // H_5
    forward[8] = out_features; // H_out
    forward[9] = backbone_features; // shared_2
    forward[10] = out_features; // late_1
    forward[11] = out_features; // late_3
    forward[12] = out_features; // H_1
    forward[13] = out_features; // H_3
    forward[14] = out_features; // late_2
    forward[15] = out_features; // late_4
    forward[16] = out_features; // H_2
    forward[17] = backbone_features; // shared
    recompute[0] = backbone_features; // shared_1
    recompute[1] = out_features; // speed_layer_bias
    recompute[2] = out_features; // shift_layer_bias
    recompute[3] = out_features; // dt
    recompute[4] = out_features; // early_layer_bias
    recompute[5] = out_features; // late_layer_bias
    recompute[6] = out_features; // H
    recompute[7] = out_features; // H_5
    recompute[8] = backbone_features; // shared_2
    recompute[9] = out_features; // late_1
    recompute[10] = out_features; // late_3
    recompute[11] = out_features; // H_1
    recompute[12] = out_features; // H_3
    backward[0] = backbone_features; // shared_1
    backward[1] = out_features; // speed_layer_bias
    backward[2] = out_features; // shift_layer_bias
    backward[3] = out_features; // dt
    backward[4] = out_features; // early_layer_bias
    backward[5] = out_features; // late_layer_bias
    backward[6] = out_features; // H
    backward[7] = out_features; // H_5
    backward[8] = backbone_features; // shared_2
    backward[9] = out_features; // late_1
    backward[10] = out_features; // late_3
    backward[11] = out_features; // H_1
    backward[12] = out_features; // H_3
    backward[13] = out_features; // d_H_out
    backward[14] = out_features; // d_H
    backward[15] = backbone_features; // d_shared_1
    backward[16] = out_features; // d_speed_layer_bias
    backward[17] = out_features; // d_shift_layer_bias
    backward[18] = out_features; // d_dt
    backward[19] = out_features; // d_early_layer_bias
    backward[20] = out_features; // d_late_layer_bias
    backward[21] = backbone_features; // d_shared_2
    backward[22] = out_features; // d_late_1
    backward[23] = out_features; // d_late_3
    backward[24] = out_features; // d_H_1
    backward[25] = out_features; // d_H_3
    backward[26] = backbone_features; // inner_1
    backward[27] = out_features; // late_2
    backward[28] = out_features; // late_4
    backward[29] = out_features; // d_H_2
    backward[30] = out_features; // d_late_4
    backward[31] = out_features; // d_late_2
    backward[32] = backbone_features; // d_shared
    inputs[0] = out_features;
    outputs[0] = backbone_features;
    inputs[1] = backbone_features;
    outputs[1] = out_features;
    inputs[2] = backbone_features;
    outputs[2] = out_features;
    inputs[3] = backbone_features;
    outputs[3] = out_features;
    inputs[4] = backbone_features;
    outputs[4] = out_features;
}

static void forward_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size backbone_features = sizes[1];
    const real *restrict shared_2 = at[9];
    real *restrict shared = at[17];

    #pragma omp simd
    for (size k = 0; k < backbone_features; k++) {
        shared[k] = (real)1.7159 * real_tanh((real)0.666 * shared_2[k]);
    }
}

static void forward_1(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size out_features = sizes[0];
    const real *restrict speed_layer_bias = at[1];
    const real *restrict late_1 = at[10];
    real *restrict late_2 = at[14];

    #pragma omp simd
    for (size n = 0; n < out_features; n++) {
        late_2[n] = late_1[n] + speed_layer_bias[n];
    }
}

static void forward_2(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size out_features = sizes[0];
    const real *restrict shift_layer_bias = at[2];
    const real *restrict dt = at[3];
    const real *restrict late_3 = at[11];
    const real *restrict late_2 = at[14];
    real *restrict late_4 = at[15];

    #pragma omp simd
    for (size n = 0; n < out_features; n++) {
        const real late = late_3[n] + shift_layer_bias[n];
        late_4[n] = sigmoid(late_2[n] * dt[n] + late);
    }
}

static void forward_3(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size out_features = sizes[0];
    const real *restrict early_layer_bias = at[4];
    const real *restrict H_1 = at[12];
    real *restrict H_2 = at[16];

    #pragma omp simd
    for (size n = 0; n < out_features; n++) {
        H_2[n] = H_1[n] + early_layer_bias[n];
    }
}

static void forward_4(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size out_features = sizes[0];
    const real *restrict late_layer_bias = at[5];
    real *restrict H_5 = at[7];
    real *restrict H_out = at[8];
    const real *restrict H_3 = at[13];
    const real *restrict late_4 = at[15];
    const real *restrict H_2 = at[16];

    #pragma omp simd
    for (size n = 0; n < out_features; n++) {
        const real H_4 = H_3[n] + late_layer_bias[n];
        H_5[n] = real_tanh(H_2[n]) * (1 - late_4[n]) + real_tanh(H_4) * late_4[n];
        H_out[n] = H_5[n];
    }
}

static void backward_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size out_features = sizes[0];
    const size backbone_features = sizes[1];
    const real *restrict speed_layer_bias = at[1];
    const real *restrict shift_layer_bias = at[2];
    const real *restrict dt = at[3];
    const real *restrict early_layer_bias = at[4];
    const real *restrict late_layer_bias = at[5];
    const real *restrict shared_2 = at[8];
    const real *restrict late_1 = at[9];
    const real *restrict late_3 = at[10];
    const real *restrict H_1 = at[11];
    const real *restrict H_3 = at[12];
    const real *restrict d_H_out = at[13];
    real *restrict d_H = at[14];
    real *restrict d_late_layer_bias = at[20];
    real *restrict d_H_3 = at[25];
    real *restrict inner_1 = at[26];
    real *restrict late_2 = at[27];
    real *restrict late_4 = at[28];
    real *restrict d_H_2 = at[29];
    real *restrict d_late_4 = at[30];

    #pragma omp simd
    for (size k = 0; k < backbone_features; k++) {
        inner_1[k] = real_tanh((real)0.666 * shared_2[k]);
    }

    #pragma omp simd
    for (size n = 0; n < out_features; n++) {
        late_2[n] = late_1[n] + speed_layer_bias[n];
        const real late = late_3[n] + shift_layer_bias[n];
        const real inner_2 = late_2[n] * dt[n] + late;
        late_4[n] = sigmoid(inner_2);
        const real H_2 = H_1[n] + early_layer_bias[n];
        const real H_4 = H_3[n] + late_layer_bias[n];
        const real inner_3 = real_tanh(H_4);
        const real inner_4 = 1 - late_4[n];
        const real inner_5 = real_tanh(H_2);
        d_H[n] += d_H_out[n];
        d_H_2[n] = d_H[n] * inner_4 * (1 - inner_5 * inner_5);
        d_late_4[n] = d_H[n] * inner_3 - d_H[n] * inner_5;
        const real d_H_4 = d_H[n] * late_4[n] * (1 - inner_3 * inner_3);
        d_H_3[n] = d_H_4;
        d_late_layer_bias[n] += d_H_4;
    }
}

static void backward_1(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size out_features = sizes[0];
    real *restrict d_early_layer_bias = at[19];
    real *restrict d_H_1 = at[24];
    const real *restrict d_H_2 = at[29];

    #pragma omp simd
    for (size n = 0; n < out_features; n++) {
        d_H_1[n] = d_H_2[n];
        d_early_layer_bias[n] += d_H_2[n];
    }
}

static void backward_2(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size out_features = sizes[0];
    const real *restrict dt = at[3];
    real *restrict d_shift_layer_bias = at[17];
    real *restrict d_dt = at[18];
    real *restrict d_late_3 = at[23];
    const real *restrict late_2 = at[27];
    const real *restrict late_4 = at[28];
    const real *restrict d_late_4 = at[30];
    real *restrict d_late_2 = at[31];

    #pragma omp simd
    for (size n = 0; n < out_features; n++) {
        const real d_inner_2 = d_late_4[n] * (1 - late_4[n]) * late_4[n];
        d_late_2[n] = d_inner_2 * dt[n];
        d_dt[n] += d_inner_2 * late_2[n];
        const real d_late = d_inner_2;
        d_late_3[n] = d_late;
        d_shift_layer_bias[n] += d_late;
    }
}

static void backward_3(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size out_features = sizes[0];
    real *restrict d_speed_layer_bias = at[16];
    real *restrict d_late_1 = at[22];
    const real *restrict d_late_2 = at[31];

    #pragma omp simd
    for (size n = 0; n < out_features; n++) {
        d_late_1[n] = d_late_2[n];
        d_speed_layer_bias[n] += d_late_2[n];
    }
}

static void backward_4(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size backbone_features = sizes[1];
    real *restrict d_shared_2 = at[21];
    const real *restrict inner_1 = at[26];
    const real *restrict d_shared = at[32];

    #pragma omp simd
    for (size k = 0; k < backbone_features; k++) {
        d_shared_2[k] = d_shared[k] * (real)1.7159 * (1 - inner_1[k] * inner_1[k]) * (real)0.666;
    }
}

static void forward_step(const struct sequence *s, const struct place *at, size rows)
{
    product(s, at, rows, 0, 6, 0, 9);
    each_row(forward_0, s, at, rows);
    set(s, at, rows, 10, 1, (const int[]){-1});
    product(s, at, rows, 1, 17, 10, 10);
    each_row(forward_1, s, at, rows);
    set(s, at, rows, 11, 1, (const int[]){-1});
    product(s, at, rows, 2, 17, 11, 11);
    each_row(forward_2, s, at, rows);
    set(s, at, rows, 12, 1, (const int[]){-1});
    product(s, at, rows, 3, 17, 12, 12);
    each_row(forward_3, s, at, rows);
    set(s, at, rows, 13, 1, (const int[]){-1});
    product(s, at, rows, 4, 17, 13, 13);
    each_row(forward_4, s, at, rows);
}

static void recompute_step(const struct sequence *s, const struct place *at, size rows)
{
}

static void backward_step(const struct sequence *s, const struct place *at, size rows)
{
    each_row(backward_0, s, at, rows);
    product_back(s, at, rows, 4, 32, 25, 0);
    each_row(backward_1, s, at, rows);
    product_back(s, at, rows, 3, 32, 24, 1);
    each_row(backward_2, s, at, rows);
    product_back(s, at, rows, 2, 32, 23, 1);
    each_row(backward_3, s, at, rows);
    product_back(s, at, rows, 1, 32, 22, 1);
    each_row(backward_4, s, at, rows);
    product_back(s, at, rows, 0, 14, 21, 0);
}
