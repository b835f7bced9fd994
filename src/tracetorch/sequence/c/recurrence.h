// The loop over a sequence, shared by all kernels of recurrences. A kernel computes one timestep of
// one sample in loops over its arrays; the driver runs the samples of a batch in several threads.
//
// The forward pass stores the states of every CHUNK-th timestep; the backward pass recomputes those
// between, one chunk at a time. Products with a matrix, which take long, are not recomputed: their
// results are kept, and so are the vectors that were multiplied, for the gradient of the matrix.

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

// The places of arrays in the forward pass, and in the backward pass.
enum {
    BEFORE = STREAMS + PARAMETERS,
    NEXT = BEFORE + STATES,
    OUT = NEXT + STATES,
    RESULT = OUT + OUTPUTS,
    TEMPORARY = RESULT + RESULTS,
    RESULT_BACK = BEFORE + STATES,
    D_OUT = RESULT_BACK + RESULTS,
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

// Places arrays one after the other, each for all rows; returns the end.
static real *lay_out(struct place *at, const size *widths, int count, size rows, real *memory)
{
    for (int i = 0; i < count; i++) {
        at[i] = (struct place){memory, widths[i]};
        memory += rows * widths[i];
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
    const size all_states = total(of_states, STATES), results = total(widths + RESULT, RESULTS);
    const size temporaries = total(widths + TEMPORARY, FORWARD - TEMPORARY);
    real *memory = aligned_alloc(64, padded(rows * (2 * all_states + results + temporaries)));
    if (!memory)
        return 0;
    struct place at[MOST + PRODUCTS + 1] = {0}, before[STATES], next[STATES];
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
        forward_step(s, at, rows, 0);
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

static int run_backward(const struct worker *w, size first, size rows)
{
    const struct sequence *s = w->sequence;
    const size *widths = s->forward, *of_states = widths + BEFORE;
    const size *of_parameters = widths + STREAMS, *backward = s->backward + TEMPORARY_BACK;
    const size all_states = total(of_states, STATES), results = total(widths + RESULT, RESULTS);
    const size all_parameters = total(of_parameters, PARAMETERS);
    const size temporaries = total(widths + OUT, OUTPUTS) +
        total(widths + TEMPORARY, FORWARD - TEMPORARY) + total(backward, BACKWARD - TEMPORARY_BACK);
    const size of_a_row = (CHUNK + 1) * all_states + temporaries;
    real *memory = aligned_alloc(64, padded(rows * of_a_row + all_parameters));
    if (!memory)
        return 0;
    struct place at[MOST + PRODUCTS + 1] = {0}, back[MOST + PRODUCTS + 1] = {0};
    struct place states[CHUNK + 1][STATES];
    real *end = memory;
    for (int k = 0; k <= CHUNK; k++)
        end = lay_out(states[k], of_states, STATES, rows, end);
    end = lay_out(at + OUT, widths + OUT, OUTPUTS, rows, end);
    end = lay_out(at + TEMPORARY, widths + TEMPORARY, FORWARD - TEMPORARY, rows, end);
    end = lay_out(back + TEMPORARY_BACK, backward, BACKWARD - TEMPORARY_BACK, rows, end);
    real *const d_parameters = end;
    side_by_side(back + D_PARAMETER, of_parameters, PARAMETERS, 0, d_parameters);
    place_parameters(at + STREAMS, s->parameters);
    place_parameters(back + STREAMS, s->parameters);
    for (int i = 0; i < STATES; i++)
        back[D_STATE + i] =
            (struct place){state_rows(s->d_states, of_states, i, first), of_states[i]};
    for (size chunk = (s->timesteps - 1) / CHUNK; chunk >= 0; chunk--) {
        const size start = chunk * CHUNK;
        const size steps = s->timesteps - start < CHUNK ? s->timesteps - start : CHUNK;
        for (int i = 0; i < STATES; i++)
            copy(states[0][i].data, checkpoint(s, chunk, i, first), rows * of_states[i]);
        clear(d_parameters, all_parameters);
        for (size k = 0; k < steps - 1; k++) {
            const size row = (start + k) * s->rows + first;
            place_streams(at, s->streams, STREAMS, start + k, first);
            side_by_side(
                at + RESULT, widths + RESULT, RESULTS, results, s->results + row * results);
            memcpy(at + BEFORE, states[k], sizeof states[k]);
            memcpy(at + NEXT, states[k + 1], sizeof states[k]);
            forward_step(s, at, rows, 1);
        }
        for (size k = steps - 1; k >= 0; k--) {
            const size time = start + k, row = time * s->rows + first;
            place_streams(back, s->streams, STREAMS, time, first);
            memcpy(back + BEFORE, states[k], sizeof states[k]);
            side_by_side(
                back + RESULT_BACK, widths + RESULT, RESULTS, results, s->results + row * results);
            place_streams(back + D_OUT, s->outputs, OUTPUTS, time, first);
            place_streams(back + D_STREAM, s->d_streams, STREAMS, time, first);
            side_by_side(
                back + D_RESULT, widths + RESULT, RESULTS, results, s->d_results + row * results);
            backward_step(s, back, rows);
        }
        for (size i = 0; i < all_parameters; i++)
            w->sums[i] += d_parameters[i];
    }
    free(memory);
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
    size backward[MOST];
    measure(sizes, forward, backward, inputs, outputs);
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
    size forward[MOST], backward[MOST], inputs[PRODUCTS + 1], outputs[PRODUCTS + 1];
    real *packed[PRODUCTS + 1];
    measure(s->sizes, forward, backward, inputs, outputs);
    s->forward = forward, s->backward = backward, s->operand_widths = inputs, s->result_widths = outputs, s->packed = packed;
    const int done = pack_matrices(s, 0) && run(s, NULL, 0);
    free(packed[0]);
    return done;
}

int backward(struct sequence *s)
{
    size forward[MOST], backward[MOST], inputs[PRODUCTS + 1], outputs[PRODUCTS + 1];
    real *packed[PRODUCTS + 1];
    measure(s->sizes, forward, backward, inputs, outputs);
    s->forward = forward, s->backward = backward, s->operand_widths = inputs, s->result_widths = outputs, s->packed = packed;
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
