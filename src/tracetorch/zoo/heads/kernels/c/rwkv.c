// Generated from spec/zoo/heads.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 1b1187238ed2df9b
// RWKV, RWKV layer with several heads.
// The recurrence of one timestep, for one sample. Arrays have the neurons last.
// Digest of the timestep: 8b7767a1b97be507

// The number of elements of each array, for one sample; of the operand and of the result of each
// product.
static void measure(
    const size *sizes, size *forward, size *recompute, size *backward, size *inputs, size *outputs)
{
    const size heads = sizes[0];
    const size head_size = sizes[1];
    forward[0] = heads * head_size; // r
    forward[1] = heads * head_size; // k
    forward[2] = heads * head_size; // v
    forward[3] = heads * head_size; // own_d_1
    forward[4] = heads * head_size; // decay_bias
    forward[5] = heads * head_size; // bonus
    forward[6] = heads * head_size * head_size; // memory
    forward[7] = heads * head_size * head_size; // memory_1
    forward[8] = heads * head_size; // h_out
    forward[9] = heads * head_size; // d
    forward[10] = heads * head_size; // h
    recompute[0] = heads * head_size; // r
    recompute[1] = heads * head_size; // k
    recompute[2] = heads * head_size; // v
    recompute[3] = heads * head_size; // own_d_1
    recompute[4] = heads * head_size; // decay_bias
    recompute[5] = heads * head_size; // bonus
    recompute[6] = heads * head_size * head_size; // memory
    recompute[7] = heads * head_size * head_size; // memory_1
    recompute[8] = head_size * heads; // inner_2
    recompute[9] = head_size * heads; // inner_3
    backward[0] = heads * head_size; // r
    backward[1] = heads * head_size; // k
    backward[2] = heads * head_size; // v
    backward[3] = heads * head_size; // own_d_1
    backward[4] = heads * head_size; // decay_bias
    backward[5] = heads * head_size; // bonus
    backward[6] = heads * head_size * head_size; // memory
    backward[7] = heads * head_size * head_size; // memory_1
    backward[8] = head_size * heads; // inner_2
    backward[9] = head_size * heads; // inner_3
    backward[10] = heads * head_size; // d_h_out
    backward[11] = heads * head_size * head_size; // d_memory
    backward[12] = heads * head_size; // d_r
    backward[13] = heads * head_size; // d_k
    backward[14] = heads * head_size; // d_v
    backward[15] = heads * head_size; // d_own_d_1
    backward[16] = heads * head_size; // d_decay_bias
    backward[17] = heads * head_size; // d_bonus
    backward[18] = heads * head_size; // d_h
    backward[19] = heads * head_size; // d_d
}

static void forward_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size heads = sizes[0];
    const size head_size = sizes[1];
    const real *restrict r_ = at[0];
    const real *restrict k_ = at[1];
    const real *restrict v = at[2];
    const real *restrict own_d_1 = at[3];
    const real *restrict decay_bias = at[4];
    const real *restrict bonus = at[5];
    const real *restrict memory = at[6];
    real *restrict memory_1 = at[7];
    real *restrict h_out = at[8];
    real *restrict d = at[9];
    real *restrict h = at[10];

    for (size l = 0; l < head_size; l++) {
        #pragma omp simd
        for (size n = 0; n < heads; n++) {
            d[l * heads + n] = own_d_1[l * heads + n] + decay_bias[l * heads + n];
        }
    }

    clear(h, heads * head_size);
    for (size k = 0; k < head_size; k++) {
        for (size l = 0; l < head_size; l++) {
            #pragma omp simd
            for (size n = 0; n < heads; n++) {
                const real written = v[k * heads + n] * k_[l * heads + n];
                const real summand_1 = (memory[(k * head_size + l) * heads + n] +
                    bonus[l * heads + n] * written) * r_[l * heads + n];
                h[k * heads + n] += summand_1;
                memory_1[(k * head_size + l) * heads + n] = real_exp(-real_exp(d[l * heads + n])) *
                    memory[(k * head_size + l) * heads + n] + written;
            }
        }
    }

    for (size k = 0; k < head_size; k++) {
        #pragma omp simd
        for (size n = 0; n < heads; n++) {
            h_out[k * heads + n] = h[k * heads + n];
        }
    }
}

