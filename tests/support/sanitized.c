/* Runs a kernel forwards and backwards over tensors of exactly their size, for a sanitizer to watch:
   it is compiled together with one. */

#include <stdio.h>

static real *made_up(size count)
{
    real *made = malloc(count * sizeof *made);
    for (size i = 0; i < count; i++)
        made[i] = (real)((i * 7919 % 1000) / 250.0 - 2);
    return made;
}

static void expect(int is_right, const char *what)
{
    if (!is_right) {
        puts(what);
        exit(1);
    }
}

// Where the lanes of each block are; those without an element are as the last one that has one.
static void expect_lanes(const struct sequence *s, const struct tensor *t)
{
    for (size first = 0; first < elements(s); first += LANES) {
        const size left = elements(s) - first;
        struct block *b = malloc(sizeof *b);
        b->first = first, b->used = left < LANES ? left : LANES;
        size *at = malloc(LANES * sizeof *at);
        real *lane = malloc(LANES * sizeof *lane);
        const int is_row = place(s, t, b, at);
        int is_expected = left >= LANES;
        for (int i = 0; i < LANES; i++) {
            const size element = first + (i < b->used ? i : b->used - 1), row = element / s->inner;
            const size expected = row / s->neurons * t->outer + row % s->neurons * t->neuron +
                element % s->inner * t->inner;
            expect(at[i] == expected, "a lane is elsewhere");
            is_expected &= expected == at[0] + i;
        }
        expect(is_row == is_expected, "a block is contiguous, or is not");
        for (size time = 0; time < s->timesteps; time++) {
            const real *data = t->data + time * t->time, *loaded = load(t, time, at, is_row, lane);
            expect(loaded == (is_row ? data + at[0] : lane), "a block is copied, or is not");
            for (int i = 0; i < LANES; i++)
                expect(loaded[i] == data[at[i]], "a lane is loaded from elsewhere");
        }
        for (int i = 0; i < LANES; i++)
            lane[i] = i;
        fill(b, lane);
        for (int i = 0; i < LANES; i++)
            expect(lane[i] == (i < b->used ? i : b->used - 1), "a lane is not as the last");
        free(b);
        free(at);
        free(lane);
    }
}

// That a block is filled up where it is loaded, so that no lane computes with any numbers.
static void expect_full_block(const struct sequence *s)
{
    struct block *b = aligned_alloc(64, sizeof *b);
    memset(b, 0xff, sizeof *b);
    begin(s, b, blocks(s) - 1);
    load_rows((const real *const *)s->states, b, b->states[0], STATES);
    for (int i = 0; i < LANES; i++) {
        const int used = i < b->used ? i : b->used - 1;
        for (int p = 0; p < PARAMETERS; p++)
            expect(b->parameters[p][i] == b->parameters[p][used], "a lane lacks parameters");
        for (int state = 0; state < STATES; state++)
            expect(b->states[0][state][i] == b->states[0][state][used], "a lane lacks states");
    }
    free(b);
}

// That threads do not add to each other's sums, and blocks end with their arrays.
static void expect_threads_apart(const struct sequence *s)
{
    const size count = PARAMETERS * s->neurons;
    struct block *memory = aligned_alloc(64, s->threads * sizeof *memory);
    double *sums = calloc(s->threads * count, sizeof *sums);
    run(s, memory, sums);
    for (size t = 0; t < s->threads; t++) {
        int is_set = 0;
        for (size i = 0; i < count; i++)
            is_set |= sums[t * count + i] != 0;
        const int has_blocks = blocks(s) * (t + 1) / s->threads > blocks(s) * t / s->threads;
        expect(is_set == has_blocks, "a thread adds to the sums of another");
        for (int i = 0; i < LANES && has_blocks; i++)
            expect(memory[t].noise[NOISES][i] == 0, "states are written where nothing is");
    }
    free(memory);
    free(sums);
}

static void through(size timesteps, size outer, size neurons, size inner, int time_last, size threads)
{
    const size count = outer * neurons * inner, chunks = (timesteps + CHUNK - 1) / CHUNK;
    real *states[STATES], *after[STATES], *history[STATES], *d_states[STATES], *d_parameters[PARAMETERS];
    const real *parameters[PARAMETERS];
    size strides[PARAMETERS];
    for (int s = 0; s < STATES; s++) {
        states[s] = made_up(count);
        after[s] = made_up(count);
        history[s] = made_up(timesteps * count);
        d_states[s] = made_up(count);
    }
    for (int p = 0; p < PARAMETERS; p++) {
        strides[p] = p % 2;
        parameters[p] = made_up(strides[p] ? neurons : 1);
        d_parameters[p] = made_up(strides[p] ? neurons : 1);
    }
    real *x = made_up(timesteps * count), *y = made_up(timesteps * count);
    real *d_x = made_up(timesteps * count), *noise = made_up(timesteps * NOISES * count);
    const size step = time_last ? timesteps : 1;
    struct tensor place = {x, time_last ? 1 : count, neurons * inner * step, inner * step, step};
    struct sequence s = {
        .timesteps = timesteps, .outer = outer, .neurons = neurons, .inner = inner,
        .threads = threads, .x = place, .y = place, .d_x = place, .parameters = parameters,
        .parameter_strides = strides, .numbers = (real[]){0.5, 0.25}, .noise = NOISES ? noise : NULL, .states = states,
        .states_after = after, .checkpoints = made_up(chunks * STATES * count),
        .history = history, .d_states = d_states, .d_parameters = d_parameters,
    };
    s.y.data = y;
    s.d_x.data = d_x;
    expect_lanes(&s, &s.x);
    if (count)
        expect_full_block(&s);
    if (!forward(&s) || !backward(&s))
        exit(1);
    expect_threads_apart(&s);
    if (timesteps == 1) {
        run_short_of_memory(forward, &s);
        run_short_of_memory(backward, &s);
    }
    for (int i = 0; i < STATES; i++) {
        free(states[i]);
        free(after[i]);
        free(history[i]);
        free(d_states[i]);
    }
    for (int i = 0; i < PARAMETERS; i++) {
        free((void *)parameters[i]);
        free(d_parameters[i]);
    }
    free(x);
    free(y);
    free(d_x);
    free(noise);
    free(s.checkpoints);
}

int main(void)
{
    const size lengths[] = {1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 2};
    for (int i = 0; i < 5; i++)
        for (int time_last = 0; time_last < 2; time_last++) {
            through(lengths[i], 0, 3, 1, time_last, 1);
            through(lengths[i], 1, 1, 1, time_last, 2);
            through(lengths[i], 2, 5, 3, time_last, 2);
            through(lengths[i], 3, LANES + 1, 1, time_last, 3);
        }
    through(1, 1, 3, 1, 0, MOST_THREADS);
    through(1, 2, 0, 1, 0, 1);
    puts("done");
    return 0;
}
