/* Multiplies matrices of all sizes around those of the blocks, in arrays of exactly their size, for
   a sanitizer to watch: it is compiled together with the products. */

#include <stdio.h>
#include <stdlib.h>

#ifdef __AVX512F__
enum { REGISTERS = 32 };
#else
enum { REGISTERS = 16 };
#endif
// A block has its sums, a row of the matrix and an operand in registers, and a large one has rows
// for small ones.
_Static_assert(WIDE % VECTOR == 0 && TALL % SHORT == 0, "blocks are made of smaller ones");
_Static_assert((TALL + 1) * (WIDE / VECTOR) + 1 <= REGISTERS, "a block is in registers");

static void expect(int is_right, const char *what, size rows, size inputs, size outputs)
{
    if (!is_right) {
        printf("%s: %td rows, %td inputs, %td outputs\n", what, rows, inputs, outputs);
        exit(1);
    }
}

static void fill(size count)
{
    real *data = malloc(count * sizeof *data);
    lower(data, count);
    for (size i = 0; i < count; i++)
        expect(data[i] == -(real)__builtin_inf(), "a number is not the lowest", 0, 0, count);
    clear(data, count);
    for (size i = 0; i < count; i++)
        expect(data[i] == 0, "a number is not 0", 0, 0, count);
    free(data);
}

// Some small whole numbers, `gap` of them between one row and the next.
static struct place made_up(size rows, size columns, size gap)
{
    const size count = rows ? rows * (columns + gap) - gap : 0;
    real *data = malloc(count * sizeof *data);
    for (size i = 0; i < count; i++)
        data[i] = (real)(i * 7919 % 13 - 6);
    return (struct place){data, columns + gap};
}

// That each part of a result begins as its addend, or as 0.
static void begin_results(size rows)
{
    const size widths[] = {3, 2, 3, 4, 2}; // of two addends, then of three parts
    const int addends[] = {0, -1, 1};
    const struct sequence s = {.forward = widths, .backward = widths};
    struct place at[5];
    for (int i = 0; i < 5; i++)
        at[i] = made_up(rows, widths[i], i);
    set(&s, at, rows, 2, 3, addends);
    for (int i = 0; i < 3; i++)
        for (size row = 0; row < rows; row++)
            for (size c = 0; c < widths[2 + i]; c++) {
                const struct place *from = at + addends[i];
                const real addend = addends[i] < 0 ? 0 : from->data[row * from->row + c];
                const real found = at[2 + i].data[row * at[2 + i].row + c];
                expect(found == addend, "a result begins as another", rows, 0, widths[2 + i]);
            }
    clear_rows(&s, at, 2, rows);
    for (size row = 0; row < rows; row++)
        for (size c = 0; c < widths[2]; c++)
            expect(at[2].data[row * at[2].row + c] == 0, "a row is not 0", rows, 0, widths[2]);
    for (int i = 0; i < 5; i++)
        free(at[i].data);
}

// The place of an element of a matrix that is in memory row by row, or column by column.
static size place_of(size k, size c, size inputs, size outputs, int is_turned)
{
    return is_turned ? c * inputs + k : k * outputs + c;
}

static real *packed_of(const real *matrix, size inputs, size outputs, int is_turned)
{
    const size panels = (outputs + VECTOR - 1) / VECTOR, count = inputs * panels * VECTOR;
    real *packed = malloc(count * sizeof *packed), *at = packed;
    pack(matrix, is_turned ? 1 : outputs, is_turned ? inputs : 1, inputs, outputs, packed);
    for (size first = 0; first < outputs; first += panel(outputs - first))
        for (size k = 0; k < inputs; k++)
            for (size c = first; c < first + panel(outputs - first); c++) {
                const size place = place_of(k, c, inputs, outputs, is_turned);
                const real element = c < outputs ? matrix[place] : 0;
                expect(*at++ == element, "an element is packed elsewhere", 0, inputs, outputs);
            }
    const size room = packed_size(inputs, outputs);
    expect(at == packed + count, "a matrix is packed in too many panels", 0, inputs, outputs);
    expect(count <= room && room <= count + inputs * VECTOR, "a room differs", 0, inputs, outputs);
    return packed;
}

static void through(size rows, size inputs, size outputs, int is_turned, int is_in_place)
{
    const struct place a = made_up(rows, inputs, 2), start = made_up(rows, outputs, 1);
    const struct place matrix = made_up(inputs, outputs, 0), before = made_up(rows, outputs, 1);
    const struct place result = is_in_place ? start : made_up(rows, outputs, 3);
    real *packed = packed_of(matrix.data, inputs, outputs, is_turned);
    multiply(a, packed, inputs, outputs, start, result, rows);
    for (size row = 0; row < rows; row++)
        for (size c = 0; c < outputs; c++) {
            real sum = before.data[row * before.row + c];
            for (size k = 0; k < inputs; k++)
                sum += a.data[row * a.row + k] *
                    matrix.data[place_of(k, c, inputs, outputs, is_turned)];
            const real found = result.data[row * result.row + c];
            expect(found == sum, "a product differs", rows, inputs, outputs);
        }
    if (!is_in_place)
        free(result.data);
    free(a.data), free(start.data), free(matrix.data), free(before.data), free(packed);
}

int main(void)
{
    const size some[] = {
        0, 1, SHORT - 1, SHORT, SHORT + 1, TALL - 1, TALL, TALL + 1, 2 * TALL + SHORT + 1};
    const size outputs[] = {
        1, VECTOR - 1, VECTOR, VECTOR + 1, WIDE - 1, WIDE, WIDE + 1, WIDE + VECTOR,
        2 * WIDE + VECTOR + 1};
    expect(panel(WIDE) == WIDE && panel(WIDE - 1) == VECTOR, "a panel is narrow", 0, 0, WIDE);
    expect(sizeof(vector) == BYTES, "a vector is no register", 0, 0, 0);
    expect(larger(2, 3) == 3 && larger(3, 2) == 3, "a size is not the larger", 0, 0, 0);
    for (size count = 0; count < 4; count++)
        fill(count), begin_results(count);
    for (int i = 0; i < 9; i++)
        for (int o = 0; o < 9; o++)
            for (size inputs = 0; inputs < 4; inputs++)
                through(some[i], inputs, outputs[o], inputs % 2, (i + o) % 2);
    puts("done");
    return 0;
}
