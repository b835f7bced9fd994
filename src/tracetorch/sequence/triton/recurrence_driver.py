"""The loop over a sequence, shared by the kernels of all recurrences; `recurrence.h` is the same in C.

A program runs a block of neurons of one sample through all timesteps. Blocks have several
dimensions, the neurons last; values that lack one have the size 1 there. Sizes are padded to powers
of two: the padding repeats the last element, computes and stores the same, and is left out of sums.

Arrays are tuples of a pointer and what is added to it per timestep and per sample. Products are
tuples of a matrix, its numbers of rows and columns, and the arrays of vectors, results and addends.
"""

import triton
import triton.language as tl


@triton.jit
def forward_kernel(
    streams,
    parameters,
    numbers,
    products,
    before,
    after,
    outputs,
    checkpoints,
    history,
    sizes,
    extents,
    timesteps,
    forward_step: tl.constexpr,
    places: tl.constexpr,
    name: tl.constexpr,
    NUMBERS: tl.constexpr,
    CHUNK: tl.constexpr,
    BLOCK: tl.constexpr,
):
    """Store the outputs, the states after the sequence, and if they are asked for checkpoints and
    the states after each timestep.

    The name distinguishes kernels that differ only in their functions.
    """
    row = tl.program_id(0).to(tl.int64)
    indices, used = dimensions(extents, tl.program_id(1), BLOCK)
    of_streams, of_parameters, of_states, of_outputs, of_operands, of_results = all_places(
        places, extents, indices, BLOCK
    )
    given = load(parameters, of_parameters, 0, 0)
    of_functions = load_numbers(numbers, NUMBERS)
    states = load(before, of_states, 0, row)
    for step in range(timesteps):
        time = tl.full((), step, tl.int64)
        if checkpoints is not None:
            if step % CHUNK == 0:
                store(checkpoints, of_states, time // CHUNK, row, states)
        read = load(streams, of_streams, time, row)
        multiplied = (at(products, time, row, 1), of_operands, of_results)
        ys, states = forward_step(read, given, of_functions, sizes, multiplied, states, used)
        states = shaped(states, of_states)
        store(outputs, of_outputs, time, row, shaped(ys, of_outputs))
        if history is not None:
            store(history, of_states, time, row, states)
    store(after, of_states, 0, row, states)


@triton.jit
def backward_kernel(
    streams,
    parameters,
    numbers,
    products,
    d_products,
    checkpoints,
    scratch,
    d_outputs,
    d_after,
    d_before,
    d_streams,
    d_parameters,
    shares,
    sizes,
    extents,
    timesteps,
    forward_step: tl.constexpr,
    backward_step: tl.constexpr,
    places: tl.constexpr,
    name: tl.constexpr,
    NUMBERS: tl.constexpr,
    CHUNK: tl.constexpr,
    BLOCK: tl.constexpr,
):
    """Store the gradients; states between two checkpoints are recomputed, into the scratch.

    Gradients of what all neurons share are stored by each block: `shares` has, for the streams and
    the parameters, what is added to a pointer per block.
    """
    row, block = tl.program_id(0).to(tl.int64), tl.program_id(1)
    indices, used = dimensions(extents, block, BLOCK)
    of_streams, of_parameters, of_states, of_outputs, of_operands, of_results = all_places(
        places, extents, indices, BLOCK
    )
    of_d_streams = moved(of_streams, shares[0], block)
    of_d_parameters = moved(of_parameters, shares[1], block)
    given = load(parameters, of_parameters, 0, 0)
    of_functions = load_numbers(numbers, NUMBERS)
    d_states = load(d_after, of_states, 0, row)
    sums = zeros(given)
    chunks = (timesteps + CHUNK - 1) // CHUNK
    for chunks_done in range(chunks):
        chunk = tl.full((), chunks - 1 - chunks_done, tl.int64)
        steps = tl.minimum(timesteps - chunk * CHUNK, CHUNK)
        states = load(checkpoints, of_states, chunk, row)
        store(scratch, of_states, 0, row, states)
        for step in range(1, steps):
            time = chunk * CHUNK + step - 1
            read = load(streams, of_streams, time, row)
            multiplied = (at(products, time, row, 0), of_operands, of_results)
            _, states = forward_step(read, given, of_functions, sizes, multiplied, states, used)
            states = shaped(states, of_states)
            store(scratch, of_states, step, row, states)
        tl.debug_barrier()  # other threads may load what a thread has stored
        for steps_done in range(steps):
            step = steps - 1 - steps_done
            time = chunk * CHUNK + step
            read = load(streams, of_streams, time, row)
            states = load(scratch, of_states, step, row)
            d_ys = load(d_outputs, of_outputs, time, row)
            d_multiplied = at(d_products, time, row, 1)
            multiplied = (at(products, time, row, 0), of_operands, of_results, d_multiplied)
            d_read, sums, d_states = backward_step(
                read, given, of_functions, sizes, multiplied, states, used, d_ys, d_states, sums
            )
            sums, d_states = shaped(sums, of_parameters), shaped(d_states, of_states)
            store(d_streams, of_d_streams, time, row, shaped(d_read, of_streams))
        tl.debug_barrier()  # before the scratch is used again
    store(d_before, of_states, 0, row, d_states)
    store(d_parameters, of_d_parameters, 0, row, sums)


@triton.jit
def dimensions(extents, block, BLOCK: tl.constexpr):
    """Return the indices of a block in each dimension, and which of them are no padding."""
    indices, used = (), ()
    for axis in tl.static_range(len(BLOCK)):
        index = tl.arange(0, BLOCK[axis])
        for other in tl.static_range(len(BLOCK)):
            if other != axis:
                index = tl.expand_dims(index, other)
        if axis == len(BLOCK) - 1:
            index += block * BLOCK[axis]
        indices = indices + (tl.minimum(index, extents[axis] - 1),)
        used = used + (index < extents[axis],)
    return indices, used


@triton.jit
def all_places(places: tl.constexpr, extents, indices, BLOCK: tl.constexpr):
    """Return the elements of each array in a block, those of arrays of one element as blocks too."""
    streams, parameters, states, outputs, operands, results = places(extents, indices)
    origin = tl.zeros([1] * len(BLOCK), tl.int32)
    return (
        as_blocks(streams, origin),
        as_blocks(parameters, origin),
        as_blocks(states, origin),
        as_blocks(outputs, origin),
        as_blocks(operands, origin),
        as_blocks(results, origin),
    )


@triton.jit
def as_blocks(places, origin):
    found = ()
    for index in tl.static_range(len(places)):
        found = found + (places[index] + origin,)
    return found


@triton.jit
def moved(places, shares, block):
    """Return the places for a block of arrays that have some for each block."""
    found = ()
    for index in tl.static_range(len(places)):
        found = found + (places[index] + block * shares[index],)
    return found


@triton.jit
def at(products, time, row, multiplies):
    """Return the products of a timestep of a sample; without rows, unless they are multiplied."""
    found = ()
    for index in tl.static_range(len(products)):
        matrix, rows, columns, operand, result, addend = products[index]
        of_operand = operand[0] + (time * operand[1] + row * operand[2])
        of_result = result[0] + (time * result[1] + row * result[2])
        of_addend = addend[0] + (time * addend[1] + row * addend[2])
        found = found + ((matrix, rows * multiplies, columns, of_operand, of_result, of_addend),)
    return found


@triton.jit
def load(arrays, places, time, row):
    loaded = ()
    for index in tl.static_range(len(places)):
        first, by_time, by_row = arrays[index]
        loaded = loaded + (tl.load(first + (time * by_time + row * by_row) + places[index]),)
    return loaded


@triton.jit
def store(arrays, places, time, row, values):
    for index in tl.static_range(len(places)):
        first, by_time, by_row = arrays[index]
        tl.store(first + (time * by_time + row * by_row) + places[index], values[index])


@triton.jit
def shaped(values, places):
    """Return values with the shapes of their places in arrays."""
    found = ()
    for index in tl.static_range(len(places)):
        value = values[index]
        found = found + (tl.where(places[index] >= 0, value, value),)
    return found


@triton.jit
def zeros(like):
    made = ()
    for index in tl.static_range(len(like)):
        made = made + (tl.zeros_like(like[index]),)
    return made


@triton.jit
def load_numbers(numbers, count: tl.constexpr):
    loaded = ()
    for index in tl.static_range(count):
        loaded = loaded + (tl.load(numbers + index),)
    return loaded
