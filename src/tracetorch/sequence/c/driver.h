// The loop over a sequence, shared by all kernels. A kernel computes one timestep of LANES neurons;
// the driver runs one block of neurons after the other through all timesteps, in several threads.
//
// The forward pass stores the states of every CHUNK-th timestep; the backward pass recomputes those
// between, one chunk at a time, so that they stay in the cache.

#include <stdlib.h>
#include <string.h>

// `struct tensor`, `struct sequence` and the type `size` come from `structs.py`, `run_team` from
// `threads.h`.

// The memory of one thread for one block.
struct block {
    size first;                // its first element
    int used;                  // how many of its lanes hold an element
    size x[LANES], y[LANES], d_x[LANES];
    int x_is_row, y_is_row, d_x_is_row;
    size neuron[LANES];
    lanes parameters[PARAMETERS];
    lanes states[CHUNK][STATES];
    lanes noise[NOISES + 1];
    lanes d_states[STATES];
    lanes d_parameters[PARAMETERS];
    lanes in, out, back;
};

static size elements(const struct sequence *s) { return s->outer * s->neurons * s->inner; }

static size blocks(const struct sequence *s) { return (elements(s) + LANES - 1) / LANES; }

// The coordinates of an element.
struct index {
    size outer, neuron, inner;
};

static struct index index_of(const struct sequence *s, size element)
{
    const size row = element / s->inner;
    return (struct index){row / s->neurons, row % s->neurons, element % s->inner};
}

// The coordinates of the next element, without divisions, which are slow.
static struct index next(const struct sequence *s, struct index at)
{
    if (++at.inner < s->inner)
        return at;
    if (++at.neuron < s->neurons)
        return (struct index){at.outer, at.neuron, 0};
    return (struct index){at.outer + 1, 0, 0};
}

// The offsets of a block's lanes in a tensor, and whether they are contiguous. Lanes without an
// element have the offset of the last one.
static int place(const struct sequence *s, const struct tensor *t, const struct block *b, size *at)
{
    int is_row = b->used == LANES;
    struct index now = index_of(s, b->first);
    for (int i = 0; i < b->used; i++, now = next(s, now)) {
        at[i] = now.outer * t->outer + now.neuron * t->neuron + now.inner * t->inner;
        is_row &= at[i] == at[0] + i;
    }
    for (int i = b->used; i < LANES; i++)
        at[i] = at[b->used - 1];
    return is_row;
}

// Copies the last element to the lanes without one.
static void fill(const struct block *b, real *lane)
{
    for (int i = b->used; i < LANES; i++)
        lane[i] = lane[b->used - 1];
}

static const real *load(const struct tensor *t, size time, const size *at, int is_row, real *lane)
{
    const real *data = t->data + time * t->time;
    if (is_row)
        return data + at[0];
    for (int i = 0; i < LANES; i++)
        lane[i] = data[at[i]];
    return lane;
}

static void store(const struct tensor *t, size time, const size *at, int used, const real *lane)
{
    real *data = t->data + time * t->time;
    for (int i = 0; i < used; i++)
        data[at[i]] = lane[i];
}

static void load_rows(const real *const *rows, const struct block *b, lanes *into, int count)
{
    for (int row = 0; row < count; row++) {
        memcpy(into[row], rows[row] + b->first, b->used * sizeof(real));
        fill(b, into[row]);
    }
}

static void store_rows(real *const *rows, const struct block *b, lanes *from, int count)
{
    for (int row = 0; row < count; row++)
        memcpy(rows[row] + b->first, from[row], b->used * sizeof(real));
}

// Stores the states after a timestep.
static void store_history(const struct sequence *s, struct block *b, size time)
{
    real *rows[STATES];
    for (int state = 0; state < STATES; state++)
        rows[state] = s->history[state] + time * elements(s);
    store_rows(rows, b, b->states[0], STATES);
}

static real *checkpoint(const struct sequence *s, size chunk, int state)
{
    return s->checkpoints + (chunk * STATES + state) * elements(s);
}

static void load_noise(const struct sequence *s, struct block *b, size time)
{
    for (int n = 0; n < NOISES && s->noise; n++)
        for (int i = 0; i < b->used; i++)
            b->noise[n][i] = s->noise[(time * NOISES + n) * elements(s) + b->first + i];
}

static void begin(const struct sequence *s, struct block *b, size index)
{
    b->first = index * LANES;
    const size left = elements(s) - b->first;
    b->used = left < LANES ? (int)left : LANES;
    b->x_is_row = place(s, &s->x, b, b->x);
    b->y_is_row = place(s, &s->y, b, b->y);
    struct index now = index_of(s, b->first);
    for (int i = 0; i < b->used; i++, now = next(s, now))
        b->neuron[i] = now.neuron;
    for (int p = 0; p < PARAMETERS; p++) {
        for (int i = 0; i < b->used; i++)
            b->parameters[p][i] = s->parameters[p][b->neuron[i] * s->parameter_strides[p]];
        fill(b, b->parameters[p]);
    }
    memset(b->noise, 0, sizeof b->noise);
}

static void block_forward(const struct sequence *s, struct block *b, size index)
{
    begin(s, b, index);
    lanes *states = b->states[0];
    load_rows((const real *const *)s->states, b, states, STATES);
    for (size time = 0; time < s->timesteps; time++) {
        if (s->checkpoints && time % CHUNK == 0) {
            real *rows[STATES];
            for (int state = 0; state < STATES; state++)
                rows[state] = checkpoint(s, time / CHUNK, state);
            store_rows(rows, b, states, STATES);
        }
        load_noise(s, b, time);
        const real *x = load(&s->x, time, b->x, b->x_is_row, b->in);
        if (b->y_is_row) {
            forward_step(
                x, b->noise, s->numbers, b->parameters, states,
                s->y.data + time * s->y.time + b->y[0]);
        } else {
            forward_step(x, b->noise, s->numbers, b->parameters, states, b->out);
            store(&s->y, time, b->y, b->used, b->out);
        }
        if (s->history)
            store_history(s, b, time);
    }
    store_rows(s->states_after, b, states, STATES);
}

