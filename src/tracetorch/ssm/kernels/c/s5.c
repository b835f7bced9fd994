// Generated from spec/ssm.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 048e3cce8fde9216
// S5, state space shared by all features.
// The recurrence of one timestep, for one sample. Arrays have the neurons last.
// Digest of the timestep: 44619f4ccddcf1f1

// The number of elements of each array, for one sample; of the operand and of the result of each
// product.
static void measure(
    const size *sizes, size *forward, size *recompute, size *backward, size *inputs, size *outputs)
{
    const size d_state_ = sizes[0];
    forward[0] = d_state_; // drive
    forward[1] = d_state_; // global_state_1
    forward[2] = d_state_; // global_state_2
    forward[3] = d_state_; // global_state
    forward[4] = d_state_; // global_state_3
    forward[5] = d_state_; // global_state_out
    recompute[0] = d_state_; // drive
    recompute[1] = d_state_; // global_state_1
    recompute[2] = d_state_; // global_state_2
    recompute[3] = d_state_; // global_state
    recompute[4] = d_state_; // global_state_3
    backward[0] = d_state_; // drive
    backward[1] = d_state_; // global_state_1
    backward[2] = d_state_; // global_state_2
    backward[3] = d_state_; // global_state
    backward[4] = d_state_; // global_state_3
    backward[5] = d_state_; // d_global_state_out
    backward[6] = d_state_; // d_global_state
    backward[7] = d_state_; // d_drive
    backward[8] = d_state_; // d_global_state_1
    backward[9] = d_state_; // d_global_state_2
}

static void forward_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size d_state_ = sizes[0];
    const real *restrict drive = at[0];
    const real *restrict global_state_1 = at[1];
    const real *restrict global_state_2 = at[2];
    const real *restrict global_state = at[3];
    real *restrict global_state_3 = at[4];
    real *restrict global_state_out = at[5];

    #pragma omp simd
    for (size n = 0; n < d_state_; n++) {
        global_state_3[n] = global_state_1[n] * global_state[n] + global_state_2[n] * drive[n];
        global_state_out[n] = global_state_3[n];
    }
}

static void recompute_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size d_state_ = sizes[0];
    const real *restrict drive = at[0];
    const real *restrict global_state_1 = at[1];
    const real *restrict global_state_2 = at[2];
    const real *restrict global_state = at[3];
    real *restrict global_state_3 = at[4];

    #pragma omp simd
    for (size n = 0; n < d_state_; n++) {
        global_state_3[n] = global_state_1[n] * global_state[n] + global_state_2[n] * drive[n];
    }
}

static void backward_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size d_state_ = sizes[0];
    const real *restrict drive = at[0];
    const real *restrict global_state_1 = at[1];
    const real *restrict global_state_2 = at[2];
    const real *restrict global_state = at[3];
    const real *restrict d_global_state_out = at[5];
    real *restrict d_global_state = at[6];
    real *restrict d_drive = at[7];
    real *restrict d_global_state_1 = at[8];
    real *restrict d_global_state_2 = at[9];

    #pragma omp simd
    for (size n = 0; n < d_state_; n++) {
        d_global_state[n] += d_global_state_out[n];
        d_global_state_1[n] += d_global_state[n] * global_state[n];
        d_global_state_2[n] += d_global_state[n] * drive[n];
        d_drive[n] = d_global_state[n] * global_state_2[n];
        d_global_state[n] = d_global_state[n] * global_state_1[n];
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
