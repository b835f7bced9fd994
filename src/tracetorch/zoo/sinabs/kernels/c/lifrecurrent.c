// Generated from spec/zoo/peers/sinabs.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: c04b1bab35f53919
// LIFRecurrent, recurrent leaky integrate-and-fire neuron of Sinabs.
// The recurrence of one timestep, for one sample. Arrays have the neurons last.
// Digest of the timestep: 5aca5cf2bf6283df

// The number of elements of each array, for one sample; of the operand and of the result of each
// product.
static void measure(
    const size *sizes, size *forward, size *recompute, size *backward, size *inputs, size *outputs)
{
    const size num_neurons = sizes[0];
    forward[0] = num_neurons; // x
    forward[1] = num_neurons; // alpha_mem
    forward[2] = num_neurons; // spike_threshold
    forward[3] = num_neurons; // rec_connect_bias
    forward[4] = num_neurons; // v_mem
    forward[5] = num_neurons; // own_rec_out
    forward[6] = num_neurons; // v_mem_2
    forward[7] = num_neurons; // own_rec_out_1
    forward[8] = num_neurons; // spikes_out
    forward[9] = num_neurons; // rec_out_1
    forward[10] = num_neurons; // spikes
    recompute[0] = num_neurons; // x
    recompute[1] = num_neurons; // alpha_mem
    recompute[2] = num_neurons; // spike_threshold
    recompute[3] = num_neurons; // rec_connect_bias
    recompute[4] = num_neurons; // v_mem
    recompute[5] = num_neurons; // own_rec_out
    recompute[6] = num_neurons; // v_mem_2
    recompute[7] = num_neurons; // own_rec_out_1
    recompute[8] = num_neurons; // rec_out_1
    backward[0] = num_neurons; // x
    backward[1] = num_neurons; // alpha_mem
    backward[2] = num_neurons; // spike_threshold
    backward[3] = num_neurons; // rec_connect_bias
    backward[4] = num_neurons; // v_mem
    backward[5] = num_neurons; // own_rec_out
    backward[6] = num_neurons; // v_mem_2
    backward[7] = num_neurons; // own_rec_out_1
    backward[8] = num_neurons; // rec_out_1
    backward[9] = num_neurons; // d_spikes_out
    backward[10] = num_neurons; // d_v_mem
    backward[11] = num_neurons; // d_own_rec_out
    backward[12] = num_neurons; // d_x
    backward[13] = num_neurons; // d_alpha_mem
    backward[14] = num_neurons; // d_spike_threshold
    backward[15] = num_neurons; // d_rec_connect_bias
    backward[16] = num_neurons; // d_rec_out_1
    backward[17] = num_neurons; // inner_1
    backward[18] = num_neurons; // inner_2
    backward[19] = num_neurons; // inner_3
    backward[20] = num_neurons; // inner_4
    backward[21] = num_neurons; // spikes
    backward[22] = num_neurons; // d_spikes
    inputs[0] = num_neurons;
    outputs[0] = num_neurons;
}

static void forward_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size num_neurons = sizes[0];
    const real *restrict x = at[0];
    const real *restrict alpha_mem = at[1];
    const real *restrict spike_threshold = at[2];
    const real *restrict v_mem = at[4];
    const real *restrict own_rec_out = at[5];
    real *restrict v_mem_2 = at[6];
    real *restrict spikes = at[10];

    #pragma omp simd
    for (size n = 0; n < num_neurons; n++) {
        const real v_mem_1 = alpha_mem[n] * v_mem[n] + (1 - alpha_mem[n]) * (x[n] + own_rec_out[n]);
        spikes[n] = real_floor(maximum(v_mem_1 / spike_threshold[n], 0));
        v_mem_2[n] = v_mem_1 - spikes[n] * spike_threshold[n];
    }
}

static void forward_1(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size num_neurons = sizes[0];
    const real *restrict rec_connect_bias = at[3];
    real *restrict own_rec_out_1 = at[7];
    real *restrict spikes_out = at[8];
    const real *restrict rec_out_1 = at[9];
    const real *restrict spikes = at[10];

    #pragma omp simd
    for (size n = 0; n < num_neurons; n++) {
        own_rec_out_1[n] = rec_out_1[n] + rec_connect_bias[n];
        spikes_out[n] = spikes[n];
    }
}

