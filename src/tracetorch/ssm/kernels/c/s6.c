// Generated from spec/ssm.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 18cb8ceb9d9a2b87
// S6, selective state space.
// The recurrence of one timestep, for one sample. Arrays have the neurons last.
// Digest of the timestep: d8e6c90b39fa2660

// The number of elements of each array, for one sample; of the operand and of the result of each
// product.
static void measure(
    const size *sizes, size *forward, size *recompute, size *backward, size *inputs, size *outputs)
{
    const size num_neurons = sizes[0];
    const size d_state_ = sizes[1];
    forward[0] = num_neurons; // x
    forward[1] = d_state_; // B
    forward[2] = d_state_; // C
    forward[3] = num_neurons; // dt_1
    forward[4] = num_neurons * d_state_; // A
    forward[5] = num_neurons; // D
    forward[6] = num_neurons * d_state_; // state
    forward[7] = num_neurons * d_state_; // state_1
    forward[8] = num_neurons; // y_out
    forward[9] = num_neurons; // dt
    forward[10] = num_neurons; // total_1
    recompute[0] = num_neurons; // x
    recompute[1] = d_state_; // B
    recompute[2] = d_state_; // C
    recompute[3] = num_neurons; // dt_1
    recompute[4] = num_neurons * d_state_; // A
    recompute[5] = num_neurons; // D
    recompute[6] = num_neurons * d_state_; // state
    recompute[7] = num_neurons * d_state_; // state_1
    recompute[8] = d_state_ * num_neurons; // inner_1
    recompute[9] = d_state_ * num_neurons; // inner_3
    recompute[10] = num_neurons; // dt
    backward[0] = num_neurons; // x
    backward[1] = d_state_; // B
    backward[2] = d_state_; // C
    backward[3] = num_neurons; // dt_1
    backward[4] = num_neurons * d_state_; // A
    backward[5] = num_neurons; // D
    backward[6] = num_neurons * d_state_; // state
    backward[7] = num_neurons * d_state_; // state_1
    backward[8] = d_state_ * num_neurons; // inner_1
    backward[9] = d_state_ * num_neurons; // inner_3
    backward[10] = num_neurons; // d_y_out
    backward[11] = num_neurons * d_state_; // d_state
    backward[12] = num_neurons; // d_x
    backward[13] = d_state_; // d_B
    backward[14] = d_state_; // d_C
    backward[15] = num_neurons; // d_dt_1
    backward[16] = num_neurons * d_state_; // d_A
    backward[17] = num_neurons; // d_D
    backward[18] = num_neurons; // dt
    backward[19] = num_neurons; // d_total_1
    backward[20] = num_neurons; // d_dt
}

