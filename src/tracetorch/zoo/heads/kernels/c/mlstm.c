// Generated from spec/zoo/heads.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 21b90ed05dee25c2
// MLSTM, long short-term memory with a matrix memory.
// The recurrence of one timestep, for one sample. Arrays have the neurons last.
// Digest of the timestep: ed30211c6c3cefb5

// The number of elements of each array, for one sample; of the operand and of the result of each
// product.
static void measure(
    const size *sizes, size *forward, size *backward, size *inputs, size *outputs)
{
    const size heads = sizes[0];
    const size head_size = sizes[1];
    forward[0] = heads * head_size; // q_1
    forward[1] = heads * head_size; // k_1
    forward[2] = heads * head_size; // v_1
    forward[3] = heads; // log_write
    forward[4] = heads; // log_keep_1
    forward[5] = heads * head_size; // h_1
    forward[6] = heads * head_size * head_size; // memory
    forward[7] = heads * head_size; // norm
    forward[8] = heads; // largest
    forward[9] = heads * head_size * head_size; // memory_1
    forward[10] = heads * head_size; // norm_1
    forward[11] = heads; // largest_1
    forward[12] = heads * head_size; // y_1_out
    forward[13] = heads; // keep
    forward[14] = heads; // write
    forward[15] = heads * head_size; // q
    forward[16] = heads * head_size; // k
    forward[17] = heads; // total_1
    forward[18] = heads; // scale
    forward[19] = heads * head_size; // v
    forward[20] = heads * head_size; // total_3
    forward[21] = heads * head_size; // total_2
    backward[0] = heads * head_size; // q_1
    backward[1] = heads * head_size; // k_1
    backward[2] = heads * head_size; // v_1
    backward[3] = heads; // log_write
    backward[4] = heads; // log_keep_1
    backward[5] = heads * head_size; // h_1
    backward[6] = heads * head_size * head_size; // memory
    backward[7] = heads * head_size; // norm
    backward[8] = heads; // largest
    backward[9] = heads * head_size; // d_y_1_out
    backward[10] = heads * head_size * head_size; // d_memory
    backward[11] = heads * head_size; // d_norm
    backward[12] = heads; // d_largest
    backward[13] = heads * head_size; // d_q_1
    backward[14] = heads * head_size; // d_k_1
    backward[15] = heads * head_size; // d_v_1
    backward[16] = heads; // d_log_write
    backward[17] = heads; // d_log_keep_1
    backward[18] = heads * head_size; // d_h_1
    backward[19] = heads; // log_keep
    backward[20] = heads; // keep
    backward[21] = heads; // write
    backward[22] = heads; // inner_4
    backward[23] = heads * head_size; // q
    backward[24] = heads * head_size; // k
    backward[25] = heads * head_size; // norm_1
    backward[26] = heads; // total_1
    backward[27] = heads; // inner_5
    backward[28] = heads; // scale
    backward[29] = heads * head_size; // v
    backward[30] = head_size * heads; // inner_3
    backward[31] = head_size * heads; // inner_6
    backward[32] = heads * head_size; // d_h_2
    backward[33] = heads * head_size; // d_h
    backward[34] = heads * head_size; // d_total_2
    backward[35] = heads * head_size; // total_2
    backward[36] = heads * head_size; // d_q
    backward[37] = head_size * heads; // d_inner_3
    backward[38] = heads; // d_scale
    backward[39] = heads; // d_total_1
    backward[40] = heads; // d_keep
    backward[41] = heads; // d_write
    backward[42] = heads * head_size; // d_k
}