static void block_backward(const struct sequence *s, struct block *b, size index, double *sums)
{
    begin(s, b, index);
    b->d_x_is_row = place(s, &s->d_x, b, b->d_x);
    load_rows((const real *const *)s->d_states, b, b->d_states, STATES);
    memset(b->d_parameters, 0, sizeof b->d_parameters);
    for (size chunk = (s->timesteps - 1) / CHUNK; chunk >= 0; chunk--) {
        const size first = chunk * CHUNK;
        const size steps = s->timesteps - first < CHUNK ? s->timesteps - first : CHUNK;
        const real *rows[STATES];
        for (int state = 0; state < STATES; state++)
            rows[state] = checkpoint(s, chunk, state);
        load_rows(rows, b, b->states[0], STATES);
        for (size k = 1; k < steps; k++) {
            memcpy(b->states[k], b->states[k - 1], sizeof b->states[k]);
            load_noise(s, b, first + k - 1);
            const real *x = load(&s->x, first + k - 1, b->x, b->x_is_row, b->in);
            forward_step(x, b->noise, s->numbers, b->parameters, b->states[k], b->out);
        }
        for (size k = steps - 1; k >= 0; k--) {
            const size time = first + k;
            load_noise(s, b, time);
            const real *x = load(&s->x, time, b->x, b->x_is_row, b->in);
            const real *d_y = load(&s->y, time, b->y, b->y_is_row, b->out);
            real *d_x = b->back;
            if (b->d_x_is_row)
                d_x = s->d_x.data + time * s->d_x.time + b->d_x[0];
            backward_step(
                x, b->noise, s->numbers, b->parameters, b->states[k], d_y, b->d_states,
                b->d_parameters, d_x);
            if (!b->d_x_is_row)
                store(&s->d_x, time, b->d_x, b->used, d_x);
        }
    }
    store_rows(s->d_states, b, b->d_states, STATES);
    for (int p = 0; p < PARAMETERS; p++)
        for (int i = 0; i < b->used; i++)
            sums[p * s->neurons + b->neuron[i]] += b->d_parameters[p][i];
}

struct worker {
    const struct sequence *sequence;
    size first, end;           // its blocks
    struct block *block;       // its memory
    double *sums;              // its gradients of the parameters, or NULL forwards
};

static void *work(void *argument)
{
    const struct worker *w = argument;
    for (size index = w->first; index < w->end; index++) {
        if (w->sums)
            block_backward(w->sequence, w->block, index, w->sums);
        else
            block_forward(w->sequence, w->block, index);
    }
    return NULL;
}

// Each worker has its own blocks, which depend on the number of threads alone.
static void run(const struct sequence *s, struct block *memory, double *sums)
{
    struct worker workers[MOST_THREADS];
    for (size t = 0; t < s->threads; t++)
        workers[t] = (struct worker){
            .sequence = s,
            .first = blocks(s) * t / s->threads,
            .end = blocks(s) * (t + 1) / s->threads,
            .block = &memory[t],
            .sums = sums ? sums + t * PARAMETERS * s->neurons : NULL,
        };
    run_team((struct team){work, (char *)workers, sizeof *workers, s->threads, s});
}

static void add_up(const struct sequence *s, const double *sums)
{
    for (int p = 0; p < PARAMETERS; p++) {
        double shared = 0;
        for (size n = 0; n < s->neurons; n++) {
            double sum = 0;
            for (size t = 0; t < s->threads; t++)
                sum += sums[(t * PARAMETERS + p) * s->neurons + n];
            shared += sum;
            s->d_parameters[p][n * s->parameter_strides[p]] =
                (real)(s->parameter_strides[p] ? sum : shared);
        }
    }
}

// All return whether there was enough memory.
int forward(const struct sequence *s)
{
    struct block *memory = aligned_alloc(64, s->threads * sizeof *memory);
    if (memory)
        run(s, memory, NULL);
    free(memory);
    return memory != NULL;
}

// One timestep of contiguous tensors; `before` and `after` have all states, one after the other.
// `prepared` has the parameters and the numbers.
int timestep(
    const struct sequence *prepared, size outer, size inner, size threads,
    real *x, real *before, real *y, real *after)
{
    struct sequence s = *prepared;
    const size features = s.neurons * inner;
    real *states[STATES], *states_after[STATES];
    for (int state = 0; state < STATES; state++) {
        states[state] = before + state * outer * features;
        states_after[state] = after + state * outer * features;
    }
    s.timesteps = 1, s.outer = outer, s.inner = inner, s.threads = threads;
    s.x = (struct tensor){.data = x, .outer = features, .neuron = inner, .inner = 1};
    s.y = (struct tensor){.data = y, .outer = features, .neuron = inner, .inner = 1};
    s.states = states, s.states_after = states_after;
    return forward(&s);
}

int backward(const struct sequence *s)
{
    struct block *memory = aligned_alloc(64, s->threads * sizeof *memory);
    double *sums = calloc(s->threads * PARAMETERS * s->neurons + 1, sizeof *sums);
    if (memory && sums) {
        run(s, memory, sums);
        add_up(s, sums);
    }
    free(memory);
    free(sums);
    return memory && sums;
}
