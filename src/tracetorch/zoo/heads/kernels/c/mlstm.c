// Generated from spec/zoo/heads.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 18009dec05bbef75
// MLSTM, long short-term memory with a matrix memory.
// The recurrence of one timestep, for one sample. Arrays have the neurons last.
// Digest of the timestep: 104720e8f955ae62

// The number of elements of each array, for one sample; of the operand and of the result of each
// product.
static void measure(
    const size *sizes, size *forward, size *recompute, size *backward, size *inputs, size *outputs)
{
    const size heads = sizes[0];
    const size head_size = sizes[1];
    forward[0] = heads * head_size; // q
    forward[1] = heads * head_size; // k
    forward[2] = heads * head_size; // v
    forward[3] = heads; // log_write
    forward[4] = heads; // log_keep_1
    forward[5] = heads * head_size * head_size; // memory
    forward[6] = heads * head_size; // norm
    forward[7] = heads; // largest
    forward[8] = heads * head_size * head_size; // memory_1
    forward[9] = heads * head_size; // norm_1
    forward[10] = heads; // largest_1
    forward[11] = heads * head_size; // h_out
    forward[12] = heads; // keep
    forward[13] = heads; // write
    forward[14] = heads; // total_1
    forward[15] = heads; // scale
    forward[16] = heads * head_size; // total_2
    recompute[0] = heads * head_size; // q
    recompute[1] = heads * head_size; // k
    recompute[2] = heads * head_size; // v
    recompute[3] = heads; // log_write
    recompute[4] = heads; // log_keep_1
    recompute[5] = heads * head_size * head_size; // memory
    recompute[6] = heads * head_size; // norm
    recompute[7] = heads; // largest
    recompute[8] = heads * head_size * head_size; // memory_1
    recompute[9] = heads * head_size; // norm_1
    recompute[10] = heads; // largest_1
    recompute[11] = heads; // keep
    recompute[12] = heads; // write
    recompute[13] = head_size * heads; // inner_3
    backward[0] = heads * head_size; // q
    backward[1] = heads * head_size; // k
    backward[2] = heads * head_size; // v
    backward[3] = heads; // log_write
    backward[4] = heads; // log_keep_1
    backward[5] = heads * head_size * head_size; // memory
    backward[6] = heads * head_size; // norm
    backward[7] = heads; // largest
    backward[8] = heads * head_size * head_size; // memory_1
    backward[9] = heads * head_size; // norm_1
    backward[10] = heads; // largest_1
    backward[11] = heads * head_size; // d_h_out
    backward[12] = heads * head_size * head_size; // d_memory
    backward[13] = heads * head_size; // d_norm
    backward[14] = heads; // d_largest
    backward[15] = heads * head_size; // d_q
    backward[16] = heads * head_size; // d_k
    backward[17] = heads * head_size; // d_v
    backward[18] = heads; // d_log_write
    backward[19] = heads; // d_log_keep_1
    backward[20] = heads; // log_keep
    backward[21] = heads; // keep
    backward[22] = heads; // write
    backward[23] = heads; // inner_4
    backward[24] = head_size * heads; // inner_3
    backward[25] = heads * head_size; // d_h
    backward[26] = heads; // total_1
    backward[27] = heads; // inner_5
    backward[28] = heads; // scale
    backward[29] = heads * head_size; // d_total_2
    backward[30] = heads * head_size; // total_2
    backward[31] = head_size * heads; // d_inner_3
    backward[32] = heads; // d_scale
    backward[33] = heads; // d_total_1
    backward[34] = heads; // d_keep
    backward[35] = heads; // d_write
}