static void recompute_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size heads = sizes[0];
    const size head_size = sizes[1];
    const real *restrict k_ = at[1];
    const real *restrict v = at[2];
    const real *restrict own_d_1 = at[3];
    const real *restrict decay_bias = at[4];
    const real *restrict memory = at[6];
    real *restrict memory_1 = at[7];
    real *restrict inner_2 = at[8];
    real *restrict inner_3 = at[9];

    for (size l = 0; l < head_size; l++) {
        #pragma omp simd
        for (size n = 0; n < heads; n++) {
            const real d = own_d_1[l * heads + n] + decay_bias[l * heads + n];
            inner_2[l * heads + n] = real_exp(d);
            inner_3[l * heads + n] = real_exp(-inner_2[l * heads + n]);
        }
    }

    for (size k = 0; k < head_size; k++) {
        for (size l = 0; l < head_size; l++) {
            #pragma omp simd
            for (size n = 0; n < heads; n++) {
                const real written = v[k * heads + n] * k_[l * heads + n];
                memory_1[(k * head_size + l) * heads + n] = inner_3[l * heads + n] *
                    memory[(k * head_size + l) * heads + n] + written;
            }
        }
    }
}

static void backward_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size heads = sizes[0];
    const size head_size = sizes[1];
    const real *restrict r_ = at[0];
    const real *restrict k_ = at[1];
    const real *restrict v = at[2];
    const real *restrict bonus = at[5];
    const real *restrict memory = at[6];
    const real *restrict inner_2 = at[8];
    const real *restrict inner_3 = at[9];
    const real *restrict d_h_out = at[10];
    real *restrict d_memory = at[11];
    real *restrict d_r = at[12];
    real *restrict d_k = at[13];
    real *restrict d_v = at[14];
    real *restrict d_own_d_1 = at[15];
    real *restrict d_decay_bias = at[16];
    real *restrict d_bonus = at[17];
    real *restrict d_h = at[18];
    real *restrict d_d = at[19];

    for (size k = 0; k < head_size; k++) {
        #pragma omp simd
        for (size n = 0; n < heads; n++) {
            d_h[k * heads + n] = d_h_out[k * heads + n];
        }
    }

    clear(d_d, heads * head_size);
    clear(d_r, heads * head_size);
    clear(d_v, heads * head_size);
    clear(d_k, heads * head_size);
    for (size k = 0; k < head_size; k++) {
        for (size l = 0; l < head_size; l++) {
            #pragma omp simd
            for (size n = 0; n < heads; n++) {
                const real written = v[k * heads + n] * k_[l * heads + n];
                const real inner_1 = memory[(k * head_size + l) * heads + n] + bonus[l * heads + n]
                    * written;
                d_d[l * heads + n] += -(d_memory[(k * head_size + l) * heads + n] *
                    memory[(k * head_size + l) * heads + n] * inner_3[l * heads + n] *
                    inner_2[l * heads + n]);
                real d_written = d_memory[(k * head_size + l) * heads + n];
                d_memory[(k * head_size + l) * heads + n] =
                    d_memory[(k * head_size + l) * heads + n] * inner_3[l * heads + n];
                const real d_summand_1 = d_h[k * heads + n];
                const real d_inner_1 = d_summand_1 * r_[l * heads + n];
                d_memory[(k * head_size + l) * heads + n] += d_inner_1;
                d_bonus[l * heads + n] += d_inner_1 * written;
                d_written += d_inner_1 * bonus[l * heads + n];
                d_r[l * heads + n] += d_summand_1 * inner_1;
                d_v[k * heads + n] += d_written * k_[l * heads + n];
                d_k[l * heads + n] += d_written * v[k * heads + n];
            }
        }
    }

    for (size l = 0; l < head_size; l++) {
        #pragma omp simd
        for (size n = 0; n < heads; n++) {
            d_own_d_1[l * heads + n] = d_d[l * heads + n];
            d_decay_bias[l * heads + n] += d_d[l * heads + n];
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
