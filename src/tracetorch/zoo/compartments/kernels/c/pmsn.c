// Generated from spec/zoo/compartments.yaml by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 9f1482b08d2ab630
// PMSN, parallel multi-compartment spiking neuron.
// The recurrence of one timestep, for one sample. Arrays have the neurons last.
// Digest of the timestep: 259b5d97460d2ce3

// The number of elements of each array, for one sample; of the operand and of the result of each
// product.
static void measure(
    const size *sizes, size *forward, size *recompute, size *backward, size *inputs, size *outputs)
{
    const size num_neurons = sizes[0];
    const size compartments = sizes[1];
    forward[0] = num_neurons; // x
    forward[1] = num_neurons * compartments; // turn_real
    forward[2] = num_neurons * compartments; // turn_imag
    forward[3] = num_neurons * compartments; // into_real
    forward[4] = num_neurons * compartments; // into_imag
    forward[5] = num_neurons * compartments; // out_real
    forward[6] = num_neurons * compartments; // out_imag
    forward[7] = num_neurons; // skip
    forward[8] = num_neurons; // threshold
    forward[9] = num_neurons * compartments; // real
    forward[10] = num_neurons * compartments; // imag
    forward[11] = num_neurons; // mem
    forward[12] = num_neurons * compartments; // real_1
    forward[13] = num_neurons * compartments; // imag_1
    forward[14] = num_neurons; // mem_2
    forward[15] = num_neurons; // spikes_out
    forward[16] = num_neurons; // drive
    forward[17] = num_neurons; // total_1
    recompute[0] = num_neurons; // x
    recompute[1] = num_neurons * compartments; // turn_real
    recompute[2] = num_neurons * compartments; // turn_imag
    recompute[3] = num_neurons * compartments; // into_real
    recompute[4] = num_neurons * compartments; // into_imag
    recompute[5] = num_neurons * compartments; // out_real
    recompute[6] = num_neurons * compartments; // out_imag
    recompute[7] = num_neurons; // skip
    recompute[8] = num_neurons; // threshold
    recompute[9] = num_neurons * compartments; // real
    recompute[10] = num_neurons * compartments; // imag
    recompute[11] = num_neurons; // mem
    recompute[12] = num_neurons * compartments; // real_1
    recompute[13] = num_neurons * compartments; // imag_1
    recompute[14] = num_neurons; // mem_2
    recompute[15] = num_neurons; // drive
    recompute[16] = num_neurons; // total_1
    backward[0] = num_neurons; // x
    backward[1] = num_neurons * compartments; // turn_real
    backward[2] = num_neurons * compartments; // turn_imag
    backward[3] = num_neurons * compartments; // into_real
    backward[4] = num_neurons * compartments; // into_imag
    backward[5] = num_neurons * compartments; // out_real
    backward[6] = num_neurons * compartments; // out_imag
    backward[7] = num_neurons; // skip
    backward[8] = num_neurons; // threshold
    backward[9] = num_neurons * compartments; // real
    backward[10] = num_neurons * compartments; // imag
    backward[11] = num_neurons; // mem
    backward[12] = num_neurons * compartments; // real_1
    backward[13] = num_neurons * compartments; // imag_1
    backward[14] = num_neurons; // mem_2
    backward[15] = num_neurons; // d_spikes_out
    backward[16] = num_neurons * compartments; // d_real
    backward[17] = num_neurons * compartments; // d_imag
    backward[18] = num_neurons; // d_mem
    backward[19] = num_neurons; // d_x
    backward[20] = num_neurons * compartments; // d_turn_real
    backward[21] = num_neurons * compartments; // d_turn_imag
    backward[22] = num_neurons * compartments; // d_into_real
    backward[23] = num_neurons * compartments; // d_into_imag
    backward[24] = num_neurons * compartments; // d_out_real
    backward[25] = num_neurons * compartments; // d_out_imag
    backward[26] = num_neurons; // d_skip
    backward[27] = num_neurons; // d_threshold
    backward[28] = num_neurons; // drive
    backward[29] = num_neurons; // d_spikes
    backward[30] = num_neurons * compartments; // prev_imag
    backward[31] = num_neurons * compartments; // prev_real
    backward[32] = num_neurons; // total_1
    backward[33] = num_neurons; // d_total_1
    backward[34] = num_neurons * compartments; // d_prev_real
    backward[35] = num_neurons; // d_drive
}

