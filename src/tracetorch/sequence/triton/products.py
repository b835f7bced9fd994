"""Products of a vector of each sample with a matrix, in Triton; `products.h` is the same in C.

`products` holds, for a timestep of a sample, what the products read and store, and which elements
are in a block: of each vector that is multiplied, and of each part of the results.
"""

import triton
import triton.language as tl

TILE = tl.constexpr(64)
"""The number of rows, and of columns, of a matrix that are multiplied at once."""


@triton.jit
def product_of(products, index: tl.constexpr, first: tl.constexpr, count: tl.constexpr, operand):
    """Store a vector, and its product with a matrix plus an addend; return the parts as blocks.

    Without rows the matrix is that of a product that was stored before.
    """
    matrix, rows, columns, of_operand, of_result, of_addend = products[0][index]
    tl.store(of_operand + products[1][index], operand)
    tl.debug_barrier()  # other threads may load what a thread has stored
    for row in range(0, rows, TILE):
        m = row + tl.arange(0, TILE)[:, None]
        total = tl.zeros([TILE, TILE], matrix.dtype.element_ty)
        for column in range(0, columns, TILE):
            n = column + tl.arange(0, TILE)[None, :]
            weight = tl.load(matrix + m * columns + n, (m < rows) & (n < columns), 0)
            total += weight * tl.load(of_operand + n, n < columns, 0)
        addend = tl.load(of_addend + m, m < rows, 0)
        tl.store(of_result + m, tl.sum(total, 1, keep_dims=True) + addend, m < rows)
    tl.debug_barrier()
    return product_results(products, index, first, count)


@triton.jit
def product_results(products, index: tl.constexpr, first: tl.constexpr, count: tl.constexpr):
    """Return the parts of a product that was stored before."""
    _, _, _, _, of_result, _ = products[0][index]
    found = ()
    for part in tl.static_range(count):
        found = found + (tl.load(of_result + products[2][first + part]),)
    return found


@triton.jit
def product_back(products, index: tl.constexpr, first: tl.constexpr, d_results):
    """Store the gradients of the parts of a product; return that of the vector."""
    matrix, rows, columns, d_operand, d_result, _ = products[3][index]
    for part in tl.static_range(len(d_results)):
        tl.store(d_result + products[2][first + part], d_results[part])
    tl.debug_barrier()  # other threads may load what a thread has stored
    for column in range(0, columns, TILE):
        n = column + tl.arange(0, TILE)[None, :]
        total = tl.zeros([TILE, TILE], matrix.dtype.element_ty)
        for row in range(0, rows, TILE):
            m = row + tl.arange(0, TILE)[:, None]
            weight = tl.load(matrix + m * columns + n, (m < rows) & (n < columns), 0)
            total += weight * tl.load(d_result + m, m < rows, 0)
        tl.store(d_operand + n, tl.sum(total, 0, keep_dims=True), n < columns)
    tl.debug_barrier()
    return tl.load(d_operand + products[1][index])
