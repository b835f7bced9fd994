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

static void copy(real *into, const real *from, size count)
{
    __builtin_memcpy(into, from, count * sizeof(real));
}

static inline size larger(size a, size b) { return a > b ? a : b; }

// Products. A matrix is packed in panels of columns, each contiguous, so that a panel stays in the
// cache and blocks of TALL rows of results by WIDE columns stay in the registers.

enum { TALL = 4, WIDE = 96 / sizeof(real), NARROW = 32 / sizeof(real) };

static size panel(size columns) { return columns >= WIDE ? WIDE : columns >= NARROW ? NARROW : 1; }

// `row` and `column` are the strides of the matrix.
static void pack(
    const real *matrix, size row, size column, size inputs, size outputs, real *packed)
{
    for (size first = 0, wide; first < outputs; first += wide) {
        wide = panel(outputs - first);
        for (size k = 0; k < inputs; k++)
            for (size c = first; c < first + wide; c++)
                *packed++ = matrix[k * row + c * column];
    }
}

static inline __attribute__((always_inline)) void multiply_block(
    const real *restrict a, size a_row, const real *restrict columns, size inputs,
    real *restrict result, size result_row, const int tall, const int wide)
{
    real sum[tall][wide];
    for (int r = 0; r < tall; r++)
        for (int c = 0; c < wide; c++)
            sum[r][c] = result[r * result_row + c];
    for (size k = 0; k < inputs; k++)
        for (int r = 0; r < tall; r++)
            for (int c = 0; c < wide; c++)
                sum[r][c] = multiply_add(a[r * a_row + k], columns[k * wide + c], sum[r][c]);
    for (int r = 0; r < tall; r++)
        for (int c = 0; c < wide; c++)
            result[r * result_row + c] = sum[r][c];
}

static inline __attribute__((always_inline)) void multiply_panel(
    struct place a, const real *columns, size inputs, struct place result, size rows,
    const int wide)
{
    size row = 0;
    for (; row + TALL <= rows; row += TALL)
        multiply_block(
            a.data + row * a.row, a.row, columns, inputs, result.data + row * result.row,
            result.row, TALL, wide);
    for (; row < rows; row++)
        multiply_block(
            a.data + row * a.row, a.row, columns, inputs, result.data + row * result.row,
            result.row, 1, wide);
}

// result += a @ matrix, for some rows of `a` and of the result.
static void multiply(
    struct place a, const real *packed, size inputs, size outputs, struct place result, size rows)
{
    for (size wide; outputs; outputs -= wide, packed += inputs * wide, result.data += wide) {
        wide = panel(outputs);
        if (wide == WIDE)
            multiply_panel(a, packed, inputs, result, rows, WIDE);
        else if (wide == NARROW)
            multiply_panel(a, packed, inputs, result, rows, NARROW);
        else
            multiply_panel(a, packed, inputs, result, rows, 1);
    }
}

typedef void stage(
    real *const *restrict at, const size *restrict sizes, const real *restrict numbers);

enum { MOST = (FORWARD > BACKWARD ? FORWARD : BACKWARD) + 1 };

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

// Adds up addends and the product of an array with a matrix, unless it is known already.
static void product(
    const struct sequence *s, const struct place *at, size rows, int again, int index, int operand,
    int first, int count, const int *addends)
{
    if (again)
        return;
    size outputs = 0;
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
        outputs += width;
    }
    const size inputs = s->forward[operand];
    multiply(at[operand], s->packed[index], inputs, outputs, at[first], rows);
    const struct place kept = at[MOST + index];
    if (kept.data)
        for (size row = 0; row < rows; row++)
            copy(kept.data + row * kept.row, at[operand].data + row * at[operand].row, inputs);
}

// The gradient of the array, from those of the parts of the product.
static void product_back(
    const struct sequence *s, const struct place *at, size rows, int index, int target, int first,
    int count, int adds)
{
    size outputs = 0;
    for (int i = 0; i < count; i++)
        outputs += s->backward[first + i];
    if (!adds)
        clear_rows(s, at, target, rows);
    multiply(at[first], s->packed[index], outputs, s->backward[target], at[target], rows);
}

