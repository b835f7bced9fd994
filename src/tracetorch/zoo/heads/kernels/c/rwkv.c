// Generated from spec/zoo/heads.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: bf9cc6696a9bada9
// RWKV, RWKV layer with several heads.
// The recurrence of one timestep, for one sample. Arrays have the neurons last.
// Digest of the timestep: 3f96ae7de4220b45

// The number of elements of each array, for one sample; of the operand and of the result of each
// product.
static void measure(
    const size *sizes, size *forward, size *backward, size *inputs, size *outputs)
{
    const size in_features = sizes[0];
    const size heads = sizes[1];
    const size head_size = sizes[2];
    forward[0] = in_features; // x
    forward[1] = in_features; // receptance_mix
    forward[2] = in_features; // key_mix
    forward[3] = heads * in_features * head_size; // keys
    forward[4] = in_features; // value_mix
    forward[5] = heads * in_features * head_size; // values
    forward[6] = in_features; // gate_mix
    forward[7] = in_features; // decay_mix
    forward[8] = heads * in_features * head_size; // decays
    forward[9] = heads * head_size; // decay_bias
    forward[10] = heads * head_size; // bonus
    forward[11] = heads * head_size * head_size; // memory
    forward[12] = in_features; // prev_x
    forward[13] = heads * head_size * head_size; // memory_1
    forward[14] = in_features; // prev_x_1
    forward[15] = in_features; // r_1_out
    forward[16] = in_features; // g_1_out
    forward[17] = heads * head_size * head_size; // h_1_out
    forward[18] = in_features; // k_1
    forward[19] = in_features; // v_1
    forward[20] = in_features; // own_d_1
    forward[21] = in_features; // k_2
    forward[22] = in_features; // v_2
    forward[23] = in_features; // own_d_2
    forward[24] = heads * head_size; // total_1
    forward[25] = heads * head_size; // k
    forward[26] = heads * head_size; // total_2
    forward[27] = heads * head_size; // v
    forward[28] = heads * head_size; // total_3
    forward[29] = heads * head_size; // d
    backward[0] = in_features; // x
    backward[1] = in_features; // receptance_mix
    backward[2] = in_features; // key_mix
    backward[3] = heads * in_features * head_size; // keys
    backward[4] = in_features; // value_mix
    backward[5] = heads * in_features * head_size; // values
    backward[6] = in_features; // gate_mix
    backward[7] = in_features; // decay_mix
    backward[8] = heads * in_features * head_size; // decays
    backward[9] = heads * head_size; // decay_bias
    backward[10] = heads * head_size; // bonus
    backward[11] = heads * head_size * head_size; // memory
    backward[12] = in_features; // prev_x
    backward[13] = in_features; // d_r_1_out
    backward[14] = in_features; // d_g_1_out
    backward[15] = heads * head_size * head_size; // d_h_1_out
    backward[16] = heads * head_size * head_size; // d_memory
    backward[17] = in_features; // d_prev_x
    backward[18] = in_features; // d_x
    backward[19] = in_features; // d_receptance_mix
    backward[20] = in_features; // d_key_mix
    backward[21] = heads * in_features * head_size; // d_keys
    backward[22] = in_features; // d_value_mix
    backward[23] = heads * in_features * head_size; // d_values
    backward[24] = in_features; // d_gate_mix
    backward[25] = in_features; // d_decay_mix
    backward[26] = heads * in_features * head_size; // d_decays
    backward[27] = heads * head_size; // d_decay_bias
    backward[28] = heads * head_size; // d_bonus
    backward[29] = in_features; // change
    backward[30] = in_features; // k_1
    backward[31] = in_features; // v_1
    backward[32] = in_features; // own_d_1
    backward[33] = in_features; // d_g_1
    backward[34] = in_features; // d_r_1
    backward[35] = in_features; // k_2
    backward[36] = in_features; // v_2
    backward[37] = in_features; // own_d_2
    backward[38] = heads * head_size; // total_1
    backward[39] = heads * head_size; // k
    backward[40] = heads * head_size; // total_2
    backward[41] = heads * head_size; // v
    backward[42] = heads * head_size; // total_3
    backward[43] = head_size * heads; // inner_1
    backward[44] = head_size * heads; // inner_2
    backward[45] = heads * head_size; // d_d
    backward[46] = heads * head_size; // d_v
    backward[47] = heads * head_size; // d_k
    backward[48] = heads * head_size; // d_total_3
    backward[49] = heads * head_size; // d_total_1
    backward[50] = heads * head_size; // d_total_2
    backward[51] = in_features; // d_own_d_2
    backward[52] = in_features; // d_change
    backward[53] = in_features; // d_v_2
    backward[54] = in_features; // d_k_2
}

