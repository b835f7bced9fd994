// Generated from spec/zoo/compartments.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: fe9e9445a7fd9fab
// DHLIF, leaky integrate-and-fire neuron with dendritic branches.
// The recurrence of one timestep, for one sample. Arrays have the neurons last.
// Digest of the timestep: 9376c3ebd406358d

// The number of elements of each array, for one sample; of the operand and of the result of each
// product.
static void measure(
    const size *sizes, size *forward, size *recompute, size *backward, size *inputs, size *outputs)
{
    const size out_features = sizes[0];
    const size branches = sizes[1];
    forward[0] = branches * out_features; // drive_1
    forward[1] = branches * out_features; // decays
    forward[2] = out_features; // beta
    forward[3] = out_features; // threshold
    forward[4] = branches * out_features; // dendrites
    forward[5] = out_features; // mem
    forward[6] = branches * out_features; // dendrites_1
    forward[7] = out_features; // mem_2
    forward[8] = out_features; // spikes_out
    forward[9] = out_features; // total_1
    recompute[0] = branches * out_features; // drive_1
    recompute[1] = branches * out_features; // decays
    recompute[2] = out_features; // beta
    recompute[3] = out_features; // threshold
    recompute[4] = branches * out_features; // dendrites
    recompute[5] = out_features; // mem
    recompute[6] = branches * out_features; // dendrites_1
    recompute[7] = out_features; // mem_2
    recompute[8] = out_features; // inner_2
    recompute[9] = out_features; // total_1
    backward[0] = branches * out_features; // drive_1
    backward[1] = branches * out_features; // decays
    backward[2] = out_features; // beta
    backward[3] = out_features; // threshold
    backward[4] = branches * out_features; // dendrites
    backward[5] = out_features; // mem
    backward[6] = branches * out_features; // dendrites_1
    backward[7] = out_features; // mem_2
    backward[8] = out_features; // d_spikes_out
    backward[9] = branches * out_features; // d_dendrites
    backward[10] = out_features; // d_mem
    backward[11] = branches * out_features; // d_drive_1
    backward[12] = branches * out_features; // d_decays
    backward[13] = out_features; // d_beta
    backward[14] = out_features; // d_threshold
    backward[15] = out_features; // inner_2
    backward[16] = out_features; // d_spikes
    backward[17] = branches * out_features; // drive
    backward[18] = branches * out_features; // inner_1
    backward[19] = out_features; // total_1
    backward[20] = out_features; // d_total_1
}

static void forward_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size out_features = sizes[0];
    const size branches = sizes[1];
    const real *restrict drive_1 = at[0];
    const real *restrict decays = at[1];
    const real *restrict beta = at[2];
    const real *restrict threshold = at[3];
    const real *restrict dendrites = at[4];
    const real *restrict mem = at[5];
    real *restrict dendrites_1 = at[6];
    real *restrict mem_2 = at[7];
    real *restrict spikes_out = at[8];
    real *restrict total_1 = at[9];

    clear(total_1, out_features);
    for (size k = 0; k < branches; k++) {
        #pragma omp simd
        for (size n = 0; n < out_features; n++) {
            const real drive = drive_1[k * out_features + n];
            dendrites_1[k * out_features + n] = decays[k * out_features + n] *
                dendrites[k * out_features + n] + (1 - decays[k * out_features + n]) * drive;
            total_1[n] += dendrites_1[k * out_features + n];
        }
    }

    #pragma omp simd
    for (size n = 0; n < out_features; n++) {
        const real mem_1 = beta[n] * mem[n] + (1 - beta[n]) * total_1[n];
        const real spikes = quant_fn(spike_fn(mem_1 - threshold[n]));
        mem_2[n] = mem_1 - spikes * threshold[n];
        spikes_out[n] = spikes;
    }
}

