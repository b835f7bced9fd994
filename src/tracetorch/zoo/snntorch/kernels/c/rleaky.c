// Generated from spec/zoo/peers/snntorch.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: b00a5314031dd78c
// RLeaky, recurrent leaky integrate-and-fire neuron of snnTorch.
// The recurrence of one timestep, for one sample. Arrays have the neurons last.
// Digest of the timestep: 9b14f49c8d675247

// The number of elements of each array, for one sample; of the operand and of the result of each
// product.
static void measure(
    const size *sizes, size *forward, size *recompute, size *backward, size *inputs, size *outputs)
{
    const size num_neurons = sizes[0];
    forward[0] = num_neurons; // x
    forward[1] = num_neurons; // threshold
    forward[2] = num_neurons; // recurrent_bias
    forward[3] = num_neurons; // beta
    forward[4] = num_neurons; // mem
    forward[5] = num_neurons; // prev_output
    forward[6] = num_neurons; // mem_3
    forward[7] = num_neurons; // prev_output_1
    forward[8] = num_neurons; // spikes_out
    forward[9] = num_neurons; // mem_1
    forward[10] = num_neurons; // reset
    recompute[0] = num_neurons; // x
    recompute[1] = num_neurons; // threshold
    recompute[2] = num_neurons; // recurrent_bias
    recompute[3] = num_neurons; // beta
    recompute[4] = num_neurons; // mem
    recompute[5] = num_neurons; // prev_output
    recompute[6] = num_neurons; // mem_3
    recompute[7] = num_neurons; // prev_output_1
    recompute[8] = num_neurons; // mem_1
    backward[0] = num_neurons; // x
    backward[1] = num_neurons; // threshold
    backward[2] = num_neurons; // recurrent_bias
    backward[3] = num_neurons; // beta
    backward[4] = num_neurons; // mem
    backward[5] = num_neurons; // prev_output
    backward[6] = num_neurons; // mem_3
    backward[7] = num_neurons; // prev_output_1
    backward[8] = num_neurons; // mem_1
    backward[9] = num_neurons; // d_spikes_out
    backward[10] = num_neurons; // d_mem
    backward[11] = num_neurons; // d_prev_output
    backward[12] = num_neurons; // d_x
    backward[13] = num_neurons; // d_threshold
    backward[14] = num_neurons; // d_recurrent_bias
    backward[15] = num_neurons; // d_beta
    backward[16] = num_neurons; // d_mem_1
    inputs[0] = num_neurons;
    outputs[0] = num_neurons;
}

static void forward_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size num_neurons = sizes[0];
    const real *restrict threshold = at[1];
    const real *restrict mem = at[4];
    real *restrict reset = at[10];

    #pragma omp simd
    for (size n = 0; n < num_neurons; n++) {
        reset[n] = (real)(mem[n] > threshold[n]);
    }
}

static void forward_1(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size num_neurons = sizes[0];
    const real *restrict x = at[0];
    const real *restrict threshold = at[1];
    const real *restrict recurrent_bias = at[2];
    const real *restrict beta = at[3];
    const real *restrict mem = at[4];
    real *restrict mem_3 = at[6];
    real *restrict prev_output_1 = at[7];
    real *restrict spikes_out = at[8];
    const real *restrict mem_1 = at[9];
    const real *restrict reset = at[10];

    #pragma omp simd
    for (size n = 0; n < num_neurons; n++) {
        const real mem_2 = mem_1[n] + recurrent_bias[n];
        mem_3[n] = beta[n] * mem[n] + x[n] + mem_2 - reset[n] * threshold[n];
        const real spikes = quant_fn(spike_fn(mem_3[n] - threshold[n]));
        prev_output_1[n] = spikes;
        spikes_out[n] = spikes;
    }
}

static void recompute_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size num_neurons = sizes[0];
    const real *restrict x = at[0];
    const real *restrict threshold = at[1];
    const real *restrict recurrent_bias = at[2];
    const real *restrict beta = at[3];
    const real *restrict mem = at[4];
    real *restrict mem_3 = at[6];
    const real *restrict mem_1 = at[8];

    #pragma omp simd
    for (size n = 0; n < num_neurons; n++) {
        const real reset = (real)(mem[n] > threshold[n]);
        const real mem_2 = mem_1[n] + recurrent_bias[n];
        mem_3[n] = beta[n] * mem[n] + x[n] + mem_2 - reset * threshold[n];
    }
}

static void backward_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size num_neurons = sizes[0];
    const real *restrict threshold = at[1];
    const real *restrict beta = at[3];
    const real *restrict mem = at[4];
    const real *restrict mem_3 = at[6];
    const real *restrict d_spikes_out = at[9];
    real *restrict d_mem = at[10];
    const real *restrict d_prev_output = at[11];
    real *restrict d_x = at[12];
    real *restrict d_threshold = at[13];
    real *restrict d_recurrent_bias = at[14];
    real *restrict d_beta = at[15];
    real *restrict d_mem_1 = at[16];

    #pragma omp simd
    for (size n = 0; n < num_neurons; n++) {
        const real reset = (real)(mem[n] > threshold[n]);
        const real inner_1 = mem_3[n] - threshold[n];
        const real inner_2 = spike_fn(inner_1);
        real d_spikes = d_spikes_out[n];
        d_spikes += d_prev_output[n];
        const real d_inner_1 = spike_fn_gradient(inner_1, quant_fn_gradient(inner_2, d_spikes));
        d_mem[n] += d_inner_1;
        d_threshold[n] += -d_inner_1;
        d_beta[n] += d_mem[n] * mem[n];
        d_x[n] = d_mem[n];
        const real d_mem_2 = d_mem[n];
        d_threshold[n] += -(d_mem[n] * reset);
        d_mem[n] = d_mem[n] * beta[n];
        d_mem_1[n] = d_mem_2;
        d_recurrent_bias[n] += d_mem_2;
    }
}

static void forward_step(const struct sequence *s, const struct place *at, size rows)
{
    each_row(forward_0, s, at, rows);
    set(s, at, rows, 9, 1, (const int[]){-1});
    product(s, at, rows, 0, 5, 9, 9);
    each_row(forward_1, s, at, rows);
}

static void recompute_step(const struct sequence *s, const struct place *at, size rows)
{
    each_row(recompute_0, s, at, rows);
}

static void backward_step(const struct sequence *s, const struct place *at, size rows)
{
    each_row(backward_0, s, at, rows);
    product_back(s, at, rows, 0, 11, 16, 0);
}
