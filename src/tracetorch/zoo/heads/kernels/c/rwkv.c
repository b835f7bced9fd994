// Generated from spec/zoo/heads.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: ca688f3e2f89c86e
// RWKV, RWKV layer with several heads.
// The recurrence of one timestep, for one sample. Arrays have the neurons last.
// Digest of the timestep: a85dab89c264ac45

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
    forward[3] = in_features; // value_mix
    forward[4] = in_features; // gate_mix
    forward[5] = in_features; // decay_mix
    forward[6] = heads * head_size; // decay_bias
    forward[7] = heads * head_size; // bonus
    forward[8] = heads * head_size * head_size; // memory
    forward[9] = in_features; // prev_x
    forward[10] = heads * head_size * head_size; // memory_1
    forward[11] = in_features; // prev_x_1
    forward[12] = in_features; // r_1_out
    forward[13] = in_features; // g_1_out
    forward[14] = heads * head_size * head_size; // h_1_out
    forward[15] = (head_size * heads); // k_2
    forward[16] = (head_size * heads); // v_2
    forward[17] = (head_size * heads); // own_d_2
    forward[18] = in_features; // change
    forward[19] = in_features; // r_1
    forward[20] = heads * head_size; // k
    forward[21] = in_features; // g_1
    forward[22] = heads * head_size; // v
    forward[23] = heads * head_size; // d_1
    forward[24] = in_features; // k_1
    forward[25] = in_features; // v_1
    forward[26] = in_features; // own_d_1
    backward[0] = in_features; // x
    backward[1] = in_features; // receptance_mix
    backward[2] = in_features; // key_mix
    backward[3] = in_features; // value_mix
    backward[4] = in_features; // gate_mix
    backward[5] = in_features; // decay_mix
    backward[6] = heads * head_size; // decay_bias
    backward[7] = heads * head_size; // bonus
    backward[8] = heads * head_size * head_size; // memory
    backward[9] = in_features; // prev_x
    backward[10] = (head_size * heads); // k_2
    backward[11] = (head_size * heads); // v_2
    backward[12] = (head_size * heads); // own_d_2
    backward[13] = in_features; // d_r_1_out
    backward[14] = in_features; // d_g_1_out
    backward[15] = heads * head_size * head_size; // d_h_1_out
    backward[16] = heads * head_size * head_size; // d_memory
    backward[17] = in_features; // d_prev_x
    backward[18] = in_features; // d_x
    backward[19] = in_features; // d_receptance_mix
    backward[20] = in_features; // d_key_mix
    backward[21] = in_features; // d_value_mix
    backward[22] = in_features; // d_gate_mix
    backward[23] = in_features; // d_decay_mix
    backward[24] = heads * head_size; // d_decay_bias
    backward[25] = heads * head_size; // d_bonus
    backward[26] = (head_size * heads); // d_k_2
    backward[27] = (head_size * heads); // d_v_2
    backward[28] = (head_size * heads); // d_own_d_2
    backward[29] = in_features; // change
    backward[30] = in_features; // d_g_1
    backward[31] = in_features; // d_r_1
    backward[32] = heads * head_size; // k
    backward[33] = head_size * heads; // inner_1
    backward[34] = head_size * heads; // inner_2
    backward[35] = heads * head_size; // v
    backward[36] = heads * head_size; // d_d_1
    backward[37] = heads * head_size; // d_v
    backward[38] = heads * head_size; // d_k
    backward[39] = heads * head_size; // d_d
    backward[40] = in_features; // d_change
    backward[41] = in_features; // d_own_d_1
    backward[42] = in_features; // d_v_1
    backward[43] = in_features; // d_k_1
    inputs[0] = in_features;
    outputs[0] = (head_size * heads);
    inputs[1] = in_features;
    outputs[1] = (head_size * heads);
    inputs[2] = in_features;
    outputs[2] = (head_size * heads);
}

static void forward_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size in_features = sizes[0];
    const real *restrict x = at[0];
    const real *restrict receptance_mix = at[1];
    const real *restrict key_mix = at[2];
    const real *restrict prev_x = at[9];
    real *restrict change = at[18];
    real *restrict r_1 = at[19];
    real *restrict k_1 = at[24];

    #pragma omp simd
    for (size k = 0; k < in_features; k++) {
        change[k] = prev_x[k] - x[k];
        r_1[k] = x[k] + receptance_mix[k] * change[k];
        k_1[k] = x[k] + key_mix[k] * change[k];
    }
}

static void forward_1(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size in_features = sizes[0];
    const size heads = sizes[1];
    const size head_size = sizes[2];
    const real *restrict x = at[0];
    const real *restrict value_mix = at[3];
    const real *restrict k_2 = at[15];
    const real *restrict change = at[18];
    real *restrict k_ = at[20];
    real *restrict v_1 = at[25];

    #pragma omp simd
    for (size k = 0; k < in_features; k++) {
        v_1[k] = x[k] + value_mix[k] * change[k];
    }

    for (size l = 0; l < head_size; l++) {
        #pragma omp simd
        for (size n = 0; n < heads; n++) {
            k_[l * heads + n] = k_2[(n) * head_size + l];
        }
    }
}