static void forward_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size in_features = sizes[0];
    const size heads = sizes[1];
    const size head_size = sizes[2];
    const real *restrict x = at[0];
    const real *restrict receptance_mix = at[1];
    const real *restrict key_mix = at[2];
    const real *restrict keys = at[3];
    const real *restrict value_mix = at[4];
    const real *restrict values = at[5];
    const real *restrict gate_mix = at[6];
    const real *restrict decay_mix = at[7];
    const real *restrict decays = at[8];
    const real *restrict decay_bias = at[9];
    const real *restrict bonus = at[10];
    const real *restrict memory = at[11];
    const real *restrict prev_x = at[12];
    real *restrict memory_1 = at[13];
    real *restrict prev_x_1 = at[14];
    real *restrict r_1_out = at[15];
    real *restrict g_1_out = at[16];
    real *restrict h_1_out = at[17];
    real *restrict k_1 = at[18];
    real *restrict v_1 = at[19];
    real *restrict own_d_1 = at[20];
    real *restrict k_2 = at[21];
    real *restrict v_2 = at[22];
    real *restrict own_d_2 = at[23];
    real *restrict total_1 = at[24];
    real *restrict k_ = at[25];
    real *restrict total_2 = at[26];
    real *restrict v = at[27];
    real *restrict total_3 = at[28];
    real *restrict d = at[29];

    #pragma omp simd
    for (size k = 0; k < in_features; k++) {
        const real change = prev_x[k] - x[k];
        const real r_1 = x[k] + receptance_mix[k] * change;
        k_1[k] = x[k] + key_mix[k] * change;
        v_1[k] = x[k] + value_mix[k] * change;
        const real g_1 = x[k] + gate_mix[k] * change;
        own_d_1[k] = x[k] + decay_mix[k] * change;
        prev_x_1[k] = x[k];
        r_1_out[k] = r_1;
        g_1_out[k] = g_1;
    }

    #pragma omp simd
    for (size k = 0; k < in_features; k++) {
        k_2[k] = k_1[k];
    }

    #pragma omp simd
    for (size l = 0; l < in_features; l++) {
        v_2[l] = v_1[l];
    }

    #pragma omp simd
    for (size k = 0; k < in_features; k++) {
        own_d_2[k] = own_d_1[k];
    }

    clear(total_1, heads * head_size);
    for (size l = 0; l < head_size; l++) {
        for (size k = 0; k < in_features; k++) {
            #pragma omp simd
            for (size n = 0; n < heads; n++) {
                const real summand_1 = k_2[k] * keys[(k * head_size + l) * heads + n];
                total_1[l * heads + n] += summand_1;
            }
        }
    }

    for (size l = 0; l < head_size; l++) {
        #pragma omp simd
        for (size n = 0; n < heads; n++) {
            k_[l * heads + n] = total_1[l * heads + n];
        }
    }

    clear(total_2, heads * head_size);
    for (size k = 0; k < head_size; k++) {
        for (size l = 0; l < in_features; l++) {
            #pragma omp simd
            for (size n = 0; n < heads; n++) {
                const real summand_2 = v_2[l] * values[(l * head_size + k) * heads + n];
                total_2[k * heads + n] += summand_2;
            }
        }
    }

    for (size k = 0; k < head_size; k++) {
        #pragma omp simd
        for (size n = 0; n < heads; n++) {
            v[k * heads + n] = total_2[k * heads + n];
        }
    }

    clear(total_3, heads * head_size);
    for (size l = 0; l < head_size; l++) {
        for (size k = 0; k < in_features; k++) {
            #pragma omp simd
            for (size n = 0; n < heads; n++) {
                const real summand_3 = own_d_2[k] * decays[(k * head_size + l) * heads + n];
                total_3[l * heads + n] += summand_3;
            }
        }
    }

    for (size l = 0; l < head_size; l++) {
        #pragma omp simd
        for (size n = 0; n < heads; n++) {
            const real total_4 = total_3[l * heads + n];
            d[l * heads + n] = total_4 + decay_bias[l * heads + n];
        }
    }

    for (size k = 0; k < head_size; k++) {
        for (size l = 0; l < head_size; l++) {
            #pragma omp simd
            for (size n = 0; n < heads; n++) {
                const real written = v[k * heads + n] * k_[l * heads + n];
                const real h_1 = memory[(k * head_size + l) * heads + n] + bonus[l * heads + n] *
                    written;
                memory_1[(k * head_size + l) * heads + n] = real_exp(-real_exp(d[l * heads + n])) *
                    memory[(k * head_size + l) * heads + n] + written;
                h_1_out[(k * head_size + l) * heads + n] = h_1;
            }
        }
    }
}

