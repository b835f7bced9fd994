// The loop over a sequence, shared by all kernels of recurrences. A kernel computes one timestep of
// one sample in loops over its arrays; the driver runs the samples of a batch in several threads.
//
// The forward pass stores the states of every CHUNK-th timestep; the backward pass recomputes those
// between, one chunk at a time, and keeps what takes long to compute until the chunk is done.
// Products with a matrix are not recomputed: the forward pass keeps their results, and the vectors
// that were multiplied, for the gradient of the matrix.

#include <stdlib.h>
#include <string.h>

struct worker {
    const struct sequence *sequence;
    size first, end;           // its samples
    double *sums;              // its gradients of the parameters, or NULL forwards
    int done;                  // whether there was enough memory
};

static size padded(size count) { return (count * sizeof(real) / 64 + 1) * 64; }

static real *checkpoint(const struct sequence *s, size chunk, int state, size row)
{
    const size *widths = s->forward + STREAMS + PARAMETERS;
    size all = 0, before = 0;
    for (int i = 0; i < STATES; i++) {
        before += i < state ? widths[i] : 0;
        all += widths[i];
    }
    return s->checkpoints + s->rows * (chunk * all + before) + row * widths[state];
}

// The places of arrays in the forward pass, in the recomputation, and in the backward pass.
enum {
    BEFORE = STREAMS + PARAMETERS,
    NEXT = BEFORE + STATES,
    OUT = NEXT + STATES,
    RESULT = OUT + OUTPUTS,
    TEMPORARY = RESULT + RESULTS,
    RESULT_KNOWN = NEXT + STATES,
    KEPT_KNOWN = RESULT_KNOWN + RESULTS,
    KNOWN = KEPT_KNOWN + KEPT,
    D_OUT = KNOWN,
    D_STATE = D_OUT + OUTPUTS,
    D_STREAM = D_STATE + STATES,
    D_PARAMETER = D_STREAM + STREAMS,
    D_RESULT = D_PARAMETER + PARAMETERS,
    TEMPORARY_BACK = D_RESULT + RESULTS,
};

static size total(const size *widths, int count)
{
    size sum = 0;
    for (int i = 0; i < count; i++)
        sum += widths[i];
    return sum;
}

// Arrays whose sizes are powers of two would share few sets of the cache without a gap between them.
enum { GAP = 320 / sizeof(real) };

static size room(const size *widths, int count, size rows)
{
    return rows * total(widths, count) + count * GAP;
}

// Places arrays one after the other, each for all rows; returns the end.
static real *lay_out(struct place *at, const size *widths, int count, size rows, real *memory)
{
    for (int i = 0; i < count; i++) {
        at[i] = (struct place){memory, widths[i]};
        memory += rows * widths[i] + GAP;
    }
    return memory;
}

// Places arrays side by side, in rows that they share.
static void side_by_side(struct place *at, const size *widths, int count, size row, real *memory)
{
    for (int i = 0; i < count; i++) {
        at[i] = (struct place){memory, row};
        memory += widths[i];
    }
}

static void place_streams(
    struct place *at, const struct stream *streams, int count, size time, size row)
{
    for (int i = 0; i < count; i++) {
        const struct stream from = streams[i];
        at[i] = (struct place){from.data + time * from.time + row * from.row, from.row};
    }
}

static void place_parameters(struct place *at, real *const *parameters)
{
    for (int i = 0; i < PARAMETERS; i++)
        at[i] = (struct place){parameters[i], 0};
}

// The operands of the products, side by side in `operands`, if they are kept.
static void place_operands(const struct sequence *s, struct place *at, size time, size row)
{
    const size width = total(s->operand_widths, PRODUCTS);
    real *const operands = s->operands + (time * s->rows + row) * width;
    side_by_side(at + MOST, s->operand_widths, PRODUCTS, width, operands);
}

