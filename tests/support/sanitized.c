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
    if (!forward(&s) || !backward(&s))
        exit(1);
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
    puts("done");
    return 0;
}
