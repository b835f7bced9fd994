// Generated from spec/zoo/peers/snntorch.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 36d60047456ddd06
// RSynaptic, recurrent synaptic leaky integrate-and-fire neuron of snnTorch.
// The recurrence of one timestep, for one sample. Arrays have the neurons last.
// Digest of the timestep: 56a7d5f49ae37b8b

// The number of elements of each array, for one sample; of the operand and of the result of each
// product.
static void measure(
    const size *sizes, size *forward, size *recompute, size *backward, size *inputs, size *outputs)
{
    const size num_neurons = sizes[0];
    forward[0] = num_neurons; // x
    forward[1] = num_neurons; // threshold
    forward[2] = num_neurons; // recurrent_bias
    forward[3] = num_neurons; // alpha
    forward[4] = num_neurons; // beta
    forward[5] = num_neurons; // syn
    forward[6] = num_neurons; // mem
    forward[7] = num_neurons; // prev_output
    forward[8] = num_neurons; // syn_3
    forward[9] = num_neurons; // mem_1
    forward[10] = num_neurons; // prev_output_1
    forward[11] = num_neurons; // spikes_out
    forward[12] = num_neurons; // syn_1
    forward[13] = num_neurons; // reset
    recompute[0] = num_neurons; // x
    recompute[1] = num_neurons; // threshold
    recompute[2] = num_neurons; // recurrent_bias
    recompute[3] = num_neurons; // alpha
    recompute[4] = num_neurons; // beta
    recompute[5] = num_neurons; // syn
    recompute[6] = num_neurons; // mem
    recompute[7] = num_neurons; // prev_output
    recompute[8] = num_neurons; // syn_3
    recompute[9] = num_neurons; // mem_1
    recompute[10] = num_neurons; // prev_output_1
    recompute[11] = num_neurons; // syn_1
    backward[0] = num_neurons; // x
    backward[1] = num_neurons; // threshold
    backward[2] = num_neurons; // recurrent_bias
    backward[3] = num_neurons; // alpha
    backward[4] = num_neurons; // beta
    backward[5] = num_neurons; // syn
    backward[6] = num_neurons; // mem
    backward[7] = num_neurons; // prev_output
    backward[8] = num_neurons; // syn_3
    backward[9] = num_neurons; // mem_1
    backward[10] = num_neurons; // prev_output_1
    backward[11] = num_neurons; // syn_1
    backward[12] = num_neurons; // d_spikes_out
    backward[13] = num_neurons; // d_syn
    backward[14] = num_neurons; // d_mem
    backward[15] = num_neurons; // d_prev_output
    backward[16] = num_neurons; // d_x
    backward[17] = num_neurons; // d_threshold
    backward[18] = num_neurons; // d_recurrent_bias
    backward[19] = num_neurons; // d_alpha
    backward[20] = num_neurons; // d_beta
    backward[21] = num_neurons; // d_syn_1
    inputs[0] = num_neurons;
    outputs[0] = num_neurons;
}

static void forward_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size num_neurons = sizes[0];
    const real *restrict threshold = at[1];
    const real *restrict mem = at[6];
    real *restrict reset = at[13];

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
    const real *restrict alpha = at[3];
    const real *restrict beta = at[4];
    const real *restrict syn = at[5];
    const real *restrict mem = at[6];
    real *restrict syn_3 = at[8];
    real *restrict mem_1 = at[9];
    real *restrict prev_output_1 = at[10];
    real *restrict spikes_out = at[11];
    const real *restrict syn_1 = at[12];
    const real *restrict reset = at[13];

    #pragma omp simd
    for (size n = 0; n < num_neurons; n++) {
        const real syn_2 = syn_1[n] + recurrent_bias[n];
        syn_3[n] = alpha[n] * syn[n] + x[n] + syn_2;
        mem_1[n] = beta[n] * mem[n] + syn_3[n] - reset[n] * threshold[n];
        const real spikes = quant_fn(spike_fn(mem_1[n] - threshold[n]));
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
    const real *restrict alpha = at[3];
    const real *restrict beta = at[4];
    const real *restrict syn = at[5];
    const real *restrict mem = at[6];
    real *restrict syn_3 = at[8];
    real *restrict mem_1 = at[9];
    const real *restrict syn_1 = at[11];

    #pragma omp simd
    for (size n = 0; n < num_neurons; n++) {
        const real reset = (real)(mem[n] > threshold[n]);
        const real syn_2 = syn_1[n] + recurrent_bias[n];
        syn_3[n] = alpha[n] * syn[n] + x[n] + syn_2;
        mem_1[n] = beta[n] * mem[n] + syn_3[n] - reset * threshold[n];
    }
}

static void backward_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size num_neurons = sizes[0];
    const real *restrict threshold = at[1];
    const real *restrict alpha = at[3];
    const real *restrict beta = at[4];
    const real *restrict syn = at[5];
    const real *restrict mem = at[6];
    const real *restrict mem_1 = at[9];
    const real *restrict d_spikes_out = at[12];
    real *restrict d_syn = at[13];
    real *restrict d_mem = at[14];
    const real *restrict d_prev_output = at[15];
    real *restrict d_x = at[16];
    real *restrict d_threshold = at[17];
    real *restrict d_recurrent_bias = at[18];
    real *restrict d_alpha = at[19];
    real *restrict d_beta = at[20];
    real *restrict d_syn_1 = at[21];

    #pragma omp simd
    for (size n = 0; n < num_neurons; n++) {
        const real reset = (real)(mem[n] > threshold[n]);
        const real inner_1 = mem_1[n] - threshold[n];
        const real inner_2 = spike_fn(inner_1);
        real d_spikes = d_spikes_out[n];
        d_spikes += d_prev_output[n];
        const real d_inner_1 = spike_fn_gradient(inner_1, quant_fn_gradient(inner_2, d_spikes));
        d_mem[n] += d_inner_1;
        d_threshold[n] += -d_inner_1;
        d_beta[n] += d_mem[n] * mem[n];
        d_syn[n] += d_mem[n];
        d_threshold[n] += -(d_mem[n] * reset);
        d_mem[n] = d_mem[n] * beta[n];
        d_alpha[n] += d_syn[n] * syn[n];
        d_x[n] = d_syn[n];
        const real d_syn_2 = d_syn[n];
        d_syn[n] = d_syn[n] * alpha[n];
        d_syn_1[n] = d_syn_2;
        d_recurrent_bias[n] += d_syn_2;
    }
}

static void forward_step(const struct sequence *s, const struct place *at, size rows)
{
    each_row(forward_0, s, at, rows);
    set(s, at, rows, 12, 1, (const int[]){-1});
    product(s, at, rows, 0, 7, 12, 12);
    each_row(forward_1, s, at, rows);
}

static void recompute_step(const struct sequence *s, const struct place *at, size rows)
{
    each_row(recompute_0, s, at, rows);
}

static void backward_step(const struct sequence *s, const struct place *at, size rows)
{
    each_row(backward_0, s, at, rows);
    product_back(s, at, rows, 0, 15, 21, 0);
}
