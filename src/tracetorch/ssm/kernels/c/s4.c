// Generated from spec/ssm.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 3f22bcea5ce89516
// S4, diagonal state space of each feature.
// The recurrence of one timestep, for one sample. Arrays have the neurons last.
// Digest of the timestep: af2032530f96d577

// The number of elements of each array, for one sample; of the operand and of the result of each
// product.
static void measure(
    const size *sizes, size *forward, size *recompute, size *backward, size *inputs, size *outputs)
{
    const size num_neurons = sizes[0];
    const size d_state_ = sizes[1];
    forward[0] = num_neurons; // x
    forward[1] = num_neurons * d_state_; // B
    forward[2] = num_neurons * d_state_; // state_1
    forward[3] = num_neurons * d_state_; // state_2
    forward[4] = num_neurons * d_state_; // C
    forward[5] = num_neurons; // D
    forward[6] = num_neurons * d_state_; // state
    forward[7] = num_neurons * d_state_; // state_3
    forward[8] = num_neurons; // y_out
    forward[9] = num_neurons; // total_1
    recompute[0] = num_neurons; // x
    recompute[1] = num_neurons * d_state_; // B
    recompute[2] = num_neurons * d_state_; // state_1
    recompute[3] = num_neurons * d_state_; // state_2
    recompute[4] = num_neurons * d_state_; // C
    recompute[5] = num_neurons; // D
    recompute[6] = num_neurons * d_state_; // state
    recompute[7] = num_neurons * d_state_; // state_3
    backward[0] = num_neurons; // x
    backward[1] = num_neurons * d_state_; // B
    backward[2] = num_neurons * d_state_; // state_1
    backward[3] = num_neurons * d_state_; // state_2
    backward[4] = num_neurons * d_state_; // C
    backward[5] = num_neurons; // D
    backward[6] = num_neurons * d_state_; // state
    backward[7] = num_neurons * d_state_; // state_3
    backward[8] = num_neurons; // d_y_out
    backward[9] = num_neurons * d_state_; // d_state
    backward[10] = num_neurons; // d_x
    backward[11] = num_neurons * d_state_; // d_B
    backward[12] = num_neurons * d_state_; // d_state_1
    backward[13] = num_neurons * d_state_; // d_state_2
    backward[14] = num_neurons * d_state_; // d_C
    backward[15] = num_neurons; // d_D
    backward[16] = num_neurons; // d_total_1
}

static void forward_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size num_neurons = sizes[0];
    const size d_state_ = sizes[1];
    const real *restrict x = at[0];
    const real *restrict B = at[1];
    const real *restrict state_1 = at[2];
    const real *restrict state_2 = at[3];
    const real *restrict C = at[4];
    const real *restrict D = at[5];
    const real *restrict state = at[6];
    real *restrict state_3 = at[7];
    real *restrict y_out = at[8];
    real *restrict total_1 = at[9];

    clear(total_1, num_neurons);
    for (size k = 0; k < d_state_; k++) {
        #pragma omp simd
        for (size n = 0; n < num_neurons; n++) {
            const real drive = B[k * num_neurons + n] * x[n];
            state_3[k * num_neurons + n] = state_1[k * num_neurons + n] * state[k * num_neurons + n]
                + state_2[k * num_neurons + n] * drive;
            const real summand_1 = state_3[k * num_neurons + n] * C[k * num_neurons + n];
            total_1[n] += summand_1;
        }
    }

    #pragma omp simd
    for (size n = 0; n < num_neurons; n++) {
        const real y = total_1[n] + D[n] * x[n];
        y_out[n] = y;
    }
}

static void recompute_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size num_neurons = sizes[0];
    const size d_state_ = sizes[1];
    const real *restrict x = at[0];
    const real *restrict B = at[1];
    const real *restrict state_1 = at[2];
    const real *restrict state_2 = at[3];
    const real *restrict state = at[6];
    real *restrict state_3 = at[7];

    for (size k = 0; k < d_state_; k++) {
        #pragma omp simd
        for (size n = 0; n < num_neurons; n++) {
            const real drive = B[k * num_neurons + n] * x[n];
            state_3[k * num_neurons + n] = state_1[k * num_neurons + n] * state[k * num_neurons + n]
                + state_2[k * num_neurons + n] * drive;
        }
    }
}

static void backward_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size num_neurons = sizes[0];
    const size d_state_ = sizes[1];
    const real *restrict x = at[0];
    const real *restrict B = at[1];
    const real *restrict state_1 = at[2];
    const real *restrict state_2 = at[3];
    const real *restrict C = at[4];
    const real *restrict D = at[5];
    const real *restrict state = at[6];
    const real *restrict state_3 = at[7];
    const real *restrict d_y_out = at[8];
    real *restrict d_state = at[9];
    real *restrict d_x = at[10];
    real *restrict d_B = at[11];
    real *restrict d_state_1 = at[12];
    real *restrict d_state_2 = at[13];
    real *restrict d_C = at[14];
    real *restrict d_D = at[15];
    real *restrict d_total_1 = at[16];

    #pragma omp simd
    for (size n = 0; n < num_neurons; n++) {
        const real d_y = d_y_out[n];
        d_total_1[n] = d_y;
        d_D[n] += d_y * x[n];
        d_x[n] = d_y * D[n];
    }

    for (size k = 0; k < d_state_; k++) {
        #pragma omp simd
        for (size n = 0; n < num_neurons; n++) {
            const real drive = B[k * num_neurons + n] * x[n];
            const real d_summand_1 = d_total_1[n];
            d_state[k * num_neurons + n] += d_summand_1 * C[k * num_neurons + n];
            d_C[k * num_neurons + n] += d_summand_1 * state_3[k * num_neurons + n];
            d_state_1[k * num_neurons + n] += d_state[k * num_neurons + n] *
                state[k * num_neurons + n];
            d_state_2[k * num_neurons + n] += d_state[k * num_neurons + n] * drive;
            const real d_drive = d_state[k * num_neurons + n] * state_2[k * num_neurons + n];
            d_state[k * num_neurons + n] = d_state[k * num_neurons + n] *
                state_1[k * num_neurons + n];
            d_B[k * num_neurons + n] += d_drive * x[n];
            d_x[n] += d_drive * B[k * num_neurons + n];
        }
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