static void forward_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size num_neurons = sizes[0];
    const size compartments = sizes[1];
    const real *restrict x = at[0];
    const real *restrict turn_real = at[1];
    const real *restrict turn_imag = at[2];
    const real *restrict into_real = at[3];
    const real *restrict into_imag = at[4];
    const real *restrict out_real = at[5];
    const real *restrict out_imag = at[6];
    const real *restrict skip = at[7];
    const real *restrict threshold = at[8];
    const real *restrict real_ = at[9];
    const real *restrict imag = at[10];
    const real *restrict mem = at[11];
    real *restrict real_1 = at[12];
    real *restrict imag_1 = at[13];
    real *restrict mem_2 = at[14];
    real *restrict spikes_out = at[15];
    real *restrict drive = at[16];
    real *restrict total_1 = at[17];

    #pragma omp simd
    for (size n = 0; n < num_neurons; n++) {
        drive[n] = x[n];
    }

    clear(total_1, num_neurons);
    for (size k = 0; k < compartments; k++) {
        #pragma omp simd
        for (size n = 0; n < num_neurons; n++) {
            const real prev_imag = imag[k * num_neurons + n];
            const real prev_real = real_[k * num_neurons + n];
            real_1[k * num_neurons + n] = turn_real[k * num_neurons + n] * prev_real -
                turn_imag[k * num_neurons + n] * prev_imag + into_real[k * num_neurons + n] *
                drive[n];
            imag_1[k * num_neurons + n] = turn_imag[k * num_neurons + n] * prev_real +
                turn_real[k * num_neurons + n] * prev_imag + into_imag[k * num_neurons + n] *
                drive[n];
            const real summand_1 = out_real[k * num_neurons + n] * real_1[k * num_neurons + n] -
                out_imag[k * num_neurons + n] * imag_1[k * num_neurons + n];
            total_1[n] += summand_1;
        }
    }

    #pragma omp simd
    for (size n = 0; n < num_neurons; n++) {
        const real mem_1 = mem[n] + relu(total_1[n] + skip[n] * x[n]);
        const real spikes = quant_fn(spike_fn(mem_1 - threshold[n]));
        mem_2[n] = (mem_1 - real_floor(mem_1 / threshold[n]) * threshold[n]);
        spikes_out[n] = spikes;
    }
}

static void recompute_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size num_neurons = sizes[0];
    const size compartments = sizes[1];
    const real *restrict x = at[0];
    const real *restrict turn_real = at[1];
    const real *restrict turn_imag = at[2];
    const real *restrict into_real = at[3];
    const real *restrict into_imag = at[4];
    const real *restrict out_real = at[5];
    const real *restrict out_imag = at[6];
    const real *restrict skip = at[7];
    const real *restrict threshold = at[8];
    const real *restrict real_ = at[9];
    const real *restrict imag = at[10];
    const real *restrict mem = at[11];
    real *restrict real_1 = at[12];
    real *restrict imag_1 = at[13];
    real *restrict mem_2 = at[14];
    real *restrict drive = at[15];
    real *restrict total_1 = at[16];

    #pragma omp simd
    for (size n = 0; n < num_neurons; n++) {
        drive[n] = x[n];
    }

    clear(total_1, num_neurons);
    for (size k = 0; k < compartments; k++) {
        #pragma omp simd
        for (size n = 0; n < num_neurons; n++) {
            const real prev_imag = imag[k * num_neurons + n];
            const real prev_real = real_[k * num_neurons + n];
            real_1[k * num_neurons + n] = turn_real[k * num_neurons + n] * prev_real -
                turn_imag[k * num_neurons + n] * prev_imag + into_real[k * num_neurons + n] *
                drive[n];
            imag_1[k * num_neurons + n] = turn_imag[k * num_neurons + n] * prev_real +
                turn_real[k * num_neurons + n] * prev_imag + into_imag[k * num_neurons + n] *
                drive[n];
            const real summand_1 = out_real[k * num_neurons + n] * real_1[k * num_neurons + n] -
                out_imag[k * num_neurons + n] * imag_1[k * num_neurons + n];
            total_1[n] += summand_1;
        }
    }

    #pragma omp simd
    for (size n = 0; n < num_neurons; n++) {
        const real inner_1 = total_1[n] + skip[n] * x[n];
        const real inner_2 = relu(inner_1);
        const real mem_1 = mem[n] + inner_2;
        mem_2[n] = (mem_1 - real_floor(mem_1 / threshold[n]) * threshold[n]);
    }
}