static void backward_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size in_features = sizes[0];
    const size heads = sizes[1];
    const size head_size = sizes[2];
    const real *restrict x = at[0];
    const real *restrict receptance_mix = at[1];
    const real *restrict key_mix = at[2];
    const real *restrict keys = at[3];
    const real *restrict value_mix = at[4];
    const real *restrict values = at[5];
    const real *restrict gate_mix = at[6];
    const real *restrict decay_mix = at[7];
    const real *restrict decays = at[8];
    const real *restrict decay_bias = at[9];
    const real *restrict bonus = at[10];
    const real *restrict memory = at[11];
    const real *restrict prev_x = at[12];
    const real *restrict d_r_1_out = at[13];
    const real *restrict d_g_1_out = at[14];
    const real *restrict d_h_1_out = at[15];
    real *restrict d_memory = at[16];
    real *restrict d_prev_x = at[17];
    real *restrict d_x = at[18];
    real *restrict d_receptance_mix = at[19];
    real *restrict d_key_mix = at[20];
    real *restrict d_keys = at[21];
    real *restrict d_value_mix = at[22];
    real *restrict d_values = at[23];
    real *restrict d_gate_mix = at[24];
    real *restrict d_decay_mix = at[25];
    real *restrict d_decays = at[26];
    real *restrict d_decay_bias = at[27];
    real *restrict d_bonus = at[28];
    real *restrict change = at[29];
    real *restrict k_1 = at[30];
    real *restrict v_1 = at[31];
    real *restrict own_d_1 = at[32];
    real *restrict d_g_1 = at[33];
    real *restrict d_r_1 = at[34];
    real *restrict k_2 = at[35];
    real *restrict v_2 = at[36];
    real *restrict own_d_2 = at[37];
    real *restrict total_1 = at[38];
    real *restrict k_ = at[39];
    real *restrict total_2 = at[40];
    real *restrict v = at[41];
    real *restrict total_3 = at[42];
    real *restrict inner_1 = at[43];
    real *restrict inner_2 = at[44];
    real *restrict d_d = at[45];
    real *restrict d_v = at[46];
    real *restrict d_k = at[47];
    real *restrict d_total_3 = at[48];
    real *restrict d_total_1 = at[49];
    real *restrict d_total_2 = at[50];
    real *restrict d_own_d_2 = at[51];
    real *restrict d_change = at[52];
    real *restrict d_v_2 = at[53];
    real *restrict d_k_2 = at[54];

    #pragma omp simd
    for (size k = 0; k < in_features; k++) {
        change[k] = prev_x[k] - x[k];
        k_1[k] = x[k] + key_mix[k] * change[k];
        v_1[k] = x[k] + value_mix[k] * change[k];
        own_d_1[k] = x[k] + decay_mix[k] * change[k];
        d_g_1[k] = d_g_1_out[k];
        d_r_1[k] = d_r_1_out[k];
        d_x[k] = d_prev_x[k];
        d_x[k] += d_g_1[k];
        d_gate_mix[k] += d_g_1[k] * change[k];
        d_x[k] += d_r_1[k];
        d_receptance_mix[k] += d_r_1[k] * change[k];
    }

    #pragma omp simd
    for (size k = 0; k < in_features; k++) {
        k_2[k] = k_1[k];
    }

    #pragma omp simd
    for (size l = 0; l < in_features; l++) {
        v_2[l] = v_1[l];
    }

    #pragma omp simd
    for (size k = 0; k < in_features; k++) {
        own_d_2[k] = own_d_1[k];
    }

    clear(total_1, heads * head_size);
    for (size l = 0; l < head_size; l++) {
        for (size k = 0; k < in_features; k++) {
            #pragma omp simd
            for (size n = 0; n < heads; n++) {
                const real summand_1 = k_2[k] * keys[(k * head_size + l) * heads + n];
                total_1[l * heads + n] += summand_1;
            }
        }
    }

    for (size l = 0; l < head_size; l++) {
        #pragma omp simd
        for (size n = 0; n < heads; n++) {
            k_[l * heads + n] = total_1[l * heads + n];
        }
    }

    clear(total_2, heads * head_size);
    for (size k = 0; k < head_size; k++) {
        for (size l = 0; l < in_features; l++) {
            #pragma omp simd
            for (size n = 0; n < heads; n++) {
                const real summand_2 = v_2[l] * values[(l * head_size + k) * heads + n];
                total_2[k * heads + n] += summand_2;
            }
        }
    }

    for (size k = 0; k < head_size; k++) {
        #pragma omp simd
        for (size n = 0; n < heads; n++) {
            v[k * heads + n] = total_2[k * heads + n];
        }
    }

    clear(total_3, heads * head_size);
    for (size l = 0; l < head_size; l++) {
        for (size k = 0; k < in_features; k++) {
            #pragma omp simd
            for (size n = 0; n < heads; n++) {
                const real summand_3 = own_d_2[k] * decays[(k * head_size + l) * heads + n];
                total_3[l * heads + n] += summand_3;
            }
        }
    }

    for (size l = 0; l < head_size; l++) {
        #pragma omp simd
        for (size n = 0; n < heads; n++) {
            const real total_4 = total_3[l * heads + n];
            const real d = total_4 + decay_bias[l * heads + n];
            inner_1[l * heads + n] = real_exp(d);
            inner_2[l * heads + n] = real_exp(-inner_1[l * heads + n]);
        }
    }

    clear(d_d, heads * head_size);
    clear(d_v, heads * head_size);
    clear(d_k, heads * head_size);
    for (size k = 0; k < head_size; k++) {
        for (size l = 0; l < head_size; l++) {
            #pragma omp simd
            for (size n = 0; n < heads; n++) {
                const real written = v[k * heads + n] * k_[l * heads + n];
                const real d_h_1 = d_h_1_out[(k * head_size + l) * heads + n];
                d_d[l * heads + n] += -(d_memory[(k * head_size + l) * heads + n] *
                    memory[(k * head_size + l) * heads + n] * inner_2[l * heads + n] *
                    inner_1[l * heads + n]);
                real d_written = d_memory[(k * head_size + l) * heads + n];
                d_memory[(k * head_size + l) * heads + n] =
                    d_memory[(k * head_size + l) * heads + n] * inner_2[l * heads + n];
                d_memory[(k * head_size + l) * heads + n] += d_h_1;
                d_bonus[l * heads + n] += d_h_1 * written;
                d_written += d_h_1 * bonus[l * heads + n];
                d_v[k * heads + n] += d_written * k_[l * heads + n];
                d_k[l * heads + n] += d_written * v[k * heads + n];
            }
        }
    }

    for (size l = 0; l < head_size; l++) {
        #pragma omp simd
        for (size n = 0; n < heads; n++) {
            const real d_total_4 = d_d[l * heads + n];
            d_decay_bias[l * heads + n] += d_d[l * heads + n];
            d_total_3[l * heads + n] = d_total_4;
            d_total_1[l * heads + n] = d_k[l * heads + n];
        }
    }

    for (size k = 0; k < head_size; k++) {
        #pragma omp simd
        for (size n = 0; n < heads; n++) {
            d_total_2[k * heads + n] = d_v[k * heads + n];
        }
    }

    clear(d_own_d_2, in_features);
    for (size l = 0; l < head_size; l++) {
        for (size k = 0; k < in_features; k++) {
            real sum_of_d_own_d_2 = 0;
            #pragma omp simd reduction(+ : sum_of_d_own_d_2)
            for (size n = 0; n < heads; n++) {
                const real d_summand_3 = d_total_3[l * heads + n];
                sum_of_d_own_d_2 += d_summand_3 * decays[(k * head_size + l) * heads + n];
                d_decays[(k * head_size + l) * heads + n] += d_summand_3 * own_d_2[k];
            }
            d_own_d_2[k] += sum_of_d_own_d_2;
        }
    }

    #pragma omp simd
    for (size k = 0; k < in_features; k++) {
        const real d_own_d_1 = d_own_d_2[k];
        d_x[k] += d_own_d_1;
        d_decay_mix[k] += d_own_d_1 * change[k];
        d_change[k] = d_own_d_1 * decay_mix[k];
        d_change[k] += d_g_1[k] * gate_mix[k];
        d_change[k] += d_r_1[k] * receptance_mix[k];
    }

    clear(d_v_2, in_features);
    for (size k = 0; k < head_size; k++) {
        for (size l = 0; l < in_features; l++) {
            real sum_of_d_v_2 = 0;
            #pragma omp simd reduction(+ : sum_of_d_v_2)
            for (size n = 0; n < heads; n++) {
                const real d_summand_2 = d_total_2[k * heads + n];
                sum_of_d_v_2 += d_summand_2 * values[(l * head_size + k) * heads + n];
                d_values[(l * head_size + k) * heads + n] += d_summand_2 * v_2[l];
            }
            d_v_2[l] += sum_of_d_v_2;
        }
    }

    #pragma omp simd
    for (size k = 0; k < in_features; k++) {
        const real d_v_1 = d_v_2[k];
        d_x[k] += d_v_1;
        d_value_mix[k] += d_v_1 * change[k];
        d_change[k] += d_v_1 * value_mix[k];
    }

    clear(d_k_2, in_features);
    for (size l = 0; l < head_size; l++) {
        for (size k = 0; k < in_features; k++) {
            real sum_of_d_k_2 = 0;
            #pragma omp simd reduction(+ : sum_of_d_k_2)
            for (size n = 0; n < heads; n++) {
                const real d_summand_1 = d_total_1[l * heads + n];
                sum_of_d_k_2 += d_summand_1 * keys[(k * head_size + l) * heads + n];
                d_keys[(k * head_size + l) * heads + n] += d_summand_1 * k_2[k];
            }
            d_k_2[k] += sum_of_d_k_2;
        }
    }

    #pragma omp simd
    for (size k = 0; k < in_features; k++) {
        const real d_k_1 = d_k_2[k];
        d_x[k] += d_k_1;
        d_key_mix[k] += d_k_1 * change[k];
        d_change[k] += d_k_1 * key_mix[k];
        d_prev_x[k] = d_change[k];
        d_x[k] += -d_change[k];
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