static void recompute_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size out_features = sizes[0];
    const size branches = sizes[1];
    const real *restrict drive_1 = at[0];
    const real *restrict decays = at[1];
    const real *restrict beta = at[2];
    const real *restrict threshold = at[3];
    const real *restrict dendrites = at[4];
    const real *restrict mem = at[5];
    real *restrict dendrites_1 = at[6];
    real *restrict mem_2 = at[7];
    real *restrict inner_2 = at[8];
    real *restrict total_1 = at[9];

    #pragma omp simd
    for (size n = 0; n < out_features; n++) {
        inner_2[n] = 1 - beta[n];
    }

    clear(total_1, out_features);
    for (size k = 0; k < branches; k++) {
        #pragma omp simd
        for (size n = 0; n < out_features; n++) {
            const real drive = drive_1[k * out_features + n];
            const real inner_1 = 1 - decays[k * out_features + n];
            dendrites_1[k * out_features + n] = decays[k * out_features + n] *
                dendrites[k * out_features + n] + inner_1 * drive;
            total_1[n] += dendrites_1[k * out_features + n];
        }
    }

    #pragma omp simd
    for (size n = 0; n < out_features; n++) {
        const real mem_1 = beta[n] * mem[n] + inner_2[n] * total_1[n];
        const real inner_3 = mem_1 - threshold[n];
        const real inner_4 = spike_fn(inner_3);
        const real spikes = quant_fn(inner_4);
        mem_2[n] = mem_1 - spikes * threshold[n];
    }
}

static void backward_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size out_features = sizes[0];
    const size branches = sizes[1];
    const real *restrict drive_1 = at[0];
    const real *restrict decays = at[1];
    const real *restrict beta = at[2];
    const real *restrict threshold = at[3];
    const real *restrict dendrites = at[4];
    const real *restrict mem = at[5];
    const real *restrict dendrites_1 = at[6];
    const real *restrict d_spikes_out = at[8];
    real *restrict d_dendrites = at[9];
    real *restrict d_mem = at[10];
    real *restrict d_drive_1 = at[11];
    real *restrict d_decays = at[12];
    real *restrict d_beta = at[13];
    real *restrict d_threshold = at[14];
    real *restrict inner_2 = at[15];
    real *restrict d_spikes = at[16];
    real *restrict drive = at[17];
    real *restrict inner_1 = at[18];
    real *restrict total_1 = at[19];
    real *restrict d_total_1 = at[20];

    #pragma omp simd
    for (size n = 0; n < out_features; n++) {
        inner_2[n] = 1 - beta[n];
        d_spikes[n] = d_spikes_out[n];
        d_spikes[n] += -(d_mem[n] * threshold[n]);
    }

    clear(total_1, out_features);
    for (size k = 0; k < branches; k++) {
        #pragma omp simd
        for (size n = 0; n < out_features; n++) {
            drive[k * out_features + n] = drive_1[k * out_features + n];
            inner_1[k * out_features + n] = 1 - decays[k * out_features + n];
            total_1[n] += dendrites_1[k * out_features + n];
        }
    }

    #pragma omp simd
    for (size n = 0; n < out_features; n++) {
        const real mem_1 = beta[n] * mem[n] + inner_2[n] * total_1[n];
        const real inner_3 = mem_1 - threshold[n];
        const real inner_4 = spike_fn(inner_3);
        const real spikes = quant_fn(inner_4);
        d_threshold[n] += -(d_mem[n] * spikes);
        const real d_inner_3 = spike_fn_gradient(inner_3, quant_fn_gradient(inner_4, d_spikes[n]));
        d_mem[n] += d_inner_3;
        d_threshold[n] += -d_inner_3;
        d_beta[n] += d_mem[n] * mem[n] - d_mem[n] * total_1[n];
        d_total_1[n] = d_mem[n] * inner_2[n];
        d_mem[n] = d_mem[n] * beta[n];
    }

    for (size k = 0; k < branches; k++) {
        #pragma omp simd
        for (size n = 0; n < out_features; n++) {
            d_dendrites[k * out_features + n] += d_total_1[n];
            d_decays[k * out_features + n] += d_dendrites[k * out_features + n] *
                dendrites[k * out_features + n] - d_dendrites[k * out_features + n] *
                drive[k * out_features + n];
            const real d_drive = d_dendrites[k * out_features + n] * inner_1[k * out_features + n];
            d_dendrites[k * out_features + n] = d_dendrites[k * out_features + n] *
                decays[k * out_features + n];
            d_drive_1[k * out_features + n] = d_drive;
        }
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