static void backward_0(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers)
{
    const size num_neurons = sizes[0];
    const size compartments = sizes[1];
    const real *restrict x = at[0];
    const real *restrict turn_real = at[1];
    const real *restrict turn_imag = at[2];
    const real *restrict into_real = at[3];
    const real *restrict into_imag = at[4];
    const real *restrict out_real = at[5];
    const real *restrict out_imag = at[6];
    const real *restrict skip = at[7];
    const real *restrict threshold = at[8];
    const real *restrict real_ = at[9];
    const real *restrict imag = at[10];
    const real *restrict mem = at[11];
    const real *restrict real_1 = at[12];
    const real *restrict imag_1 = at[13];
    const real *restrict d_spikes_out = at[15];
    real *restrict d_real = at[16];
    real *restrict d_imag = at[17];
    real *restrict d_mem = at[18];
    real *restrict d_x = at[19];
    real *restrict d_turn_real = at[20];
    real *restrict d_turn_imag = at[21];
    real *restrict d_into_real = at[22];
    real *restrict d_into_imag = at[23];
    real *restrict d_out_real = at[24];
    real *restrict d_out_imag = at[25];
    real *restrict d_skip = at[26];
    real *restrict d_threshold = at[27];
    real *restrict drive = at[28];
    real *restrict d_spikes = at[29];
    real *restrict prev_imag = at[30];
    real *restrict prev_real = at[31];
    real *restrict total_1 = at[32];
    real *restrict d_total_1 = at[33];
    real *restrict d_prev_real = at[34];
    real *restrict d_drive = at[35];

    #pragma omp simd
    for (size n = 0; n < num_neurons; n++) {
        drive[n] = x[n];
        d_spikes[n] = d_spikes_out[n];
    }

    clear(total_1, num_neurons);
    for (size k = 0; k < compartments; k++) {
        #pragma omp simd
        for (size n = 0; n < num_neurons; n++) {
            prev_imag[k * num_neurons + n] = imag[k * num_neurons + n];
            prev_real[k * num_neurons + n] = real_[k * num_neurons + n];
            const real summand_1 = out_real[k * num_neurons + n] * real_1[k * num_neurons + n] -
                out_imag[k * num_neurons + n] * imag_1[k * num_neurons + n];
            total_1[n] += summand_1;
        }
    }

    #pragma omp simd
    for (size n = 0; n < num_neurons; n++) {
        const real inner_1 = total_1[n] + skip[n] * x[n];
        const real inner_2 = relu(inner_1);
        const real mem_1 = mem[n] + inner_2;
        const real inner_3 = mem_1 - threshold[n];
        const real inner_4 = spike_fn(inner_3);
        const real d_inner_3 = spike_fn_gradient(inner_3, quant_fn_gradient(inner_4, d_spikes[n]));
        d_mem[n] = d_inner_3;
        d_threshold[n] += -d_inner_3;
        const real d_inner_1 = (inner_2 <= 0 ? 0 : d_mem[n]);
        d_total_1[n] = d_inner_1;
        d_skip[n] += d_inner_1 * x[n];
        d_x[n] = d_inner_1 * skip[n];
    }

    clear(d_drive, num_neurons);
    for (size k = 0; k < compartments; k++) {
        #pragma omp simd
        for (size n = 0; n < num_neurons; n++) {
            const real d_summand_1 = d_total_1[n];
            d_out_real[k * num_neurons + n] += d_summand_1 * real_1[k * num_neurons + n];
            d_real[k * num_neurons + n] += d_summand_1 * out_real[k * num_neurons + n];
            d_out_imag[k * num_neurons + n] += -(d_summand_1 * imag_1[k * num_neurons + n]);
            d_imag[k * num_neurons + n] += -(d_summand_1 * out_imag[k * num_neurons + n]);
            d_turn_imag[k * num_neurons + n] += d_imag[k * num_neurons + n] *
                prev_real[k * num_neurons + n];
            d_prev_real[k * num_neurons + n] = d_imag[k * num_neurons + n] *
                turn_imag[k * num_neurons + n];
            d_turn_real[k * num_neurons + n] += d_imag[k * num_neurons + n] *
                prev_imag[k * num_neurons + n];
            real d_prev_imag = d_imag[k * num_neurons + n] * turn_real[k * num_neurons + n];
            d_into_imag[k * num_neurons + n] += d_imag[k * num_neurons + n] * drive[n];
            d_drive[n] += d_imag[k * num_neurons + n] * into_imag[k * num_neurons + n];
            d_turn_real[k * num_neurons + n] += d_real[k * num_neurons + n] *
                prev_real[k * num_neurons + n];
            d_prev_real[k * num_neurons + n] += d_real[k * num_neurons + n] *
                turn_real[k * num_neurons + n];
            d_turn_imag[k * num_neurons + n] += -(d_real[k * num_neurons + n] *
                prev_imag[k * num_neurons + n]);
            d_prev_imag += -(d_real[k * num_neurons + n] * turn_imag[k * num_neurons + n]);
            d_into_real[k * num_neurons + n] += d_real[k * num_neurons + n] * drive[n];
            d_imag[k * num_neurons + n] = d_prev_imag;
        }
    }

    for (size k = 0; k < compartments; k++) {
        #pragma omp simd
        for (size n = 0; n < num_neurons; n++) {
            d_drive[n] += d_real[k * num_neurons + n] * into_real[k * num_neurons + n];
            d_real[k * num_neurons + n] = d_prev_real[k * num_neurons + n];
        }
    }

    #pragma omp simd
    for (size n = 0; n < num_neurons; n++) {
        d_x[n] += d_drive[n];
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
