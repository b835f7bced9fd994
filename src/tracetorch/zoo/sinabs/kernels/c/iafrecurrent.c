// Generated from spec/zoo/peers/sinabs.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 96dcddf670cfc414
// IAFRecurrent, recurrent integrate-and-fire neuron of Sinabs.
// The recurrence of one timestep, for one sample. Arrays have the neurons last.
// Digest of the timestep: bb2a9ed0c8f2dfa8

// The number of elements of each array, for one sample; of the operand and of the result of each
// product.
static void measure(
    const size *sizes, size *forward, size *recompute, size *backward, size *inputs, size *outputs)
{
    const size num_neurons = sizes[0];
    forward[0] = num_neurons; // x
    forward[1] = num_neurons; // spike_threshold
    forward[2] = num_neurons; // rec_connect_bias
    forward[3] = num_neurons; // v_mem
    forward[4] = num_neurons; // own_rec_out
    forward[5] = num_neurons; // v_mem_2
    forward[6] = num_neurons; // own_rec_out_1
    forward[7] = num_neurons; // spikes_out
    forward[8] = num_neurons; // rec_out_1
    forward[9] = num_neurons; // spikes
    recompute[0] = num_neurons; // x
    recompute[1] = num_neurons; // spike_threshold
    recompute[2] = num_neurons; // rec_connect_bias
    recompute[3] = num_neurons; // v_mem
    recompute[4] = num_neurons; // own_rec_out
    recompute[5] = num_neurons; // v_mem_2
    recompute[6] = num_neurons; // own_rec_out_1
    recompute[7] = num_neurons; // rec_out_1
    backward[0] = num_neurons; // x
    backward[1] = num_neurons; // spike_threshold
    backward[2] = num_neurons; // rec_connect_bias
    backward[3] = num_neurons; // v_mem
    backward[4] = num_neurons; // own_rec_out
    backward[5] = num_neurons; // v_mem_2
    backward[6] = num_neurons; // own_rec_out_1
    backward[7] = num_neurons; // rec_out_1
    backward[8] = num_neurons; // d_spikes_out
    backward[9] = num_neurons; // d_v_mem
    backward[10] = num_neurons; // d_own_rec_out
    backward[11] = num_neurons; // d_x
    backward[12] = num_neurons; // d_spike_threshold
    backward[13] = num_neurons; // d_rec_connect_bias
    backward[14] = num_neurons; // d_rec_out_1
    backward[15] = num_neurons; // inner_1
    backward[16] = num_neurons; // inner_2
    backward[17] = num_neurons; // spikes
    backward[18] = num_neurons; // d_spikes
    inputs[0] = num_neurons;
    outputs[0] = num_neurons;
}

static void forward_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size num_neurons = sizes[0];
    const real *restrict x = at[0];
    const real *restrict spike_threshold = at[1];
    const real *restrict v_mem = at[3];
    const real *restrict own_rec_out = at[4];
    real *restrict v_mem_2 = at[5];
    real *restrict spikes = at[9];

    #pragma omp simd
    for (size n = 0; n < num_neurons; n++) {
        const real v_mem_1 = v_mem[n] + x[n] + own_rec_out[n];
        spikes[n] = real_floor(maximum(v_mem_1 / spike_threshold[n], 0));
        v_mem_2[n] = v_mem_1 - spikes[n] * spike_threshold[n];
    }
}

static void forward_1(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size num_neurons = sizes[0];
    const real *restrict rec_connect_bias = at[2];
    real *restrict own_rec_out_1 = at[6];
    real *restrict spikes_out = at[7];
    const real *restrict rec_out_1 = at[8];
    const real *restrict spikes = at[9];

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
    const real *restrict spike_threshold = at[1];
    const real *restrict rec_connect_bias = at[2];
    const real *restrict v_mem = at[3];
    const real *restrict own_rec_out = at[4];
    real *restrict v_mem_2 = at[5];
    real *restrict own_rec_out_1 = at[6];
    const real *restrict rec_out_1 = at[7];

    #pragma omp simd
    for (size n = 0; n < num_neurons; n++) {
        const real v_mem_1 = v_mem[n] + x[n] + own_rec_out[n];
        const real inner_1 = v_mem_1 / spike_threshold[n];
        const real spikes = real_floor(maximum(inner_1, 0));
        v_mem_2[n] = v_mem_1 - spikes * spike_threshold[n];
        own_rec_out_1[n] = rec_out_1[n] + rec_connect_bias[n];
    }
}

static void backward_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size num_neurons = sizes[0];
    const real *restrict x = at[0];
    const real *restrict spike_threshold = at[1];
    const real *restrict v_mem = at[3];
    const real *restrict own_rec_out = at[4];
    const real *restrict d_spikes_out = at[8];
    const real *restrict d_own_rec_out = at[10];
    real *restrict d_rec_connect_bias = at[13];
    real *restrict d_rec_out_1 = at[14];
    real *restrict inner_1 = at[15];
    real *restrict inner_2 = at[16];
    real *restrict spikes = at[17];
    real *restrict d_spikes = at[18];

    #pragma omp simd
    for (size n = 0; n < num_neurons; n++) {
        const real v_mem_1 = v_mem[n] + x[n] + own_rec_out[n];
        inner_1[n] = v_mem_1 / spike_threshold[n];
        inner_2[n] = inner_1[n] - 1;
        spikes[n] = straight_through(real_floor(maximum(inner_1[n], 0)), spike_fn(inner_2[n]));
        d_spikes[n] = d_spikes_out[n];
        d_rec_out_1[n] = d_own_rec_out[n];
        d_rec_connect_bias[n] += d_own_rec_out[n];
    }
}

static void backward_1(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size num_neurons = sizes[0];
    const real *restrict spike_threshold = at[1];
    real *restrict d_v_mem = at[9];
    real *restrict d_own_rec_out = at[10];
    real *restrict d_x = at[11];
    real *restrict d_spike_threshold = at[12];
    const real *restrict inner_1 = at[15];
    const real *restrict inner_2 = at[16];
    const real *restrict spikes = at[17];
    real *restrict d_spikes = at[18];

    #pragma omp simd
    for (size n = 0; n < num_neurons; n++) {
        d_spikes[n] += -(d_v_mem[n] * spike_threshold[n]);
        d_spike_threshold[n] += -(d_v_mem[n] * spikes[n]);
        const real d_inner_1 = spike_fn_gradient(inner_2[n], d_spikes[n]);
        d_v_mem[n] += d_inner_1 / spike_threshold[n];
        d_spike_threshold[n] += -(d_inner_1 * (inner_1[n] / spike_threshold[n]));
        d_x[n] = d_v_mem[n];
        d_own_rec_out[n] = d_v_mem[n];
    }
}

static void forward_step(const struct sequence *s, const struct place *at, size rows)
{
    each_row(forward_0, s, at, rows);
    set(s, at, rows, 8, 1, (const int[]){-1});
    product(s, at, rows, 0, 9, 8, 8);
    each_row(forward_1, s, at, rows);
}

static void recompute_step(const struct sequence *s, const struct place *at, size rows)
{
    each_row(recompute_0, s, at, rows);
}

static void backward_step(const struct sequence *s, const struct place *at, size rows)
{
    each_row(backward_0, s, at, rows);
    product_back(s, at, rows, 0, 18, 14, 1);
    each_row(backward_1, s, at, rows);
}