static void forward_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size heads = sizes[0];
    const size head_size = sizes[1];
    const real *restrict q_1 = at[0];
    const real *restrict k_1 = at[1];
    const real *restrict v_1 = at[2];
    const real *restrict log_write = at[3];
    const real *restrict log_keep_1 = at[4];
    const real *restrict h_1 = at[5];
    const real *restrict memory = at[6];
    const real *restrict norm = at[7];
    const real *restrict largest = at[8];
    real *restrict memory_1 = at[9];
    real *restrict norm_1 = at[10];
    real *restrict largest_1 = at[11];
    real *restrict y_1_out = at[12];
    real *restrict keep = at[13];
    real *restrict write = at[14];
    real *restrict q_ = at[15];
    real *restrict k_ = at[16];
    real *restrict total_1 = at[17];
    real *restrict scale = at[18];
    real *restrict v = at[19];
    real *restrict total_3 = at[20];
    real *restrict total_2 = at[21];

    #pragma omp simd
    for (size n = 0; n < heads; n++) {
        const real log_keep = -softplus(-log_keep_1[n]) + largest[n];
        largest_1[n] = maximum(log_keep, log_write[n]);
        keep[n] = real_exp(log_keep - largest_1[n]);
        write[n] = real_exp(log_write[n] - largest_1[n]);
    }

    clear(total_1, heads);
    for (size k = 0; k < head_size; k++) {
        #pragma omp simd
        for (size n = 0; n < heads; n++) {
            q_[k * heads + n] = q_1[k * heads + n];
            k_[k * heads + n] = k_1[k * heads + n];
            norm_1[k * heads + n] = keep[n] * norm[k * heads + n] + write[n] * k_[k * heads + n];
            const real summand_1 = norm_1[k * heads + n] * q_[k * heads + n];
            total_1[n] += summand_1;
        }
    }

    #pragma omp simd
    for (size n = 0; n < heads; n++) {
        scale[n] = maximum(real_abs(total_1[n]), real_exp(-largest_1[n]));
    }

    for (size l = 0; l < head_size; l++) {
        #pragma omp simd
        for (size n = 0; n < heads; n++) {
            v[l * heads + n] = v_1[l * heads + n];
            total_3[l * heads + n] = h_1[l * heads + n];
        }
    }

    clear(total_2, heads * head_size);
    for (size k = 0; k < head_size; k++) {
        for (size l = 0; l < head_size; l++) {
            #pragma omp simd
            for (size n = 0; n < heads; n++) {
                memory_1[(l * head_size + k) * heads + n] = keep[n] *
                    memory[(l * head_size + k) * heads + n] + write[n] * v[l * heads + n] *
                    k_[k * heads + n];
                const real summand_2 = memory_1[(l * head_size + k) * heads + n] *
                    q_[k * heads + n];
                total_2[l * heads + n] += summand_2;
            }
        }
    }

    for (size l = 0; l < head_size; l++) {
        #pragma omp simd
        for (size n = 0; n < heads; n++) {
            const real h = total_2[l * heads + n] / scale[n];
            const real h_2 = sigmoid(total_3[l * heads + n]) * h;
            const real y_1 = h_2;
            y_1_out[l * heads + n] = y_1;
        }
    }
}

