// Generated from spec/zoo/memory.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: a3c939f0bc665ff3
// LMU, Legendre memory unit.
// The recurrence of one timestep, for one sample. Arrays have the neurons last.
// Digest of the timestep: d60589dc03cb2607

// The number of elements of each array, for one sample; of the operand and of the result of each
// product.
static void measure(
    const size *sizes, size *forward, size *recompute, size *backward, size *inputs, size *outputs)
{
    const size out_features = sizes[0];
    const size order = sizes[1];
    forward[0] = 1; // u_1
    forward[1] = out_features; // H_1
    forward[2] = order; // drive
    forward[3] = out_features; // H
    forward[4] = order; // memory
    forward[5] = out_features; // H_4
    forward[6] = order; // memory_3
    forward[7] = out_features; // H_out
    forward[8] = 1; // u_2
    forward[9] = 1; // u
    forward[10] = order; // memory_1
    forward[11] = out_features; // H_2
    forward[12] = out_features; // H_3
    forward[13] = order; // memory_2
    recompute[0] = 1; // u_1
    recompute[1] = out_features; // H_1
    recompute[2] = order; // drive
    recompute[3] = out_features; // H
    recompute[4] = order; // memory
    recompute[5] = out_features; // H_4
    recompute[6] = order; // memory_3
    recompute[7] = 1; // u_2
    recompute[8] = 1; // u
    recompute[9] = order; // memory_1
    recompute[10] = out_features; // H_2
    recompute[11] = out_features; // H_3
    backward[0] = 1; // u_1
    backward[1] = out_features; // H_1
    backward[2] = order; // drive
    backward[3] = out_features; // H
    backward[4] = order; // memory
    backward[5] = out_features; // H_4
    backward[6] = order; // memory_3
    backward[7] = 1; // u_2
    backward[8] = 1; // u
    backward[9] = order; // memory_1
    backward[10] = out_features; // H_2
    backward[11] = out_features; // H_3
    backward[12] = out_features; // d_H_out
    backward[13] = out_features; // d_H
    backward[14] = order; // d_memory
    backward[15] = 1; // d_u_1
    backward[16] = out_features; // d_H_1
    backward[17] = order; // d_drive
    backward[18] = 1; // d_u_2
    backward[19] = 1; // d_u
    backward[20] = order; // d_memory_1
    backward[21] = out_features; // d_H_2
    backward[22] = out_features; // d_H_3
    backward[23] = order; // d_memory_2
    inputs[0] = out_features;
    outputs[0] = 1;
    inputs[1] = order;
    outputs[1] = 1;
    inputs[2] = order;
    outputs[2] = order;
    inputs[3] = out_features;
    outputs[3] = out_features;
    inputs[4] = order;
    outputs[4] = out_features;
}

static void forward_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size order = sizes[1];
    const real *restrict drive = at[2];
    const real *restrict u = at[9];
    const real *restrict memory_1 = at[10];
    real *restrict memory_2 = at[13];

    #pragma omp simd
    for (size k = 0; k < order; k++) {
        memory_2[k] = memory_1[k] + u[0] * drive[k];
    }
}

static void forward_1(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size out_features = sizes[0];
    const size order = sizes[1];
    real *restrict H_4 = at[5];
    real *restrict memory_3 = at[6];
    real *restrict H_out = at[7];
    const real *restrict H_3 = at[12];
    const real *restrict memory_2 = at[13];

    #pragma omp simd
    for (size n = 0; n < out_features; n++) {
        H_4[n] = real_tanh(H_3[n]);
        H_out[n] = H_4[n];
    }

    #pragma omp simd
    for (size k = 0; k < order; k++) {
        memory_3[k] = memory_2[k];
    }
}

static void recompute_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size out_features = sizes[0];
    real *restrict H_4 = at[5];
    const real *restrict H_3 = at[11];

    #pragma omp simd
    for (size n = 0; n < out_features; n++) {
        H_4[n] = real_tanh(H_3[n]);
    }
}

static void backward_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size out_features = sizes[0];
    const size order = sizes[1];
    const real *restrict H_4 = at[5];
    const real *restrict d_H_out = at[12];
    real *restrict d_H = at[13];
    const real *restrict d_memory = at[14];
    real *restrict d_H_3 = at[22];
    real *restrict d_memory_2 = at[23];

    #pragma omp simd
    for (size n = 0; n < out_features; n++) {
        d_H[n] += d_H_out[n];
        d_H_3[n] = d_H[n] * (1 - H_4[n] * H_4[n]);
    }

    #pragma omp simd
    for (size k = 0; k < order; k++) {
        d_memory_2[k] = d_memory[k];
    }
}

static void backward_1(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size out_features = sizes[0];
    real *restrict d_H_2 = at[21];
    const real *restrict d_H_3 = at[22];

    #pragma omp simd
    for (size n = 0; n < out_features; n++) {
        d_H_2[n] = d_H_3[n];
    }
}

static void backward_2(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size order = sizes[1];
    const real *restrict drive = at[2];
    const real *restrict u = at[8];
    real *restrict d_drive = at[17];
    real *restrict d_u = at[19];
    real *restrict d_memory_1 = at[20];
    const real *restrict d_memory_2 = at[23];

    clear(d_u, 1);
    real sum_of_d_u = 0;
    #pragma omp simd reduction(+ : sum_of_d_u)
    for (size k = 0; k < order; k++) {
        d_memory_1[k] = d_memory_2[k];
        sum_of_d_u += d_memory_2[k] * drive[k];
        d_drive[k] += d_memory_2[k] * u[0];
    }
    d_u[0] += sum_of_d_u;
}

static void backward_3(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    real *restrict d_u_2 = at[18];
    const real *restrict d_u = at[19];

    d_u_2[0] = d_u[0];
}

static void forward_step(const struct sequence *s, const struct place *at, size rows)
{
    product(s, at, rows, 0, 3, 0, 8);
    set(s, at, rows, 9, 1, (const int[]){8});
    product(s, at, rows, 1, 4, 9, 9);
    set(s, at, rows, 10, 1, (const int[]){-1});
    product(s, at, rows, 2, 4, 10, 10);
    each_row(forward_0, s, at, rows);
    product(s, at, rows, 3, 3, 1, 11);
    set(s, at, rows, 12, 1, (const int[]){11});
    product(s, at, rows, 4, 13, 12, 12);
    each_row(forward_1, s, at, rows);
}

static void recompute_step(const struct sequence *s, const struct place *at, size rows)
{
    each_row(recompute_0, s, at, rows);
}

static void backward_step(const struct sequence *s, const struct place *at, size rows)
{
    each_row(backward_0, s, at, rows);
    product_back(s, at, rows, 4, 23, 22, 1);
    each_row(backward_1, s, at, rows);
    product_back(s, at, rows, 3, 13, 21, 0);
    each_row(backward_2, s, at, rows);
    product_back(s, at, rows, 2, 14, 20, 0);
    product_back(s, at, rows, 1, 14, 19, 1);
    each_row(backward_3, s, at, rows);
    product_back(s, at, rows, 0, 13, 18, 1);
}