static void recompute_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size num_neurons = sizes[0];
    const real *restrict x = at[0];
    const real *restrict alpha_mem = at[1];
    const real *restrict spike_threshold = at[2];
    const real *restrict rec_connect_bias = at[3];
    const real *restrict v_mem = at[4];
    const real *restrict own_rec_out = at[5];
    real *restrict v_mem_2 = at[6];
    real *restrict own_rec_out_1 = at[7];
    const real *restrict rec_out_1 = at[8];

    #pragma omp simd
    for (size n = 0; n < num_neurons; n++) {
        const real inner_1 = x[n] + own_rec_out[n];
        const real inner_2 = 1 - alpha_mem[n];
        const real v_mem_1 = alpha_mem[n] * v_mem[n] + inner_2 * inner_1;
        const real inner_3 = v_mem_1 / spike_threshold[n];
        const real spikes = real_floor(maximum(inner_3, 0));
        v_mem_2[n] = v_mem_1 - spikes * spike_threshold[n];
        own_rec_out_1[n] = rec_out_1[n] + rec_connect_bias[n];
    }
}

static void backward_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size num_neurons = sizes[0];
    const real *restrict x = at[0];
    const real *restrict alpha_mem = at[1];
    const real *restrict spike_threshold = at[2];
    const real *restrict v_mem = at[4];
    const real *restrict own_rec_out = at[5];
    const real *restrict d_spikes_out = at[9];
    const real *restrict d_own_rec_out = at[11];
    real *restrict d_rec_connect_bias = at[15];
    real *restrict d_rec_out_1 = at[16];
    real *restrict inner_1 = at[17];
    real *restrict inner_2 = at[18];
    real *restrict inner_3 = at[19];
    real *restrict inner_4 = at[20];
    real *restrict spikes = at[21];
    real *restrict d_spikes = at[22];

    #pragma omp simd
    for (size n = 0; n < num_neurons; n++) {
        inner_1[n] = x[n] + own_rec_out[n];
        inner_2[n] = 1 - alpha_mem[n];
        const real v_mem_1 = alpha_mem[n] * v_mem[n] + inner_2[n] * inner_1[n];
        inner_3[n] = v_mem_1 / spike_threshold[n];
        inner_4[n] = inner_3[n] - 1;
        spikes[n] = straight_through(real_floor(maximum(inner_3[n], 0)), spike_fn(inner_4[n]));
        d_spikes[n] = d_spikes_out[n];
        d_rec_out_1[n] = d_own_rec_out[n];
        d_rec_connect_bias[n] += d_own_rec_out[n];
    }
}

static void backward_1(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size num_neurons = sizes[0];
    const real *restrict alpha_mem = at[1];
    const real *restrict spike_threshold = at[2];
    const real *restrict v_mem = at[4];
    real *restrict d_v_mem = at[10];
    real *restrict d_own_rec_out = at[11];
    real *restrict d_x = at[12];
    real *restrict d_alpha_mem = at[13];
    real *restrict d_spike_threshold = at[14];
    const real *restrict inner_1 = at[17];
    const real *restrict inner_2 = at[18];
    const real *restrict inner_3 = at[19];
    const real *restrict inner_4 = at[20];
    const real *restrict spikes = at[21];
    real *restrict d_spikes = at[22];

    #pragma omp simd
    for (size n = 0; n < num_neurons; n++) {
        d_spikes[n] += -(d_v_mem[n] * spike_threshold[n]);
        d_spike_threshold[n] += -(d_v_mem[n] * spikes[n]);
        const real d_inner_3 = spike_fn_gradient(inner_4[n], d_spikes[n]);
        d_v_mem[n] += d_inner_3 / spike_threshold[n];
        d_spike_threshold[n] += -(d_inner_3 * (inner_3[n] / spike_threshold[n]));
        const real d_inner_1 = d_v_mem[n] * inner_2[n];
        d_alpha_mem[n] += d_v_mem[n] * v_mem[n] - d_v_mem[n] * inner_1[n];
        d_x[n] = d_inner_1;
        d_own_rec_out[n] = d_inner_1;
        d_v_mem[n] = d_v_mem[n] * alpha_mem[n];
    }
}

static void forward_step(const struct sequence *s, const struct place *at, size rows)
{
    each_row(forward_0, s, at, rows);
    set(s, at, rows, 9, 1, (const int[]){-1});
    product(s, at, rows, 0, 10, 9, 9);
    each_row(forward_1, s, at, rows);
}

static void recompute_step(const struct sequence *s, const struct place *at, size rows)
{
    each_row(recompute_0, s, at, rows);
}

static void backward_step(const struct sequence *s, const struct place *at, size rows)
{
    each_row(backward_0, s, at, rows);
    product_back(s, at, rows, 0, 22, 16, 1);
    each_row(backward_1, s, at, rows);
}