static void backward_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size heads = sizes[0];
    const size head_size = sizes[1];
    const real *restrict q_1 = at[0];
    const real *restrict k_1 = at[1];
    const real *restrict v_1 = at[2];
    const real *restrict log_write = at[3];
    const real *restrict log_keep_1 = at[4];
    const real *restrict h_1 = at[5];
    const real *restrict memory = at[6];
    const real *restrict norm = at[7];
    const real *restrict largest = at[8];
    const real *restrict d_y_1_out = at[9];
    real *restrict d_memory = at[10];
    real *restrict d_norm = at[11];
    real *restrict d_largest = at[12];
    real *restrict d_q_1 = at[13];
    real *restrict d_k_1 = at[14];
    real *restrict d_v_1 = at[15];
    real *restrict d_log_write = at[16];
    real *restrict d_log_keep_1 = at[17];
    real *restrict d_h_1 = at[18];
    real *restrict log_keep = at[19];
    real *restrict keep = at[20];
    real *restrict write = at[21];
    real *restrict inner_4 = at[22];
    real *restrict q_ = at[23];
    real *restrict k_ = at[24];
    real *restrict norm_1 = at[25];
    real *restrict total_1 = at[26];
    real *restrict inner_5 = at[27];
    real *restrict scale = at[28];
    real *restrict v = at[29];
    real *restrict inner_3 = at[30];
    real *restrict inner_6 = at[31];
    real *restrict d_h_2 = at[32];
    real *restrict d_h = at[33];
    real *restrict d_total_2 = at[34];
    real *restrict total_2 = at[35];
    real *restrict d_q = at[36];
    real *restrict d_inner_3 = at[37];
    real *restrict d_scale = at[38];
    real *restrict d_total_1 = at[39];
    real *restrict d_keep = at[40];
    real *restrict d_write = at[41];
    real *restrict d_k = at[42];

    #pragma omp simd
    for (size n = 0; n < heads; n++) {
        log_keep[n] = -softplus(-log_keep_1[n]) + largest[n];
        const real largest_1 = maximum(log_keep[n], log_write[n]);
        const real inner_1 = log_keep[n] - largest_1;
        keep[n] = real_exp(inner_1);
        const real inner_2 = log_write[n] - largest_1;
        write[n] = real_exp(inner_2);
        inner_4[n] = real_exp(-largest_1);
    }

    clear(total_1, heads);
    for (size k = 0; k < head_size; k++) {
        #pragma omp simd
        for (size n = 0; n < heads; n++) {
            q_[k * heads + n] = q_1[k * heads + n];
            k_[k * heads + n] = k_1[k * heads + n];
            norm_1[k * heads + n] = keep[n] * norm[k * heads + n] + write[n] * k_[k * heads + n];
            const real summand_1 = norm_1[k * heads + n] * q_[k * heads + n];
            total_1[n] += summand_1;
        }
    }

    #pragma omp simd
    for (size n = 0; n < heads; n++) {
        inner_5[n] = real_abs(total_1[n]);
        scale[n] = maximum(inner_5[n], inner_4[n]);
    }

    for (size l = 0; l < head_size; l++) {
        #pragma omp simd
        for (size n = 0; n < heads; n++) {
            v[l * heads + n] = v_1[l * heads + n];
            inner_3[l * heads + n] = write[n] * v[l * heads + n];
            const real total_3 = h_1[l * heads + n];
            inner_6[l * heads + n] = sigmoid(total_3);
            const real d_y_1 = d_y_1_out[l * heads + n];
            d_h_2[l * heads + n] = d_y_1;
            d_h[l * heads + n] = d_h_2[l * heads + n] * inner_6[l * heads + n];
            d_total_2[l * heads + n] = d_h[l * heads + n] / scale[n];
        }
    }

    clear(total_2, heads * head_size);
    clear(d_q, heads * head_size);
    clear(d_inner_3, head_size * heads);
    for (size k = 0; k < head_size; k++) {
        for (size l = 0; l < head_size; l++) {
            #pragma omp simd
            for (size n = 0; n < heads; n++) {
                const real memory_1 = keep[n] * memory[(l * head_size + k) * heads + n] +
                    inner_3[l * heads + n] * k_[k * heads + n];
                const real summand_2 = memory_1 * q_[k * heads + n];
                total_2[l * heads + n] += summand_2;
                const real d_summand_2 = d_total_2[l * heads + n];
                d_memory[(l * head_size + k) * heads + n] += d_summand_2 * q_[k * heads + n];
                d_q[k * heads + n] += d_summand_2 * memory_1;
                d_inner_3[l * heads + n] += d_memory[(l * head_size + k) * heads + n] *
                    k_[k * heads + n];
            }
        }
    }

    clear(d_scale, heads);
    for (size l = 0; l < head_size; l++) {
        #pragma omp simd
        for (size n = 0; n < heads; n++) {
            const real h = total_2[l * heads + n] / scale[n];
            const real d_total_3 = d_h_2[l * heads + n] * h * (1 - inner_6[l * heads + n]) *
                inner_6[l * heads + n];
            d_h_1[l * heads + n] = d_total_3;
            d_scale[n] += -(d_h[l * heads + n] * (h / scale[n]));
            const real d_v = d_inner_3[l * heads + n] * write[n];
            d_v_1[l * heads + n] = d_v;
        }
    }

    #pragma omp simd
    for (size n = 0; n < heads; n++) {
        d_total_1[n] = (inner_5[n] >= inner_4[n] ? d_scale[n] : 0) * sign(total_1[n]);
        d_largest[n] += -((inner_5[n] < inner_4[n] ? d_scale[n] : 0) * inner_4[n]);
    }

    clear(d_keep, heads);
    clear(d_write, heads);
    for (size k = 0; k < head_size; k++) {
        #pragma omp simd
        for (size n = 0; n < heads; n++) {
            const real d_summand_1 = d_total_1[n];
            d_norm[k * heads + n] += d_summand_1 * q_[k * heads + n];
            d_q[k * heads + n] += d_summand_1 * norm_1[k * heads + n];
            d_keep[n] += d_norm[k * heads + n] * norm[k * heads + n];
            d_write[n] += d_norm[k * heads + n] * k_[k * heads + n];
            d_k[k * heads + n] = d_norm[k * heads + n] * write[n];
            d_norm[k * heads + n] = d_norm[k * heads + n] * keep[n];
            d_q_1[k * heads + n] = d_q[k * heads + n];
        }
    }

    for (size l = 0; l < head_size; l++) {
        #pragma omp simd
        for (size n = 0; n < heads; n++) {
            d_write[n] += d_inner_3[l * heads + n] * v[l * heads + n];
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
                d_keep[n] += d_memory[(l * head_size + k) * heads + n] *
                    memory[(l * head_size + k) * heads + n];
                d_k[k * heads + n] += d_memory[(l * head_size + k) * heads + n] *
                    inner_3[l * heads + n];
                d_memory[(l * head_size + k) * heads + n] =
                    d_memory[(l * head_size + k) * heads + n] * keep[n];
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

    for (size k = 0; k < head_size; k++) {
        #pragma omp simd
        for (size n = 0; n < heads; n++) {
            d_k_1[k * heads + n] = d_k[k * heads + n];
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
