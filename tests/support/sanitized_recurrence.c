/* The same for a kernel of a recurrence, whose sizes are those of SIZE_VALUES. */

#include <stdio.h>

static void *all[256];
static int count_of_all;

static real *made_up(size count)
{
    real *made = all[count_of_all++] = malloc(count * sizeof *made);
    for (size i = 0; i < count; i++)
        made[i] = (real)((i * 7919 % 1000) / 500.0 - 1);
    return made;
}

static real **make_arrays(const size *widths, int number, size count)
{
    real **arrays = all[count_of_all++] = malloc(number * sizeof *arrays);
    for (int i = 0; i < number; i++)
        arrays[i] = made_up(widths[i] * count);
    return arrays;
}

static struct stream *make_streams(const size *widths, int number, size timesteps, size rows)
{
    struct stream *streams = all[count_of_all++] = malloc(number * sizeof *streams);
    for (int i = 0; i < number; i++)
        streams[i] = (struct stream){
            made_up(widths[i] * timesteps * rows), rows * widths[i], widths[i]};
    return streams;
}

static void expect(int is_right, const char *what)
{
    if (!is_right) {
        puts(what);
        exit(1);
    }
}

// That the places of arrays follow each other, in the forward pass and in the backward pass.
static void expect_places(void)
{
    const int forwards[][2] = {
        {STREAMS, PARAMETERS}, {BEFORE, STATES}, {NEXT, STATES}, {OUT, OUTPUTS}, {RESULT, RESULTS},
        {TEMPORARY, FORWARD - TEMPORARY}};
    const int backwards[][2] = {
        {BEFORE, STATES}, {NEXT, STATES}, {RESULT_KNOWN, RESULTS}, {KEPT_KNOWN, KEPT},
        {KNOWN, 0}, {D_OUT, OUTPUTS}, {D_STATE, STATES}, {D_STREAM, STREAMS},
        {D_PARAMETER, PARAMETERS}, {D_RESULT, RESULTS}, {TEMPORARY_BACK, BACKWARD - TEMPORARY_BACK}};
    for (int i = 0; i < 5; i++)
        expect(forwards[i][0] + forwards[i][1] == forwards[i + 1][0], "places differ forwards");
    for (int i = 0; i < 10; i++)
        expect(backwards[i][0] + backwards[i][1] == backwards[i + 1][0], "places differ backwards");
    expect(TEMPORARY <= FORWARD && KNOWN <= RECOMPUTE && TEMPORARY_BACK <= BACKWARD, "places lack");
    expect(MOST >= FORWARD && MOST >= RECOMPUTE && MOST >= BACKWARD, "not all have a place");
}

// That arrays which are laid out follow each other, with a gap, and take the room for them.
static void expect_layout(void)
{
    const size widths[] = {5, 0, 1, 64};
    for (int count = 0; count <= 4; count++)
        for (size rows = 0; rows < 3; rows++) {
            struct place at[5] = {0};
            real *memory = malloc(room(widths, count, rows) * sizeof *memory), *next = memory;
            real *end = lay_out(at, widths, count, rows, memory);
            for (int i = 0; i < count; i++) {
                expect(at[i].data == next && at[i].row == widths[i], "an array is elsewhere");
                next += rows * widths[i] + 320 / sizeof(real);
            }
            expect(end == next && end == memory + room(widths, count, rows), "a room differs");
            expect(!at[count].data, "an array is laid out too many");
            free(memory);
        }
    for (size count = 0; count < 99; count++) {
        const size more = padded(count) - count * sizeof(real);
        expect(padded(count) % 64 == 0 && 0 < more && more <= 64, "memory is not padded");
    }
}

// That arrays which last for a chunk have all rows, but for gradients that all rows add to.
static void expect_rows(const struct sequence *s)
{
    struct chunk c = {.rows = s->rows};
    expect(allocate(s, &c), "there is no memory");
    for (int i = KNOWN; i < RECOMPUTE; i++)
        expect(c.recompute[i].row == s->recompute[i], "a temporary array lacks rows");
    for (int i = D_STATE; i < BACKWARD; i++) {
        const int is_shared = i >= D_PARAMETER && i < D_RESULT, is_known = i < D_STREAM;
        if (is_known || is_shared || i >= TEMPORARY_BACK)
            expect(c.back[i].row == (is_shared ? 0 : s->backward[i]), "a gradient lacks rows");
    }
    free(c.memory);
}