static void forward_2(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size in_features = sizes[0];
    const size heads = sizes[1];
    const size head_size = sizes[2];
    const real *restrict x = at[0];
    const real *restrict gate_mix = at[4];
    const real *restrict decay_mix = at[5];
    const real *restrict v_2 = at[16];
    const real *restrict change = at[18];
    real *restrict g_1 = at[21];
    real *restrict v = at[22];
    real *restrict own_d_1 = at[26];

    #pragma omp simd
    for (size k = 0; k < in_features; k++) {
        g_1[k] = x[k] + gate_mix[k] * change[k];
        own_d_1[k] = x[k] + decay_mix[k] * change[k];
    }

    for (size k = 0; k < head_size; k++) {
        #pragma omp simd
        for (size n = 0; n < heads; n++) {
            v[k * heads + n] = v_2[(n) * head_size + k];
        }
    }
}

static void forward_3(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size in_features = sizes[0];
    const size heads = sizes[1];
    const size head_size = sizes[2];
    const real *restrict x = at[0];
    const real *restrict decay_bias = at[6];
    const real *restrict bonus = at[7];
    const real *restrict memory = at[8];
    real *restrict memory_1 = at[10];
    real *restrict prev_x_1 = at[11];
    real *restrict r_1_out = at[12];
    real *restrict g_1_out = at[13];
    real *restrict h_1_out = at[14];
    const real *restrict own_d_2 = at[17];
    const real *restrict r_1 = at[19];
    const real *restrict k_ = at[20];
    const real *restrict g_1 = at[21];
    const real *restrict v = at[22];
    real *restrict d_1 = at[23];

    #pragma omp simd
    for (size k = 0; k < in_features; k++) {
        prev_x_1[k] = x[k];
        r_1_out[k] = r_1[k];
        g_1_out[k] = g_1[k];
    }

    for (size l = 0; l < head_size; l++) {
        #pragma omp simd
        for (size n = 0; n < heads; n++) {
            const real d = own_d_2[(n) * head_size + l];
            d_1[l * heads + n] = d + decay_bias[l * heads + n];
        }
    }

    for (size k = 0; k < head_size; k++) {
        for (size l = 0; l < head_size; l++) {
            #pragma omp simd
            for (size n = 0; n < heads; n++) {
                const real written = v[k * heads + n] * k_[l * heads + n];
                const real h_1 = memory[(k * head_size + l) * heads + n] + bonus[l * heads + n] *
                    written;
                memory_1[(k * head_size + l) * heads + n] = real_exp(-real_exp(d_1[l * heads + n]))
                    * memory[(k * head_size + l) * heads + n] + written;
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
    const real *restrict decay_bias = at[6];
    const real *restrict bonus = at[7];
    const real *restrict memory = at[8];
    const real *restrict prev_x = at[9];
    const real *restrict k_2 = at[10];
    const real *restrict v_2 = at[11];
    const real *restrict own_d_2 = at[12];
    const real *restrict d_r_1_out = at[13];
    const real *restrict d_g_1_out = at[14];
    const real *restrict d_h_1_out = at[15];
    real *restrict d_memory = at[16];
    const real *restrict d_prev_x = at[17];
    real *restrict d_x = at[18];
    real *restrict d_decay_bias = at[24];
    real *restrict d_bonus = at[25];
    real *restrict d_own_d_2 = at[28];
    real *restrict change = at[29];
    real *restrict d_g_1 = at[30];
    real *restrict d_r_1 = at[31];
    real *restrict k_ = at[32];
    real *restrict inner_1 = at[33];
    real *restrict inner_2 = at[34];
    real *restrict v = at[35];
    real *restrict d_d_1 = at[36];
    real *restrict d_v = at[37];
    real *restrict d_k = at[38];
    real *restrict d_d = at[39];

    #pragma omp simd
    for (size k = 0; k < in_features; k++) {
        change[k] = prev_x[k] - x[k];
        d_g_1[k] = d_g_1_out[k];
        d_r_1[k] = d_r_1_out[k];
        d_x[k] = d_prev_x[k];
    }

    for (size l = 0; l < head_size; l++) {
        #pragma omp simd
        for (size n = 0; n < heads; n++) {
            k_[l * heads + n] = k_2[(n) * head_size + l];
            const real d = own_d_2[(n) * head_size + l];
            const real d_1 = d + decay_bias[l * heads + n];
            inner_1[l * heads + n] = real_exp(d_1);
            inner_2[l * heads + n] = real_exp(-inner_1[l * heads + n]);
        }
    }

    for (size k = 0; k < head_size; k++) {
        #pragma omp simd
        for (size n = 0; n < heads; n++) {
            v[k * heads + n] = v_2[(n) * head_size + k];
        }
    }

    clear(d_d_1, heads * head_size);
    clear(d_v, heads * head_size);
    clear(d_k, heads * head_size);
    for (size k = 0; k < head_size; k++) {
        for (size l = 0; l < head_size; l++) {
            #pragma omp simd
            for (size n = 0; n < heads; n++) {
                const real written = v[k * heads + n] * k_[l * heads + n];
                const real d_h_1 = d_h_1_out[(k * head_size + l) * heads + n];
                d_d_1[l * heads + n] += -(d_memory[(k * head_size + l) * heads + n] *
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
            d_d[l * heads + n] = d_d_1[l * heads + n];
            d_decay_bias[l * heads + n] += d_d_1[l * heads + n];
        }
    }

    #pragma omp simd
    for (size k = 0; k < (head_size * heads); k++) {
        d_own_d_2[k] = d_d[((k) % head_size) * heads + (k) / (head_size)];
    }
}

static void backward_1(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size in_features = sizes[0];
    const size heads = sizes[1];
    const size head_size = sizes[2];
    const real *restrict gate_mix = at[4];
    const real *restrict decay_mix = at[5];
    real *restrict d_x = at[18];
    real *restrict d_gate_mix = at[22];
    real *restrict d_decay_mix = at[23];
    real *restrict d_v_2 = at[27];
    const real *restrict change = at[29];
    const real *restrict d_g_1 = at[30];
    const real *restrict d_v = at[37];
    real *restrict d_change = at[40];
    const real *restrict d_own_d_1 = at[41];

    #pragma omp simd
    for (size k = 0; k < in_features; k++) {
        d_x[k] += d_own_d_1[k];
        d_decay_mix[k] += d_own_d_1[k] * change[k];
        d_change[k] = d_own_d_1[k] * decay_mix[k];
        d_x[k] += d_g_1[k];
        d_gate_mix[k] += d_g_1[k] * change[k];
        d_change[k] += d_g_1[k] * gate_mix[k];
    }

    #pragma omp simd
    for (size k = 0; k < (head_size * heads); k++) {
        d_v_2[k] = d_v[((k) % head_size) * heads + (k) / (head_size)];
    }
}

static void backward_2(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size in_features = sizes[0];
    const size heads = sizes[1];
    const size head_size = sizes[2];
    const real *restrict value_mix = at[3];
    real *restrict d_x = at[18];
    real *restrict d_value_mix = at[21];
    real *restrict d_k_2 = at[26];
    const real *restrict change = at[29];
    const real *restrict d_k = at[38];
    real *restrict d_change = at[40];
    const real *restrict d_v_1 = at[42];

    #pragma omp simd
    for (size k = 0; k < in_features; k++) {
        d_x[k] += d_v_1[k];
        d_value_mix[k] += d_v_1[k] * change[k];
        d_change[k] += d_v_1[k] * value_mix[k];
    }

    #pragma omp simd
    for (size k = 0; k < (head_size * heads); k++) {
        d_k_2[k] = d_k[((k) % head_size) * heads + (k) / (head_size)];
    }
}

static void backward_3(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size in_features = sizes[0];
    const real *restrict receptance_mix = at[1];
    const real *restrict key_mix = at[2];
    real *restrict d_prev_x = at[17];
    real *restrict d_x = at[18];
    real *restrict d_receptance_mix = at[19];
    real *restrict d_key_mix = at[20];
    const real *restrict change = at[29];
    const real *restrict d_r_1 = at[31];
    real *restrict d_change = at[40];
    const real *restrict d_k_1 = at[43];

    #pragma omp simd
    for (size k = 0; k < in_features; k++) {
        d_x[k] += d_k_1[k];
        d_key_mix[k] += d_k_1[k] * change[k];
        d_change[k] += d_k_1[k] * key_mix[k];
        d_x[k] += d_r_1[k];
        d_receptance_mix[k] += d_r_1[k] * change[k];
        d_change[k] += d_r_1[k] * receptance_mix[k];
        d_prev_x[k] = d_change[k];
        d_x[k] += -d_change[k];
    }
}

static void forward_step(
    const struct sequence *s, const struct place *at, size rows, int again)
{
    each_row(forward_0, s, at, rows);
    set(s, at, rows, again, 15, 1, (const int[]){-1});
    product(s, at, rows, again, 0, 24, 15, 15);
    each_row(forward_1, s, at, rows);
    set(s, at, rows, again, 16, 1, (const int[]){-1});
    product(s, at, rows, again, 1, 25, 16, 16);
    each_row(forward_2, s, at, rows);
    set(s, at, rows, again, 17, 1, (const int[]){-1});
    product(s, at, rows, again, 2, 26, 17, 17);
    each_row(forward_3, s, at, rows);
}

static void backward_step(const struct sequence *s, const struct place *at, size rows)
{
    each_row(backward_0, s, at, rows);
    product_back(s, at, rows, 2, 41, 28, 0);
    each_row(backward_1, s, at, rows);
    product_back(s, at, rows, 1, 42, 27, 0);
    each_row(backward_2, s, at, rows);
    product_back(s, at, rows, 0, 43, 26, 0);
    each_row(backward_3, s, at, rows);
}
