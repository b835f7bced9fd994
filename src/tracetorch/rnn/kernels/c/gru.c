// Generated from spec/rnn.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: d0378273a717e2a1
// GRU, gated recurrent unit.
// The recurrence of one timestep, for one sample. Arrays have the neurons last.
// Digest of the timestep: 73b238ae4934c639

// The number of elements of each array, for one sample; of the operand and of the result of each
// product.
static void measure(
    const size *sizes, size *forward, size *recompute, size *backward, size *inputs, size *outputs)
{
    const size out_features = sizes[0];
    forward[0] = (2 * out_features); // mapped
    forward[1] = out_features; // candidate_1
    forward[2] = out_features; // H
    forward[3] = out_features; // H_1
    forward[4] = out_features; // H_out
    forward[5] = out_features; // reset_1
    forward[6] = out_features; // update_1
    forward[7] = out_features; // candidate_3
    forward[8] = out_features; // update
    forward[9] = out_features; // candidate_2
    recompute[0] = (2 * out_features); // mapped
    recompute[1] = out_features; // candidate_1
    recompute[2] = out_features; // H
    recompute[3] = out_features; // H_1
    recompute[4] = out_features; // reset_1
    recompute[5] = out_features; // update_1
    recompute[6] = out_features; // candidate_3
    backward[0] = (2 * out_features); // mapped
    backward[1] = out_features; // candidate_1
    backward[2] = out_features; // H
    backward[3] = out_features; // H_1
    backward[4] = out_features; // reset_1
    backward[5] = out_features; // update_1
    backward[6] = out_features; // candidate_3
    backward[7] = out_features; // d_H_out
    backward[8] = out_features; // d_H
    backward[9] = (2 * out_features); // d_mapped
    backward[10] = out_features; // d_candidate_1
    backward[11] = out_features; // d_reset_1
    backward[12] = out_features; // d_update_1
    backward[13] = out_features; // d_candidate_3
    backward[14] = out_features; // reset
    backward[15] = out_features; // update
    backward[16] = out_features; // d_update
    backward[17] = out_features; // d_candidate_2
    inputs[0] = out_features;
    outputs[0] = out_features + out_features;
    inputs[1] = out_features;
    outputs[1] = out_features;
}

static void forward_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size out_features = sizes[0];
    const real *restrict H = at[2];
    const real *restrict reset_1 = at[5];
    const real *restrict update_1 = at[6];
    real *restrict update = at[8];
    real *restrict candidate_2 = at[9];

    #pragma omp simd
    for (size n = 0; n < out_features; n++) {
        const real reset = sigmoid(reset_1[n]);
        update[n] = sigmoid(update_1[n]);
        candidate_2[n] = H[n] * reset;
    }
}

static void forward_1(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size out_features = sizes[0];
    const real *restrict H = at[2];
    real *restrict H_1 = at[3];
    real *restrict H_out = at[4];
    const real *restrict candidate_3 = at[7];
    const real *restrict update = at[8];

    #pragma omp simd
    for (size n = 0; n < out_features; n++) {
        const real candidate = real_tanh(candidate_3[n]);
        H_1[n] = (1 - update[n]) * H[n] + update[n] * candidate;
        H_out[n] = H_1[n];
    }
}

static void recompute_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size out_features = sizes[0];
    const real *restrict H = at[2];
    real *restrict H_1 = at[3];
    const real *restrict update_1 = at[5];
    const real *restrict candidate_3 = at[6];

    #pragma omp simd
    for (size n = 0; n < out_features; n++) {
        const real update = sigmoid(update_1[n]);
        const real candidate = real_tanh(candidate_3[n]);
        const real inner_1 = 1 - update;
        H_1[n] = inner_1 * H[n] + update * candidate;
    }
}

static void backward_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size out_features = sizes[0];
    const real *restrict H = at[2];
    const real *restrict reset_1 = at[4];
    const real *restrict update_1 = at[5];
    const real *restrict candidate_3 = at[6];
    const real *restrict d_H_out = at[7];
    real *restrict d_H = at[8];
    real *restrict d_candidate_3 = at[13];
    real *restrict reset = at[14];
    real *restrict update = at[15];
    real *restrict d_update = at[16];

    #pragma omp simd
    for (size n = 0; n < out_features; n++) {
        reset[n] = sigmoid(reset_1[n]);
        update[n] = sigmoid(update_1[n]);
        const real candidate = real_tanh(candidate_3[n]);
        const real inner_1 = 1 - update[n];
        d_H[n] += d_H_out[n];
        d_update[n] = d_H[n] * candidate - d_H[n] * H[n];
        const real d_candidate = d_H[n] * update[n];
        d_H[n] = d_H[n] * inner_1;
        d_candidate_3[n] = d_candidate * (1 - candidate * candidate);
    }
}

static void backward_1(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size out_features = sizes[0];
    const real *restrict H = at[2];
    real *restrict d_H = at[8];
    real *restrict d_reset_1 = at[11];
    real *restrict d_update_1 = at[12];
    const real *restrict reset = at[14];
    const real *restrict update = at[15];
    const real *restrict d_update = at[16];
    const real *restrict d_candidate_2 = at[17];

    #pragma omp simd
    for (size n = 0; n < out_features; n++) {
        d_H[n] += d_candidate_2[n] * reset[n];
        const real d_reset = d_candidate_2[n] * H[n];
        d_update_1[n] = d_update[n] * (1 - update[n]) * update[n];
        d_reset_1[n] = d_reset * (1 - reset[n]) * reset[n];
    }
}

static void forward_step(const struct sequence *s, const struct place *at, size rows)
{
    product(s, at, rows, 0, 2, 0, 5);
    each_row(forward_0, s, at, rows);
    product(s, at, rows, 1, 9, 1, 7);
    each_row(forward_1, s, at, rows);
}

static void recompute_step(const struct sequence *s, const struct place *at, size rows)
{
    each_row(recompute_0, s, at, rows);
}

static void backward_step(const struct sequence *s, const struct place *at, size rows)
{
    each_row(backward_0, s, at, rows);
    product_back(s, at, rows, 1, 17, 13, 0);
    each_row(backward_1, s, at, rows);
    product_back(s, at, rows, 0, 8, 11, 1);
}
