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

static void make_arrays(real **arrays, const size *widths, int number, size count)
{
    for (int i = 0; i < number; i++)
        arrays[i] = made_up(widths[i] * count);
}

static void make_streams(
    struct stream *streams, const size *widths, int number, size timesteps, size rows)
{
    for (int i = 0; i < number; i++)
        streams[i] = (struct stream){
            made_up(widths[i] * timesteps * rows), rows * widths[i], widths[i]};
}

static void through(size timesteps, size rows, size threads)
{
    const size sizes[] = {SIZE_VALUES}, chunks = (timesteps + CHUNK - 1) / CHUNK;
    const size whole = timesteps * rows;
    size found[MOST], inputs[PRODUCTS + 1], outputs[PRODUCTS + 1];
    widths(sizes, found, inputs, outputs);
    const size *of_states = found + STREAMS + PARAMETERS;
    real *parameters[PARAMETERS + 1], *d_parameters[PARAMETERS + 1], *matrices[PRODUCTS + 1];
    real *states[STATES], *after[STATES], *history[STATES], *d_states[STATES];
    struct stream streams[STREAMS], d_streams[STREAMS], ys[OUTPUTS + 1];
    make_arrays(parameters, found + STREAMS, PARAMETERS, 1);
    make_arrays(d_parameters, found + STREAMS, PARAMETERS, 1);
    make_arrays(states, of_states, STATES, rows);
    make_arrays(after, of_states, STATES, rows);
    make_arrays(d_states, of_states, STATES, rows);
    make_arrays(history, of_states, STATES, whole);
    make_streams(streams, found, STREAMS, timesteps, rows);
    make_streams(d_streams, found, STREAMS, timesteps, rows);
    make_streams(ys, found + OUT, OUTPUTS, timesteps, rows);
    for (int i = 0; i < PRODUCTS; i++)
        matrices[i] = made_up(inputs[i] * outputs[i]);
    struct sequence s = {
        .timesteps = timesteps, .rows = rows, .threads = threads, .sizes = sizes,
        .numbers = (real[]){0.5, 0.25}, .streams = streams, .parameters = parameters,
        .states = states, .states_after = after, .matrices = matrices, .outputs = ys,
        .results = made_up(total(outputs, PRODUCTS) * whole),
        .operands = made_up(total(inputs, PRODUCTS) * whole),
        .checkpoints = made_up(chunks * rows * total(of_states, STATES)), .history = history,
        .d_streams = d_streams, .d_states = d_states, .d_parameters = d_parameters,
        .d_results = made_up(total(outputs, PRODUCTS) * whole),
    };
    if (!forward(&s) || !backward(&s))
        exit(1);
    if (timesteps == 1) {
        run_short_of_memory(forward, &s);
        run_short_of_memory(backward, &s);
    }
    while (count_of_all)
        free(all[--count_of_all]);
}

int main(void)
{
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