static real *state_rows(real *const *states, const size *widths, int state, size row)
{
    return states[state] + row * widths[state];
}

static int run_forward(const struct worker *w, size first, size rows)
{
    const struct sequence *s = w->sequence;
    const size *widths = s->forward, *of_states = widths + BEFORE;
    const size results = total(widths + RESULT, RESULTS);
    const size temporaries = room(widths + TEMPORARY, FORWARD - TEMPORARY, rows);
    const size states = room(of_states, STATES, rows);
    real *memory = aligned_alloc(64, padded(2 * states + temporaries + rows * results));
    if (!memory)
        return 0;
    struct place at[MOST + PRODUCTS] = {0}, before[STATES], next[STATES];
    real *end = lay_out(before, of_states, STATES, rows, memory);
    end = lay_out(next, of_states, STATES, rows, end);
    end = lay_out(at + TEMPORARY, widths + TEMPORARY, FORWARD - TEMPORARY, rows, end);
    place_parameters(at + STREAMS, s->parameters);
    for (int i = 0; i < STATES; i++)
        copy(before[i].data, state_rows(s->states, of_states, i, first), rows * of_states[i]);
    for (size time = 0; time < s->timesteps; time++) {
        if (s->checkpoints && time % CHUNK == 0)
            for (int i = 0; i < STATES; i++)
                copy(checkpoint(s, time / CHUNK, i, first), before[i].data, rows * of_states[i]);
        place_streams(at, s->streams, STREAMS, time, first);
        place_streams(at + OUT, s->outputs, OUTPUTS, time, first);
        const size row = time * s->rows + first;
        real *const of_products = s->results ? s->results + row * results : end;
        side_by_side(at + RESULT, widths + RESULT, RESULTS, results, of_products);
        if (s->operands)
            place_operands(s, at, time, first);
        memcpy(at + BEFORE, before, sizeof before);
        memcpy(at + NEXT, next, sizeof next);
        forward_step(s, at, rows);
        for (int i = 0; i < STATES; i++) {
            if (s->history)
                copy(s->history[i] + row * of_states[i], next[i].data, rows * of_states[i]);
            const struct place other = before[i];
            before[i] = next[i], next[i] = other;
        }
    }
    for (int i = 0; i < STATES; i++)
        copy(state_rows(s->states_after, of_states, i, first), before[i].data, rows * of_states[i]);
    free(memory);
    return 1;
}

// Gradients of parameters are sums over time: of this many chunks in `real`, then in double, which
// takes longer.
enum { CHUNKS_PER_SUM = 8 };

// The arrays of some samples in the recomputation and in the backward pass; the states of a chunk,
// and what is kept of it.
struct chunk {
    size first, rows, start, steps;
    struct place recompute[MOST], back[MOST], states[CHUNK + 1][STATES], kept[CHUNK][KEPT + 1];
    real *memory;
};

// Returns whether there was enough memory.
static int allocate(const struct sequence *s, struct chunk *c)
{
    const size *widths = s->forward, *of_states = widths + BEFORE, rows = c->rows;
    const size *of_parameters = widths + STREAMS, *of_kept = s->recompute + KEPT_KNOWN;
    const size *recompute = s->recompute + KNOWN;
    const size *backward = s->backward + TEMPORARY_BACK;
    const int temporaries = RECOMPUTE - KNOWN;
    const int temporaries_back = BACKWARD - TEMPORARY_BACK;
    real *end = c->memory = aligned_alloc(64, padded(
        (CHUNK + 1) * room(of_states, STATES, rows) + CHUNK * room(of_kept, KEPT, rows) +
        room(recompute, temporaries, rows) + room(backward, temporaries_back, rows) +
        room(of_parameters, PARAMETERS, 1)));
    if (!end)
        return 0;
    for (int k = 0; k <= CHUNK; k++)
        end = lay_out(c->states[k], of_states, STATES, rows, end);
    for (int k = 0; k < CHUNK; k++)
        end = lay_out(c->kept[k], of_kept, KEPT, rows, end);
    end = lay_out(c->recompute + KNOWN, recompute, temporaries, rows, end);
    end = lay_out(c->back + TEMPORARY_BACK, backward, temporaries_back, rows, end);
    lay_out(c->back + D_PARAMETER, of_parameters, PARAMETERS, 1, end);
    for (struct place *at = c->back + D_PARAMETER; at < c->back + D_RESULT; at++)
        at->row = 0; // all rows add to one array
    place_parameters(c->recompute + STREAMS, s->parameters);
    place_parameters(c->back + STREAMS, s->parameters);
    for (int i = 0; i < STATES; i++)
        c->back[D_STATE + i] =
            (struct place){state_rows(s->d_states, of_states, i, c->first), of_states[i]};
    return 1;
}

