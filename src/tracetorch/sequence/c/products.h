// What a kernel of a recurrence calls: a function for each sample, and products with a matrix.

// `struct stream`, `struct sequence` and the type `size` come from `structs.py`.

// An array of a timestep: that of the first sample, and the distance to that of the next.
struct place {
    real *data;
    size row;
};

static void clear(real *data, size count)
{
    for (size i = 0; i < count; i++)
        data[i] = 0;
}

// What no number is lower than.
#define LOWEST ((real)-__builtin_inf())

static void lower(real *data, size count)
{
    for (size i = 0; i < count; i++)
        data[i] = LOWEST;
}

static void copy(real *into, const real *from, size count)
{
    __builtin_memcpy(into, from, count * sizeof(real));
}

static inline size larger(size a, size b) { return a > b ? a : b; }

// Products. A matrix is packed in panels of columns, each contiguous, so that a panel stays in the
// cache, and blocks of TALL rows of results by WIDE columns stay in the registers, of which AVX-512
// has twice as many. The last panel is filled up with zeros.

#ifdef __AVX512F__
enum { BYTES = 64, TALL = 8 };
#else
enum { BYTES = 32, TALL = 4 };
#endif
enum { VECTOR = BYTES / sizeof(real), SHORT = 4, WIDE = 3 * VECTOR };

typedef real vector __attribute__((vector_size(BYTES), aligned(sizeof(real)), may_alias));

// Products may round a multiplication and its addition once, other than elementwise computations.
#ifdef __clang__
#define FUSED
#define FUSE _Pragma("clang fp contract(fast)")
#else
#define FUSED __attribute__((optimize("fp-contract=fast")))
#define FUSE
#endif

static size panel(size columns) { return columns >= WIDE ? WIDE : VECTOR; }

// The number of elements of a matrix when packed.
static size packed_size(size inputs, size outputs) { return inputs * (outputs + VECTOR); }

// `row` and `column` are the strides of the matrix.
static void pack(
    const real *matrix, size row, size column, size inputs, size outputs, real *packed)
{
    for (size first = 0, wide; first < outputs; first += wide) {
        wide = panel(outputs - first);
        for (size k = 0; k < inputs; k++)
            for (size c = first; c < first + wide; c++)
                *packed++ = c < outputs ? matrix[k * row + c * column] : 0;
    }
}

static inline FUSED __attribute__((always_inline)) void multiply_block(
    struct place a, const real *columns, size inputs, struct place start, struct place result,
    size row, const int tall, const int wide)
{
    FUSE
    vector sum[tall][wide];
    for (int r = 0; r < tall; r++)
        for (int c = 0; c < wide; c++)
            sum[r][c] = *(vector *)(start.data + (row + r) * start.row + c * VECTOR);
    const real *operand = a.data + row * a.row;
    for (size k = 0; k < inputs; k++)
        for (int r = 0; r < tall; r++)
            for (int c = 0; c < wide; c++)
                sum[r][c] += operand[r * a.row + k] *
                    *(const vector *)(columns + (k * wide + c) * VECTOR);
    for (int r = 0; r < tall; r++)
        for (int c = 0; c < wide; c++)
            *(vector *)(result.data + (row + r) * result.row + c * VECTOR) = sum[r][c];
}

static inline FUSED __attribute__((always_inline)) void multiply_panel(
    struct place a, const real *columns, size inputs, struct place start, struct place result,
    size rows, const int wide)
{
    size row = 0;
    for (; row + TALL <= rows; row += TALL)
        multiply_block(a, columns, inputs, start, result, row, TALL, wide);
    for (; row + SHORT <= rows; row += SHORT)
        multiply_block(a, columns, inputs, start, result, row, SHORT, wide);
    for (; row < rows; row++)
        multiply_block(a, columns, inputs, start, result, row, 1, wide);
}

// Some columns of a vector, for each row.
static FUSED void multiply_rest(
    struct place a, const real *columns, size inputs, struct place start, struct place result,
    size rows, size used)
{
    real sum[TALL * VECTOR] = {0};
    for (size row = 0; row < rows; row += TALL) {
        const size tall = rows - row < TALL ? rows - row : TALL;
        const struct place some = {a.data + row * a.row, a.row}, sums = {sum, VECTOR};
        for (size r = 0; r < tall; r++)
            copy(sum + r * VECTOR, start.data + (row + r) * start.row, used);
        multiply_panel(some, columns, inputs, sums, sums, tall, 1);
        for (size r = 0; r < tall; r++)
            copy(result.data + (row + r) * result.row, sum + r * VECTOR, used);
    }
}

// result = start + a @ matrix, for some rows of all but the matrix.
static FUSED void multiply(
    struct place a, const real *packed, size inputs, size outputs, struct place start,
    struct place result, size rows)
{
    for (size wide; outputs > 0; outputs -= wide) {
        wide = panel(outputs);
        if (wide == WIDE)
            multiply_panel(a, packed, inputs, start, result, rows, WIDE / VECTOR);
        else if (outputs >= VECTOR)
            multiply_panel(a, packed, inputs, start, result, rows, 1);
        else
            multiply_rest(a, packed, inputs, start, result, rows, outputs);
        packed += inputs * wide, start.data += wide, result.data += wide;
    }
}

typedef void stage(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers);

// The number of arrays that a pass has at most.
enum { LONGER = FORWARD > BACKWARD ? FORWARD : BACKWARD };
enum { MOST = LONGER > RECOMPUTE ? LONGER : RECOMPUTE };

static inline __attribute__((always_inline)) void each_row(
    stage *run, const struct sequence *s, const struct place *at, size rows)
{
    real *arrays[MOST];
    for (size row = 0; row < rows; row++) {
        for (int i = 0; i < MOST; i++)
            arrays[i] = at[i].data + row * at[i].row;
        run(arrays, s->sizes, s->numbers);
    }
}

static void clear_rows(const struct sequence *s, const struct place *at, int array, size rows)
{
    for (size row = 0; row < rows; row++)
        clear(at[array].data + row * at[array].row, s->backward[array]);
}

// Sets each part of a result to its addend, or to 0.
static void set(
    const struct sequence *s, const struct place *at, size rows, int first, int count,
    const int *addends)
{
    for (int i = 0; i < count; i++) {
        const struct place into = at[first + i];
        const size width = s->forward[first + i];
        for (size row = 0; row < rows; row++) {
            if (addends[i] < 0) {
                clear(into.data + row * into.row, width);
            } else {
                const struct place from = at[addends[i]];
                copy(into.data + row * into.row, from.data + row * from.row, width);
            }
        }
    }
}

// Sets a result to an array plus the product of an operand with a matrix.
static void product(
    const struct sequence *s, const struct place *at, size rows, int index, int operand, int start,
    int first)
{
    const size inputs = s->operand_widths[index], outputs = s->result_widths[index];
    multiply(at[operand], s->packed[index], inputs, outputs, at[start], at[first], rows);
    const struct place kept = at[MOST + index];
    if (kept.data)
        for (size row = 0; row < rows; row++)
            copy(kept.data + row * kept.row, at[operand].data + row * at[operand].row, inputs);
}

// The gradient of the operand, from that of the result; `adds` if it has one already.
static void product_back(
    const struct sequence *s, const struct place *at, size rows, int index, int target, int first,
    int adds)
{
    if (!adds)
        clear_rows(s, at, target, rows);
    multiply(
        at[first], s->packed[index], s->result_widths[index], s->operand_widths[index], at[target],
        at[target], rows);
}
