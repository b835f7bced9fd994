// Generated from spec/zoo/heads.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 0714deea6687145a
// RWKV, RWKV layer with several heads.
// The recurrence of one timestep, for one sample. Arrays have the neurons last.
// Digest of the timestep: a85dab89c264ac45

// The number of elements of each array, for one sample; of the operand and of the result of each
// product.
static void measure(
    const size *sizes, size *forward, size *backward, size *inputs, size *outputs)
{
    const size heads = sizes[0];
    const size head_size = sizes[1];
    forward[0] = heads * head_size; // r
    forward[1] = heads * head_size; // k
    forward[2] = heads * head_size; // v
    forward[3] = heads * head_size; // own_d_1
    forward[4] = heads * head_size; // decay_bias
    forward[5] = heads * head_size; // bonus
    forward[6] = heads * head_size; // norm_scale
    forward[7] = heads * head_size; // norm_bias
    forward[8] = heads * head_size * head_size; // memory
    forward[9] = heads * head_size * head_size; // memory_1
    forward[10] = heads * head_size; // y_1_out
    forward[11] = heads * head_size; // d
    forward[12] = heads * head_size; // h_1
    forward[13] = heads; // total_1
    forward[14] = heads * head_size; // h_2
    forward[15] = heads; // total_2
    backward[0] = heads * head_size; // r
    backward[1] = heads * head_size; // k
    backward[2] = heads * head_size; // v
    backward[3] = heads * head_size; // own_d_1
    backward[4] = heads * head_size; // decay_bias
    backward[5] = heads * head_size; // bonus
    backward[6] = heads * head_size; // norm_scale
    backward[7] = heads * head_size; // norm_bias
    backward[8] = heads * head_size * head_size; // memory
    backward[9] = heads * head_size; // d_y_1_out
    backward[10] = heads * head_size * head_size; // d_memory
    backward[11] = heads * head_size; // d_r
    backward[12] = heads * head_size; // d_k
    backward[13] = heads * head_size; // d_v
    backward[14] = heads * head_size; // d_own_d_1
    backward[15] = heads * head_size; // d_decay_bias
    backward[16] = heads * head_size; // d_bonus
    backward[17] = heads * head_size; // d_norm_scale
    backward[18] = heads * head_size; // d_norm_bias
    backward[19] = head_size * heads; // inner_2
    backward[20] = head_size * heads; // inner_3
    backward[21] = heads * head_size; // d_y_1
    backward[22] = heads * head_size; // d_h_3
    backward[23] = heads * head_size * head_size; // written
    backward[24] = head_size * head_size * heads; // inner_1
    backward[25] = heads * head_size; // h_1
    backward[26] = heads * head_size; // d_d
    backward[27] = heads * head_size * head_size; // d_written
    backward[28] = heads; // total_1
    backward[29] = heads; // inner_4
    backward[30] = heads * head_size; // h_2
    backward[31] = heads; // total_2
    backward[32] = heads; // inner_5
    backward[33] = heads; // inner_6
    backward[34] = heads; // d_inner_5
    backward[35] = heads * head_size; // d_h_2
    backward[36] = heads; // d_total_2
    backward[37] = heads; // d_head_size
    backward[38] = heads * head_size; // d_h_1
    backward[39] = heads; // d_total_1
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
    const real *restrict norm_scale = at[6];
    const real *restrict norm_bias = at[7];
    const real *restrict memory = at[8];
    real *restrict memory_1 = at[9];
    real *restrict y_1_out = at[10];
    real *restrict d = at[11];
    real *restrict h_1 = at[12];
    real *restrict total_1 = at[13];
    real *restrict h_2 = at[14];
    real *restrict total_2 = at[15];

    for (size k = 0; k < head_size; k++) {
        #pragma omp simd
        for (size n = 0; n < heads; n++) {
            d[k * heads + n] = own_d_1[k * heads + n] + decay_bias[k * heads + n];
        }
    }

    clear(h_1, heads * head_size);
    for (size k = 0; k < head_size; k++) {
        for (size l = 0; l < head_size; l++) {
            #pragma omp simd
            for (size n = 0; n < heads; n++) {
                const real written = v[l * heads + n] * k_[k * heads + n];
                const real summand_1 = (memory[(l * head_size + k) * heads + n] +
                    bonus[k * heads + n] * written) * r_[k * heads + n];
                h_1[l * heads + n] += summand_1;
                memory_1[(l * head_size + k) * heads + n] = real_exp(-real_exp(d[k * heads + n])) *
                    memory[(l * head_size + k) * heads + n] + written;
            }
        }
    }

    clear(total_1, heads);
    for (size l = 0; l < head_size; l++) {
        #pragma omp simd
        for (size n = 0; n < heads; n++) {
            total_1[n] += h_1[l * heads + n];
        }
    }

    clear(total_2, heads);
    for (size l = 0; l < head_size; l++) {
        #pragma omp simd
        for (size n = 0; n < heads; n++) {
            h_2[l * heads + n] = h_1[l * heads + n] - total_1[n] / (real)head_size;
            const real h = h_2[l * heads + n] * h_2[l * heads + n];
            total_2[n] += h;
        }
    }

    for (size l = 0; l < head_size; l++) {
        #pragma omp simd
        for (size n = 0; n < heads; n++) {
            const real h_3 = h_2[l * heads + n] / real_sqrt(total_2[n] / (real)head_size +
                (real)1e-05);
            const real y_1 = norm_scale[l * heads + n] * h_3 + norm_bias[l * heads + n];
            y_1_out[l * heads + n] = y_1;
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
    const real *restrict own_d_1 = at[3];
    const real *restrict decay_bias = at[4];
    const real *restrict bonus = at[5];
    const real *restrict norm_scale = at[6];
    const real *restrict memory = at[8];
    const real *restrict d_y_1_out = at[9];
    real *restrict d_memory = at[10];
    real *restrict d_r = at[11];
    real *restrict d_k = at[12];
    real *restrict d_v = at[13];
    real *restrict d_own_d_1 = at[14];
    real *restrict d_decay_bias = at[15];
    real *restrict d_bonus = at[16];
    real *restrict d_norm_scale = at[17];
    real *restrict d_norm_bias = at[18];
    real *restrict inner_2 = at[19];
    real *restrict inner_3 = at[20];
    real *restrict d_y_1 = at[21];
    real *restrict d_h_3 = at[22];
    real *restrict written = at[23];
    real *restrict inner_1 = at[24];
    real *restrict h_1 = at[25];
    real *restrict d_d = at[26];
    real *restrict d_written = at[27];
    real *restrict total_1 = at[28];
    real *restrict inner_4 = at[29];
    real *restrict h_2 = at[30];
    real *restrict total_2 = at[31];
    real *restrict inner_5 = at[32];
    real *restrict inner_6 = at[33];
    real *restrict d_inner_5 = at[34];
    real *restrict d_h_2 = at[35];
    real *restrict d_total_2 = at[36];
    real *restrict d_head_size = at[37];
    real *restrict d_h_1 = at[38];
    real *restrict d_total_1 = at[39];

    for (size k = 0; k < head_size; k++) {
        #pragma omp simd
        for (size n = 0; n < heads; n++) {
            const real d = own_d_1[k * heads + n] + decay_bias[k * heads + n];
            inner_2[k * heads + n] = real_exp(d);
            inner_3[k * heads + n] = real_exp(-inner_2[k * heads + n]);
        }
    }

    for (size l = 0; l < head_size; l++) {
        #pragma omp simd
        for (size n = 0; n < heads; n++) {
            d_y_1[l * heads + n] = d_y_1_out[l * heads + n];
            d_h_3[l * heads + n] = d_y_1[l * heads + n] * norm_scale[l * heads + n];
            d_norm_bias[l * heads + n] += d_y_1[l * heads + n];
        }
    }

    clear(h_1, heads * head_size);
    clear(d_d, heads * head_size);
    for (size k = 0; k < head_size; k++) {
        for (size l = 0; l < head_size; l++) {
            #pragma omp simd
            for (size n = 0; n < heads; n++) {
                written[(l * head_size + k) * heads + n] = v[l * heads + n] * k_[k * heads + n];
                inner_1[(k * head_size + l) * heads + n] = memory[(l * head_size + k) * heads + n] +
                    bonus[k * heads + n] * written[(l * head_size + k) * heads + n];
                const real summand_1 = inner_1[(k * head_size + l) * heads + n] * r_[k * heads + n];
                h_1[l * heads + n] += summand_1;
                d_d[k * heads + n] += -(d_memory[(l * head_size + k) * heads + n] *
                    memory[(l * head_size + k) * heads + n] * inner_3[k * heads + n] *
                    inner_2[k * heads + n]);
                d_written[(l * head_size + k) * heads + n] =
                    d_memory[(l * head_size + k) * heads + n];
                d_memory[(l * head_size + k) * heads + n] =
                    d_memory[(l * head_size + k) * heads + n] * inner_3[k * heads + n];
            }
        }
    }

    clear(total_1, heads);
    for (size l = 0; l < head_size; l++) {
        #pragma omp simd
        for (size n = 0; n < heads; n++) {
            total_1[n] += h_1[l * heads + n];
        }
    }

    #pragma omp simd
    for (size n = 0; n < heads; n++) {
        inner_4[n] = total_1[n] / (real)head_size;
    }

    clear(total_2, heads);
    for (size l = 0; l < head_size; l++) {
        #pragma omp simd
        for (size n = 0; n < heads; n++) {
            h_2[l * heads + n] = h_1[l * heads + n] - inner_4[n];
            const real h = h_2[l * heads + n] * h_2[l * heads + n];
            total_2[n] += h;
        }
    }

    #pragma omp simd
    for (size n = 0; n < heads; n++) {
        inner_5[n] = total_2[n] / (real)head_size;
        inner_6[n] = real_sqrt(inner_5[n] + (real)1e-05);
    }

    clear(d_inner_5, heads);
    for (size l = 0; l < head_size; l++) {
        #pragma omp simd
        for (size n = 0; n < heads; n++) {
            const real h_3 = h_2[l * heads + n] / inner_6[n];
            d_norm_scale[l * heads + n] += d_y_1[l * heads + n] * h_3;
            d_inner_5[n] += -(d_h_3[l * heads + n] * (h_3 / inner_6[n]) / (2 * inner_6[n]));
            d_h_2[l * heads + n] = d_h_3[l * heads + n] / inner_6[n];
        }
    }

    #pragma omp simd
    for (size n = 0; n < heads; n++) {
        d_total_2[n] = d_inner_5[n] / (real)head_size;
        d_head_size[n] = -(d_inner_5[n] * (inner_5[n] / (real)head_size));
    }

    clear(d_total_1, heads);
    for (size l = 0; l < head_size; l++) {
        #pragma omp simd
        for (size n = 0; n < heads; n++) {
            const real d_h = d_total_2[n];
            d_h_2[l * heads + n] += d_h * h_2[l * heads + n] + d_h * h_2[l * heads + n];
            d_h_1[l * heads + n] = d_h_2[l * heads + n];
            d_total_1[n] += -(d_h_2[l * heads + n] / (real)head_size);
            d_head_size[n] += -(-d_h_2[l * heads + n]) * (inner_4[n] / (real)head_size);
        }
    }

    for (size l = 0; l < head_size; l++) {
        #pragma omp simd
        for (size n = 0; n < heads; n++) {
            d_h_1[l * heads + n] += d_total_1[n];
        }
    }

    for (size k = 0; k < head_size; k++) {
        #pragma omp simd
        for (size n = 0; n < heads; n++) {
            d_own_d_1[k * heads + n] = d_d[k * heads + n];
            d_decay_bias[k * heads + n] += d_d[k * heads + n];
        }
    }

    clear(d_r, heads * head_size);
    clear(d_v, heads * head_size);
    clear(d_k, heads * head_size);
    for (size k = 0; k < head_size; k++) {
        for (size l = 0; l < head_size; l++) {
            #pragma omp simd
            for (size n = 0; n < heads; n++) {
                const real d_summand_1 = d_h_1[l * heads + n];
                const real d_inner_1 = d_summand_1 * r_[k * heads + n];
                d_memory[(l * head_size + k) * heads + n] += d_inner_1;
                d_bonus[k * heads + n] += d_inner_1 * written[(l * head_size + k) * heads + n];
                d_written[(l * head_size + k) * heads + n] += d_inner_1 * bonus[k * heads + n];
                d_r[k * heads + n] += d_summand_1 * inner_1[(k * head_size + l) * heads + n];
                d_v[l * heads + n] += d_written[(l * head_size + k) * heads + n] *
                    k_[k * heads + n];
                d_k[k * heads + n] += d_written[(l * head_size + k) * heads + n] * v[l * heads + n];
            }
        }
    }
}

static void forward_step(
    const struct sequence *s, const struct place *at, size rows, int again)
{
    each_row(forward_0, s, at, rows);
}

static void backward_step(const struct sequence *s, const struct place *at, size rows)
{
    each_row(backward_0, s, at, rows);
}