static void place_results(
    const struct sequence *s, struct place *at, real *results, const struct chunk *c, size time)
{
    const size *widths = s->forward + RESULT, row = total(widths, RESULTS);
    side_by_side(at, widths, RESULTS, row, results + (time * s->rows + c->first) * row);
}

// Places what the recomputation reads or sets, and the backward pass reads.
static void place_known(const struct sequence *s, const struct chunk *c, struct place *at, size k)
{
    const size time = c->start + k;
    place_streams(at, s->streams, STREAMS, time, c->first);
    memcpy(at + BEFORE, c->states[k], sizeof c->states[k]);
    memcpy(at + NEXT, c->states[k + 1], sizeof c->states[k]);
    place_results(s, at + RESULT_KNOWN, s->results, c, time);
    memcpy(at + KEPT_KNOWN, c->kept[k], KEPT * sizeof *c->kept[k]);
}

// Computes the states of a chunk again, and what is kept of it.
static void recompute(const struct sequence *s, struct chunk *c)
{
    const size *of_states = s->forward + BEFORE;
    for (int i = 0; i < STATES; i++) {
        const real *from = checkpoint(s, c->start / CHUNK, i, c->first);
        copy(c->states[0][i].data, from, c->rows * of_states[i]);
    }
    for (size k = 0; k < c->steps; k++) {
        place_known(s, c, c->recompute, k);
        recompute_step(s, c->recompute, c->rows);
    }
}

static void step_back(const struct sequence *s, struct chunk *c, size k)
{
    const size time = c->start + k;
    place_known(s, c, c->back, k);
    place_streams(c->back + D_OUT, s->outputs, OUTPUTS, time, c->first);
    place_streams(c->back + D_STREAM, s->d_streams, STREAMS, time, c->first);
    place_results(s, c->back + D_RESULT, s->d_results, c, time);
    backward_step(s, c->back, c->rows);
}

// Adds the gradients of the parameters to the sums, and begins anew.
static void add_up(const struct sequence *s, const struct chunk *c, double *sums)
{
    for (int p = 0; p < PARAMETERS; p++) {
        real *gradient = c->back[D_PARAMETER + p].data;
        for (size i = 0; i < s->forward[STREAMS + p]; i++)
            *sums++ += gradient[i];
        clear(gradient, s->forward[STREAMS + p]);
    }
}

static int run_backward(const struct worker *w, size first, size rows)
{
    const struct sequence *s = w->sequence;
    struct chunk c = {.first = first, .rows = rows};
    if (!allocate(s, &c))
        return 0;
    for (int p = 0; p < PARAMETERS; p++)
        clear(c.back[D_PARAMETER + p].data, s->forward[STREAMS + p]);
    for (size chunk = (s->timesteps - 1) / CHUNK; chunk >= 0; chunk--) {
        c.start = chunk * CHUNK;
        c.steps = s->timesteps - c.start < CHUNK ? s->timesteps - c.start : CHUNK;
        recompute(s, &c);
        for (size k = c.steps - 1; k >= 0; k--)
            step_back(s, &c, k);
        if (chunk % CHUNKS_PER_SUM == 0)
            add_up(s, &c, w->sums);
    }
    free(c.memory);
    return 1;
}

