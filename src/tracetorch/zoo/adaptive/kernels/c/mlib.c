// Generated from spec/zoo/adaptive.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 138489bf849751b9
// MLIB, fully recurrent leaky integrator with binary firing.
// The recurrence of one timestep, for one sample. Arrays have the neurons last.
// Digest of the timestep: 6d060dccc60befb2

// The number of elements of each array, for one sample; of the operand and of the result of each
// product.
static void measure(
    const size *sizes, size *forward, size *recompute, size *backward, size *inputs, size *outputs)
{
    const size num_neurons = sizes[0];
    forward[0] = num_neurons; // x
    forward[1] = num_neurons; // beta
    forward[2] = num_neurons; // threshold
    forward[3] = num_neurons; // bias
    forward[4] = num_neurons; // prev_output
    forward[5] = num_neurons; // mem
    forward[6] = num_neurons; // prev_output_1
    forward[7] = num_neurons; // mem_2
    forward[8] = num_neurons; // spikes_out
    forward[9] = num_neurons; // lateral
    recompute[0] = num_neurons; // x
    recompute[1] = num_neurons; // beta
    recompute[2] = num_neurons; // threshold
    recompute[3] = num_neurons; // bias
    recompute[4] = num_neurons; // prev_output
    recompute[5] = num_neurons; // mem
    recompute[6] = num_neurons; // prev_output_1
    recompute[7] = num_neurons; // mem_2
    recompute[8] = num_neurons; // lateral
    backward[0] = num_neurons; // x
    backward[1] = num_neurons; // beta
    backward[2] = num_neurons; // threshold
    backward[3] = num_neurons; // bias
    backward[4] = num_neurons; // prev_output
    backward[5] = num_neurons; // mem
    backward[6] = num_neurons; // prev_output_1
    backward[7] = num_neurons; // mem_2
    backward[8] = num_neurons; // lateral
    backward[9] = num_neurons; // d_spikes_out
    backward[10] = num_neurons; // d_prev_output
    backward[11] = num_neurons; // d_mem
    backward[12] = num_neurons; // d_x
    backward[13] = num_neurons; // d_beta
    backward[14] = num_neurons; // d_threshold
    backward[15] = num_neurons; // d_bias
    backward[16] = num_neurons; // d_lateral
    inputs[0] = num_neurons;
    outputs[0] = num_neurons;
}

static void forward_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size num_neurons = sizes[0];
    const real *restrict x = at[0];
    const real *restrict beta = at[1];
    const real *restrict threshold = at[2];
    const real *restrict bias = at[3];
    const real *restrict mem = at[5];
    real *restrict prev_output_1 = at[6];
    real *restrict mem_2 = at[7];
    real *restrict spikes_out = at[8];
    const real *restrict lateral = at[9];

    #pragma omp simd
    for (size n = 0; n < num_neurons; n++) {
        const real mem_1 = beta[n] * mem[n] + x[n] + lateral[n];
        const real spikes = quant_fn(spike_fn(mem_1 - threshold[n] + bias[n]));
        mem_2[n] = mem_1 - spikes * threshold[n];
        prev_output_1[n] = spikes;
        spikes_out[n] = spikes;
    }
}

static void recompute_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size num_neurons = sizes[0];
    const real *restrict x = at[0];
    const real *restrict beta = at[1];
    const real *restrict threshold = at[2];
    const real *restrict bias = at[3];
    const real *restrict mem = at[5];
    real *restrict mem_2 = at[7];
    const real *restrict lateral = at[8];

    #pragma omp simd
    for (size n = 0; n < num_neurons; n++) {
        const real mem_1 = beta[n] * mem[n] + x[n] + lateral[n];
        const real inner_1 = mem_1 - threshold[n] + bias[n];
        const real inner_2 = spike_fn(inner_1);
        const real spikes = quant_fn(inner_2);
        mem_2[n] = mem_1 - spikes * threshold[n];
    }
}

static void backward_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size num_neurons = sizes[0];
    const real *restrict x = at[0];
    const real *restrict beta = at[1];
    const real *restrict threshold = at[2];
    const real *restrict bias = at[3];
    const real *restrict mem = at[5];
    const real *restrict lateral = at[8];
    const real *restrict d_spikes_out = at[9];
    const real *restrict d_prev_output = at[10];
    real *restrict d_mem = at[11];
    real *restrict d_x = at[12];
    real *restrict d_beta = at[13];
    real *restrict d_threshold = at[14];
    real *restrict d_bias = at[15];
    real *restrict d_lateral = at[16];

    #pragma omp simd
    for (size n = 0; n < num_neurons; n++) {
        const real mem_1 = beta[n] * mem[n] + x[n] + lateral[n];
        const real inner_1 = mem_1 - threshold[n] + bias[n];
        const real inner_2 = spike_fn(inner_1);
        const real spikes = quant_fn(inner_2);
        real d_spikes = d_spikes_out[n];
        d_spikes += d_prev_output[n];
        d_spikes += -(d_mem[n] * threshold[n]);
        d_threshold[n] += -(d_mem[n] * spikes);
        const real d_inner_1 = spike_fn_gradient(inner_1, quant_fn_gradient(inner_2, d_spikes));
        d_mem[n] += d_inner_1;
        d_threshold[n] += -d_inner_1;
        d_bias[n] += d_inner_1;
        d_beta[n] += d_mem[n] * mem[n];
        d_x[n] = d_mem[n];
        d_lateral[n] = d_mem[n];
        d_mem[n] = d_mem[n] * beta[n];
    }
}

static void forward_step(const struct sequence *s, const struct place *at, size rows)
{
    set(s, at, rows, 9, 1, (const int[]){-1});
    product(s, at, rows, 0, 4, 9, 9);
    each_row(forward_0, s, at, rows);
}

static void recompute_step(const struct sequence *s, const struct place *at, size rows)
{
    each_row(recompute_0, s, at, rows);
}

static void backward_step(const struct sequence *s, const struct place *at, size rows)
{
    each_row(backward_0, s, at, rows);
    product_back(s, at, rows, 0, 10, 16, 0);
}
