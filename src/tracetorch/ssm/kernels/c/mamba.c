// Generated from spec/ssm.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: f93a84787adadde0
// Mamba, gated selective state space behind a short convolution.
// The recurrence of one timestep, for one sample. Arrays have the neurons last.
// Digest of the timestep: b83ed2e8fdfa6879

// The number of elements of each array, for one sample; of the operand and of the result of each
// product.
static void measure(
    const size *sizes, size *forward, size *recompute, size *backward, size *inputs, size *outputs)
{
    const size num_neurons = sizes[0];
    const size d_state_ = sizes[1];
    forward[0] = num_neurons; // main
    forward[1] = num_neurons; // gate
    forward[2] = d_state_; // B
    forward[3] = d_state_; // C
    forward[4] = num_neurons; // dt_1
    forward[5] = num_neurons * d_state_; // A
    forward[6] = num_neurons; // D
    forward[7] = num_neurons * d_state_; // ssm_state
    forward[8] = num_neurons * d_state_; // ssm_state_1
    forward[9] = num_neurons; // y_out
    forward[10] = num_neurons; // dt
    forward[11] = num_neurons; // total_1
    recompute[0] = num_neurons; // main
    recompute[1] = num_neurons; // gate
    recompute[2] = d_state_; // B
    recompute[3] = d_state_; // C
    recompute[4] = num_neurons; // dt_1
    recompute[5] = num_neurons * d_state_; // A
    recompute[6] = num_neurons; // D
    recompute[7] = num_neurons * d_state_; // ssm_state
    recompute[8] = num_neurons * d_state_; // ssm_state_1
    recompute[9] = d_state_ * num_neurons; // inner_1
    recompute[10] = d_state_ * num_neurons; // inner_3
    recompute[11] = num_neurons; // dt
    backward[0] = num_neurons; // main
    backward[1] = num_neurons; // gate
    backward[2] = d_state_; // B
    backward[3] = d_state_; // C
    backward[4] = num_neurons; // dt_1
    backward[5] = num_neurons * d_state_; // A
    backward[6] = num_neurons; // D
    backward[7] = num_neurons * d_state_; // ssm_state
    backward[8] = num_neurons * d_state_; // ssm_state_1
    backward[9] = d_state_ * num_neurons; // inner_1
    backward[10] = d_state_ * num_neurons; // inner_3
    backward[11] = num_neurons; // d_y_out
    backward[12] = num_neurons * d_state_; // d_ssm_state
    backward[13] = num_neurons; // d_main
    backward[14] = num_neurons; // d_gate
    backward[15] = d_state_; // d_B
    backward[16] = d_state_; // d_C
    backward[17] = num_neurons; // d_dt_1
    backward[18] = num_neurons * d_state_; // d_A
    backward[19] = num_neurons; // d_D
    backward[20] = num_neurons; // dt
    backward[21] = num_neurons; // d_y_1
    backward[22] = num_neurons; // d_total_1
    backward[23] = num_neurons; // total_1
    backward[24] = num_neurons; // d_dt
}

static void forward_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size num_neurons = sizes[0];
    const size d_state_ = sizes[1];
    const real *restrict main = at[0];
    const real *restrict gate = at[1];
    const real *restrict B = at[2];
    const real *restrict C = at[3];
    const real *restrict dt_1 = at[4];
    const real *restrict A = at[5];
    const real *restrict D = at[6];
    const real *restrict ssm_state = at[7];
    real *restrict ssm_state_1 = at[8];
    real *restrict y_out = at[9];
    real *restrict dt = at[10];
    real *restrict total_1 = at[11];

    #pragma omp simd
    for (size n = 0; n < num_neurons; n++) {
        dt[n] = softplus(dt_1[n]);
    }

    clear(total_1, num_neurons);
    for (size k = 0; k < d_state_; k++) {
        #pragma omp simd
        for (size n = 0; n < num_neurons; n++) {
            const real dt_A = dt[n] * A[k * num_neurons + n];
            const real drive = B[k] * main[n];
            ssm_state_1[k * num_neurons + n] = real_exp(dt_A) * ssm_state[k * num_neurons + n] +
                real_expm1(dt_A) / A[k * num_neurons + n] * drive;
            const real summand_1 = ssm_state_1[k * num_neurons + n] * C[k];
            total_1[n] += summand_1;
        }
    }

    #pragma omp simd
    for (size n = 0; n < num_neurons; n++) {
        const real y = total_1[n] + D[n] * main[n];
        const real y_1 = y * silu(gate[n]);
        y_out[n] = y_1;
    }
}