// That threads and rows do not add to each other's sums.
static void expect_apart(struct sequence *s)
{
    size forward[MOST], recompute[MOST], backward[MOST];
    size inputs[PRODUCTS + 1], outputs[PRODUCTS + 1];
    real *packed[PRODUCTS + 1];
    measure(s->sizes, forward, recompute, backward, inputs, outputs);
    s->forward = forward, s->recompute = recompute, s->backward = backward, s->packed = packed;
    s->operand_widths = inputs, s->result_widths = outputs;
    const size width = total(forward + STREAMS, PARAMETERS);
    double *sums = calloc(s->threads * width + 1, sizeof *sums);
    expect(pack_matrices(s, 1) && run(s, sums, width), "there is no memory");
    for (size t = 0; t < s->threads && width; t++) {
        int is_set = 0;
        for (size i = 0; i < width; i++)
            is_set |= sums[t * width + i] != 0;
        const int has_rows = s->rows * (t + 1) / s->threads > s->rows * t / s->threads;
        expect(is_set == has_rows, "a thread adds to the sums of another");
    }
    expect_rows(s);
    free(packed[0]);
    free(sums);
}

static void through(size timesteps, size rows, size threads)
{
    const size sizes[] = {SIZE_VALUES}, chunks = (timesteps + CHUNK - 1) / CHUNK;
    const size whole = timesteps * rows;
    size found[MOST], inputs[PRODUCTS + 1], outputs[PRODUCTS + 1];
    widths(sizes, found, inputs, outputs);
    const size *of_states = found + STREAMS + PARAMETERS;
    size of_matrices[PRODUCTS + 1];
    for (int i = 0; i < PRODUCTS; i++)
        of_matrices[i] = inputs[i] * outputs[i];
    struct sequence s = {
        .timesteps = timesteps, .rows = rows, .threads = threads, .sizes = sizes,
        .numbers = (real[]){0.5, 0.25},
        .streams = make_streams(found, STREAMS, timesteps, rows),
        .parameters = make_arrays(found + STREAMS, PARAMETERS, 1),
        .states = make_arrays(of_states, STATES, rows),
        .states_after = make_arrays(of_states, STATES, rows),
        .matrices = make_arrays(of_matrices, PRODUCTS, 1),
        .outputs = make_streams(found + OUT, OUTPUTS, timesteps, rows),
        .results = made_up(total(outputs, PRODUCTS) * whole),
        .operands = made_up(total(inputs, PRODUCTS) * whole),
        .checkpoints = made_up(chunks * rows * total(of_states, STATES)),
        .history = make_arrays(of_states, STATES, whole),
        .d_streams = make_streams(found, STREAMS, timesteps, rows),
        .d_states = make_arrays(of_states, STATES, rows),
        .d_parameters = make_arrays(found + STREAMS, PARAMETERS, 1),
        .d_results = made_up(total(outputs, PRODUCTS) * whole),
    };
    if (!forward(&s) || !backward(&s))
        exit(1);
    for (int p = 0; p < PARAMETERS; p++)
        for (size i = 0; i < found[STREAMS + p]; i++)
            expect(s.d_parameters[p][i] == s.d_parameters[p][i], "a gradient is no number");
    expect_apart(&s);
    if (timesteps == 1) {
        run_short_of_memory(forward, &s);
        run_short_of_memory(backward, &s);
    }
    while (count_of_all)
        free(all[--count_of_all]);
}

int main(void)
{
    expect_places();
    expect_layout();
    const size lengths[] = {1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 2};
    for (int i = 0; i < 5; i++) {
        through(lengths[i], 1, 1);
        through(lengths[i], 3, 2);
        through(lengths[i], 13, 3);
    }
    through(1, 3, MOST_THREADS);
    puts("done");
    return 0;
}