static void forward_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size num_neurons = sizes[0];
    const size d_state_ = sizes[1];
    const real *restrict x = at[0];
    const real *restrict B = at[1];
    const real *restrict C = at[2];
    const real *restrict dt_1 = at[3];
    const real *restrict A = at[4];
    const real *restrict D = at[5];
    const real *restrict state = at[6];
    real *restrict state_1 = at[7];
    real *restrict y_out = at[8];
    real *restrict dt = at[9];
    real *restrict total_1 = at[10];

    #pragma omp simd
    for (size n = 0; n < num_neurons; n++) {
        dt[n] = softplus(dt_1[n]);
    }

    clear(total_1, num_neurons);
    for (size k = 0; k < d_state_; k++) {
        #pragma omp simd
        for (size n = 0; n < num_neurons; n++) {
            const real dt_A = dt[n] * A[k * num_neurons + n];
            const real drive = B[k] * x[n];
            state_1[k * num_neurons + n] = real_exp(dt_A) * state[k * num_neurons + n] +
                real_expm1(dt_A) / A[k * num_neurons + n] * drive;
            const real summand_1 = state_1[k * num_neurons + n] * C[k];
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
    const real *restrict dt_1 = at[3];
    const real *restrict A = at[4];
    const real *restrict state = at[6];
    real *restrict state_1 = at[7];
    real *restrict inner_1 = at[8];
    real *restrict inner_3 = at[9];
    real *restrict dt = at[10];

    #pragma omp simd
    for (size n = 0; n < num_neurons; n++) {
        dt[n] = softplus(dt_1[n]);
    }

    for (size k = 0; k < d_state_; k++) {
        #pragma omp simd
        for (size n = 0; n < num_neurons; n++) {
            const real dt_A = dt[n] * A[k * num_neurons + n];
            const real drive = B[k] * x[n];
            inner_1[k * num_neurons + n] = real_expm1(dt_A);
            const real inner_2 = inner_1[k * num_neurons + n] / A[k * num_neurons + n];
            inner_3[k * num_neurons + n] = real_exp(dt_A);
            state_1[k * num_neurons + n] = inner_3[k * num_neurons + n] * state[k * num_neurons + n]
                + inner_2 * drive;
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
    const real *restrict C = at[2];
    const real *restrict dt_1 = at[3];
    const real *restrict A = at[4];
    const real *restrict D = at[5];
    const real *restrict state = at[6];
    const real *restrict state_1 = at[7];
    const real *restrict inner_1 = at[8];
    const real *restrict inner_3 = at[9];
    const real *restrict d_y_out = at[10];
    real *restrict d_state = at[11];
    real *restrict d_x = at[12];
    real *restrict d_B = at[13];
    real *restrict d_C = at[14];
    real *restrict d_dt_1 = at[15];
    real *restrict d_A = at[16];
    real *restrict d_D = at[17];
    real *restrict dt = at[18];
    real *restrict d_total_1 = at[19];
    real *restrict d_dt = at[20];

    #pragma omp simd
    for (size n = 0; n < num_neurons; n++) {
        dt[n] = softplus(dt_1[n]);
        const real d_y = d_y_out[n];
        d_total_1[n] = d_y;
        d_D[n] += d_y * x[n];
        d_x[n] = d_y * D[n];
    }

    clear(d_C, d_state_);
    clear(d_B, d_state_);
    clear(d_dt, num_neurons);
    for (size k = 0; k < d_state_; k++) {
        real sum_of_d_C = 0;
        real sum_of_d_B = 0;
        #pragma omp simd reduction(+ : sum_of_d_C, sum_of_d_B)
        for (size n = 0; n < num_neurons; n++) {
            const real drive = B[k] * x[n];
            const real inner_2 = inner_1[k * num_neurons + n] / A[k * num_neurons + n];
            const real d_summand_1 = d_total_1[n];
            d_state[k * num_neurons + n] += d_summand_1 * C[k];
            sum_of_d_C += d_summand_1 * state_1[k * num_neurons + n];
            const real d_inner_2 = d_state[k * num_neurons + n] * drive;
            const real d_dt_A = d_state[k * num_neurons + n] * state[k * num_neurons + n] *
                inner_3[k * num_neurons + n] + d_inner_2 / A[k * num_neurons + n] *
                (inner_1[k * num_neurons + n] + 1);
            d_A[k * num_neurons + n] += -(d_inner_2 * (inner_2 / A[k * num_neurons + n]));
            const real d_drive = d_state[k * num_neurons + n] * inner_2;
            d_state[k * num_neurons + n] = d_state[k * num_neurons + n] *
                inner_3[k * num_neurons + n];
            sum_of_d_B += d_drive * x[n];
            d_x[n] += d_drive * B[k];
            d_dt[n] += d_dt_A * A[k * num_neurons + n];
            d_A[k * num_neurons + n] += d_dt_A * dt[n];
        }
        d_C[k] += sum_of_d_C;
        d_B[k] += sum_of_d_B;
    }

    #pragma omp simd
    for (size n = 0; n < num_neurons; n++) {
        d_dt_1[n] = d_dt[n] * sigmoid(dt_1[n]);
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