static void recompute_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size num_neurons = sizes[0];
    const size d_state_ = sizes[1];
    const real *restrict main = at[0];
    const real *restrict B = at[2];
    const real *restrict dt_1 = at[4];
    const real *restrict A = at[5];
    const real *restrict ssm_state = at[7];
    real *restrict ssm_state_1 = at[8];
    real *restrict inner_1 = at[9];
    real *restrict inner_3 = at[10];
    real *restrict dt = at[11];

    #pragma omp simd
    for (size n = 0; n < num_neurons; n++) {
        dt[n] = softplus(dt_1[n]);
    }

    for (size k = 0; k < d_state_; k++) {
        #pragma omp simd
        for (size n = 0; n < num_neurons; n++) {
            const real dt_A = dt[n] * A[k * num_neurons + n];
            const real drive = B[k] * main[n];
            inner_1[k * num_neurons + n] = real_expm1(dt_A);
            const real inner_2 = inner_1[k * num_neurons + n] / A[k * num_neurons + n];
            inner_3[k * num_neurons + n] = real_exp(dt_A);
            ssm_state_1[k * num_neurons + n] = inner_3[k * num_neurons + n] *
                ssm_state[k * num_neurons + n] + inner_2 * drive;
        }
    }
}

static void backward_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size num_neurons = sizes[0];
    const size d_state_ = sizes[1];
    const real *restrict main = at[0];
    const real *restrict gate = at[1];
    const real *restrict B = at[2];
    const real *restrict C = at[3];
    const real *restrict dt_1 = at[4];
    const real *restrict A = at[5];
    const real *restrict D = at[6];
    const real *restrict ssm_state = at[7];
    const real *restrict ssm_state_1 = at[8];
    const real *restrict inner_1 = at[9];
    const real *restrict inner_3 = at[10];
    const real *restrict d_y_out = at[11];
    real *restrict d_ssm_state = at[12];
    real *restrict d_main = at[13];
    real *restrict d_gate = at[14];
    real *restrict d_B = at[15];
    real *restrict d_C = at[16];
    real *restrict d_dt_1 = at[17];
    real *restrict d_A = at[18];
    real *restrict d_D = at[19];
    real *restrict dt = at[20];
    real *restrict d_y_1 = at[21];
    real *restrict d_total_1 = at[22];
    real *restrict total_1 = at[23];
    real *restrict d_dt = at[24];

    #pragma omp simd
    for (size n = 0; n < num_neurons; n++) {
        dt[n] = softplus(dt_1[n]);
        const real inner_4 = silu(gate[n]);
        d_y_1[n] = d_y_out[n];
        const real d_y = d_y_1[n] * inner_4;
        d_total_1[n] = d_y;
        d_D[n] += d_y * main[n];
        d_main[n] = d_y * D[n];
    }

    clear(total_1, num_neurons);
    clear(d_C, d_state_);
    clear(d_B, d_state_);
    clear(d_dt, num_neurons);
    for (size k = 0; k < d_state_; k++) {
        real sum_of_d_C = 0;
        real sum_of_d_B = 0;
        #pragma omp simd reduction(+ : sum_of_d_C, sum_of_d_B)
        for (size n = 0; n < num_neurons; n++) {
            const real drive = B[k] * main[n];
            const real inner_2 = inner_1[k * num_neurons + n] / A[k * num_neurons + n];
            const real summand_1 = ssm_state_1[k * num_neurons + n] * C[k];
            total_1[n] += summand_1;
            const real d_summand_1 = d_total_1[n];
            d_ssm_state[k * num_neurons + n] += d_summand_1 * C[k];
            sum_of_d_C += d_summand_1 * ssm_state_1[k * num_neurons + n];
            const real d_inner_2 = d_ssm_state[k * num_neurons + n] * drive;
            const real d_dt_A = d_ssm_state[k * num_neurons + n] * ssm_state[k * num_neurons + n] *
                inner_3[k * num_neurons + n] + d_inner_2 / A[k * num_neurons + n] *
                (inner_1[k * num_neurons + n] + 1);
            d_A[k * num_neurons + n] += -(d_inner_2 * (inner_2 / A[k * num_neurons + n]));
            const real d_drive = d_ssm_state[k * num_neurons + n] * inner_2;
            d_ssm_state[k * num_neurons + n] = d_ssm_state[k * num_neurons + n] *
                inner_3[k * num_neurons + n];
            sum_of_d_B += d_drive * main[n];
            d_main[n] += d_drive * B[k];
            d_dt[n] += d_dt_A * A[k * num_neurons + n];
            d_A[k * num_neurons + n] += d_dt_A * dt[n];
        }
        d_C[k] += sum_of_d_C;
        d_B[k] += sum_of_d_B;
    }

    #pragma omp simd
    for (size n = 0; n < num_neurons; n++) {
        const real y = total_1[n] + D[n] * main[n];
        d_gate[n] = d_y_1[n] * y * sigmoid(gate[n]) * (1 + gate[n] * (1 - sigmoid(gate[n])));
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