static void *work(void *argument)
{
    struct worker *w = argument;
    const size together = PRODUCTS ? w->end - w->first : 1;
    w->done = 1;
    for (size row = w->first; row < w->end && w->done; row += together)
        w->done = w->sums ? run_backward(w, row, together) : run_forward(w, row, together);
    return NULL;
}

static int run(const struct sequence *s, double *sums, size width)
{
    struct worker workers[MOST_THREADS];
    for (size t = 0; t < s->threads; t++)
        workers[t] = (struct worker){
            .sequence = s,
            .first = s->rows * t / s->threads,
            .end = s->rows * (t + 1) / s->threads,
            .sums = sums ? sums + t * width : NULL,
        };
    run_team((struct team){work, (char *)workers, sizeof *workers, s->threads, s});
    int done = 1;
    for (size t = 0; t < s->threads; t++)
        done &= workers[t].done;
    return done;
}

// Sets the widths that all arrays must have: those of the forward pass, and of the matrices.
void widths(const size *sizes, size *forward, size *inputs, size *outputs)
{
    size recompute[MOST], backward[MOST];
    measure(sizes, forward, recompute, backward, inputs, outputs);
}

// Packs the matrices for one direction; returns whether there was enough memory.
static int pack_matrices(struct sequence *s, int back)
{
    const size *inputs = back ? s->result_widths : s->operand_widths;
    const size *outputs = back ? s->operand_widths : s->result_widths;
    size all = 0;
    for (int i = 0; i < PRODUCTS; i++)
        all += packed_size(inputs[i], outputs[i]);
    real *end = s->packed[0] = aligned_alloc(64, padded(all));
    if (!end)
        return 0;
    for (int i = 0; i < PRODUCTS; i++) {
        const size width = s->operand_widths[i];
        pack(s->matrices[i], back ? width : 1, back ? 1 : width, inputs[i], outputs[i], end);
        s->packed[i] = end;
        end += packed_size(inputs[i], outputs[i]);
    }
    return 1;
}

// Both return whether there was enough memory.
int forward(struct sequence *s)
{
    size forward[MOST], recompute[MOST], backward[MOST];
    size inputs[PRODUCTS + 1], outputs[PRODUCTS + 1];
    real *packed[PRODUCTS + 1];
    measure(s->sizes, forward, recompute, backward, inputs, outputs);
    s->forward = forward, s->recompute = recompute, s->backward = backward, s->packed = packed;
    s->operand_widths = inputs, s->result_widths = outputs;
    const int done = pack_matrices(s, 0) && run(s, NULL, 0);
    free(packed[0]);
    return done;
}

int backward(struct sequence *s)
{
    size forward[MOST], recompute[MOST], backward[MOST];
    size inputs[PRODUCTS + 1], outputs[PRODUCTS + 1];
    real *packed[PRODUCTS + 1];
    measure(s->sizes, forward, recompute, backward, inputs, outputs);
    s->forward = forward, s->recompute = recompute, s->backward = backward, s->packed = packed;
    s->operand_widths = inputs, s->result_widths = outputs;
    const size width = total(forward + STREAMS, PARAMETERS);
    double *sums = calloc(s->threads * width + 1, sizeof *sums);
    const int done = pack_matrices(s, 1) && sums && run(s, sums, width);
    size element = 0;
    for (int p = 0; p < PARAMETERS && done; p++)
        for (size i = 0; i < forward[STREAMS + p]; i++, element++) {
            double sum = 0;
            for (size t = 0; t < s->threads; t++)
                sum += sums[t * width + element];
            s->d_parameters[p][i] = (real)sum;
        }
    free(packed[0]);
    free(sums);
    return done;
}