static void forward_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size heads = sizes[0];
    const size head_size = sizes[1];
    const real *restrict q_ = at[0];
    const real *restrict k_ = at[1];
    const real *restrict v = at[2];
    const real *restrict log_write = at[3];
    const real *restrict log_keep_1 = at[4];
    const real *restrict memory = at[5];
    const real *restrict norm = at[6];
    const real *restrict largest = at[7];
    real *restrict memory_1 = at[8];
    real *restrict norm_1 = at[9];
    real *restrict largest_1 = at[10];
    real *restrict h_out = at[11];
    real *restrict keep = at[12];
    real *restrict write = at[13];
    real *restrict total_1 = at[14];
    real *restrict scale = at[15];
    real *restrict total_2 = at[16];

    #pragma omp simd
    for (size n = 0; n < heads; n++) {
        const real log_keep = -softplus(-log_keep_1[n]) + largest[n];
        largest_1[n] = maximum(log_keep, log_write[n]);
        keep[n] = real_exp(log_keep - largest_1[n]);
        write[n] = real_exp(log_write[n] - largest_1[n]);
    }

    clear(total_1, heads);
    for (size l = 0; l < head_size; l++) {
        #pragma omp simd
        for (size n = 0; n < heads; n++) {
            norm_1[l * heads + n] = keep[n] * norm[l * heads + n] + write[n] * k_[l * heads + n];
            const real summand_1 = norm_1[l * heads + n] * q_[l * heads + n];
            total_1[n] += summand_1;
        }
    }

    #pragma omp simd
    for (size n = 0; n < heads; n++) {
        scale[n] = maximum(real_abs(total_1[n]), real_exp(-largest_1[n]));
    }

    clear(total_2, heads * head_size);
    for (size k = 0; k < head_size; k++) {
        for (size l = 0; l < head_size; l++) {
            #pragma omp simd
            for (size n = 0; n < heads; n++) {
                memory_1[(k * head_size + l) * heads + n] = keep[n] *
                    memory[(k * head_size + l) * heads + n] + write[n] * v[k * heads + n] *
                    k_[l * heads + n];
                const real summand_2 = memory_1[(k * head_size + l) * heads + n] *
                    q_[l * heads + n];
                total_2[k * heads + n] += summand_2;
            }
        }
    }

    for (size k = 0; k < head_size; k++) {
        #pragma omp simd
        for (size n = 0; n < heads; n++) {
            const real h = total_2[k * heads + n] / scale[n];
            h_out[k * heads + n] = h;
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
    const real *restrict log_write = at[3];
    const real *restrict log_keep_1 = at[4];
    const real *restrict memory = at[5];
    const real *restrict norm = at[6];
    const real *restrict largest = at[7];
    real *restrict memory_1 = at[8];
    real *restrict norm_1 = at[9];
    real *restrict largest_1 = at[10];
    real *restrict keep = at[11];
    real *restrict write = at[12];
    real *restrict inner_3 = at[13];

    #pragma omp simd
    for (size n = 0; n < heads; n++) {
        const real log_keep = -softplus(-log_keep_1[n]) + largest[n];
        largest_1[n] = maximum(log_keep, log_write[n]);
        const real inner_1 = log_keep - largest_1[n];
        keep[n] = real_exp(inner_1);
        const real inner_2 = log_write[n] - largest_1[n];
        write[n] = real_exp(inner_2);
    }

    for (size k = 0; k < head_size; k++) {
        #pragma omp simd
        for (size n = 0; n < heads; n++) {
            inner_3[k * heads + n] = write[n] * v[k * heads + n];
        }
    }

    for (size l = 0; l < head_size; l++) {
        #pragma omp simd
        for (size n = 0; n < heads; n++) {
            norm_1[l * heads + n] = keep[n] * norm[l * heads + n] + write[n] * k_[l * heads + n];
        }
    }

    for (size k = 0; k < head_size; k++) {
        for (size l = 0; l < head_size; l++) {
            #pragma omp simd
            for (size n = 0; n < heads; n++) {
                memory_1[(k * head_size + l) * heads + n] = keep[n] *
                    memory[(k * head_size + l) * heads + n] + inner_3[k * heads + n] *
                    k_[l * heads + n];
            }
        }
    }
}

static void backward_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size heads = sizes[0];
    const size head_size = sizes[1];
    const real *restrict q_ = at[0];
    const real *restrict k_ = at[1];
    const real *restrict v = at[2];
    const real *restrict log_write = at[3];
    const real *restrict log_keep_1 = at[4];
    const real *restrict memory = at[5];
    const real *restrict norm = at[6];
    const real *restrict largest = at[7];
    const real *restrict memory_1 = at[8];
    const real *restrict norm_1 = at[9];
    const real *restrict largest_1 = at[10];
    const real *restrict d_h_out = at[11];
    real *restrict d_memory = at[12];
    real *restrict d_norm = at[13];
    real *restrict d_largest = at[14];
    real *restrict d_q = at[15];
    real *restrict d_k = at[16];
    real *restrict d_v = at[17];
    real *restrict d_log_write = at[18];
    real *restrict d_log_keep_1 = at[19];
    real *restrict log_keep = at[20];
    real *restrict keep = at[21];
    real *restrict write = at[22];
    real *restrict inner_4 = at[23];
    real *restrict inner_3 = at[24];
    real *restrict d_h = at[25];
    real *restrict total_1 = at[26];
    real *restrict inner_5 = at[27];
    real *restrict scale = at[28];
    real *restrict d_total_2 = at[29];
    real *restrict total_2 = at[30];
    real *restrict d_inner_3 = at[31];
    real *restrict d_scale = at[32];
    real *restrict d_total_1 = at[33];
    real *restrict d_keep = at[34];
    real *restrict d_write = at[35];

    #pragma omp simd
    for (size n = 0; n < heads; n++) {
        log_keep[n] = -softplus(-log_keep_1[n]) + largest[n];
        const real inner_1 = log_keep[n] - largest_1[n];
        keep[n] = real_exp(inner_1);
        const real inner_2 = log_write[n] - largest_1[n];
        write[n] = real_exp(inner_2);
        inner_4[n] = real_exp(-largest_1[n]);
    }

    for (size k = 0; k < head_size; k++) {
        #pragma omp simd
        for (size n = 0; n < heads; n++) {
            inner_3[k * heads + n] = write[n] * v[k * heads + n];
            d_h[k * heads + n] = d_h_out[k * heads + n];
        }
    }

    clear(total_1, heads);
    for (size l = 0; l < head_size; l++) {
        #pragma omp simd
        for (size n = 0; n < heads; n++) {
            const real summand_1 = norm_1[l * heads + n] * q_[l * heads + n];
            total_1[n] += summand_1;
        }
    }

    #pragma omp simd
    for (size n = 0; n < heads; n++) {
        inner_5[n] = real_abs(total_1[n]);
        scale[n] = maximum(inner_5[n], inner_4[n]);
    }

    for (size k = 0; k < head_size; k++) {
        #pragma omp simd
        for (size n = 0; n < heads; n++) {
            d_total_2[k * heads + n] = d_h[k * heads + n] / scale[n];
        }
    }

    clear(total_2, heads * head_size);
    clear(d_q, heads * head_size);
    clear(d_inner_3, head_size * heads);
    for (size k = 0; k < head_size; k++) {
        for (size l = 0; l < head_size; l++) {
            #pragma omp simd
            for (size n = 0; n < heads; n++) {
                const real summand_2 = memory_1[(k * head_size + l) * heads + n] *
                    q_[l * heads + n];
                total_2[k * heads + n] += summand_2;
                const real d_summand_2 = d_total_2[k * heads + n];
                d_memory[(k * head_size + l) * heads + n] += d_summand_2 * q_[l * heads + n];
                d_q[l * heads + n] += d_summand_2 * memory_1[(k * head_size + l) * heads + n];
                d_inner_3[k * heads + n] += d_memory[(k * head_size + l) * heads + n] *
                    k_[l * heads + n];
            }
        }
    }

    clear(d_scale, heads);
    for (size k = 0; k < head_size; k++) {
        #pragma omp simd
        for (size n = 0; n < heads; n++) {
            const real h = total_2[k * heads + n] / scale[n];
            d_scale[n] += -(d_h[k * heads + n] * (h / scale[n]));
            d_v[k * heads + n] = d_inner_3[k * heads + n] * write[n];
        }
    }

    #pragma omp simd
    for (size n = 0; n < heads; n++) {
        d_total_1[n] = (inner_5[n] >= inner_4[n] ? d_scale[n] : 0) * sign(total_1[n]);
        d_largest[n] += -((inner_5[n] < inner_4[n] ? d_scale[n] : 0) * inner_4[n]);
    }

    clear(d_keep, heads);
    clear(d_write, heads);
    for (size l = 0; l < head_size; l++) {
        #pragma omp simd
        for (size n = 0; n < heads; n++) {
            const real d_summand_1 = d_total_1[n];
            d_norm[l * heads + n] += d_summand_1 * q_[l * heads + n];
            d_q[l * heads + n] += d_summand_1 * norm_1[l * heads + n];
            d_keep[n] += d_norm[l * heads + n] * norm[l * heads + n];
            d_write[n] += d_norm[l * heads + n] * k_[l * heads + n];
            d_k[l * heads + n] = d_norm[l * heads + n] * write[n];
            d_norm[l * heads + n] = d_norm[l * heads + n] * keep[n];
        }
    }

    for (size k = 0; k < head_size; k++) {
        #pragma omp simd
        for (size n = 0; n < heads; n++) {
            d_write[n] += d_inner_3[k * heads + n] * v[k * heads + n];
        }
    }

    #pragma omp simd
    for (size n = 0; n < heads; n++) {
        const real d_inner_2 = d_write[n] * write[n];
        d_log_write[n] = d_inner_2;
        d_largest[n] += -d_inner_2;
    }

    for (size k = 0; k < head_size; k++) {
        for (size l = 0; l < head_size; l++) {
            #pragma omp simd
            for (size n = 0; n < heads; n++) {
                d_keep[n] += d_memory[(k * head_size + l) * heads + n] *
                    memory[(k * head_size + l) * heads + n];
                d_k[l * heads + n] += d_memory[(k * head_size + l) * heads + n] *
                    inner_3[k * heads + n];
                d_memory[(k * head_size + l) * heads + n] =
                    d_memory[(k * head_size + l) * heads + n] * keep[n];
            }
        }
    }

    #pragma omp simd
    for (size n = 0; n < heads; n++) {
        const real d_inner_1 = d_keep[n] * keep[n];
        real d_log_keep = d_inner_1;
        d_largest[n] += -d_inner_1;
        d_log_keep += (log_keep[n] >= log_write[n] ? d_largest[n] : 0);
        d_log_write[n] += (log_keep[n] < log_write[n] ? d_largest[n] : 0);
        d_log_keep_1[n] = d_log_keep * sigmoid(-log_keep_1[n]);
        d_largest[n] = d_log_keep;
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
