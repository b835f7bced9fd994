"""The loop over a sequence, shared by all kernels, in Triton; `driver.h` is the same in C.

A program runs a block of neurons through all timesteps. Its states are a tuple of blocks. In memory
each state is a row with the values of all neurons.
"""

import triton
import triton.language as tl


@triton.jit
def forward_kernel(
    xs,
    x_time,
    x_outer,
    x_neuron,
    x_inner,
    ys,
    y_time,
    y_outer,
    y_neuron,
    y_inner,
    parameters,
    numbers,
    noise,
    before,
    after,
    checkpoints,
    history,
    timesteps,
    elements,
    neurons,
    inner,
    forward_step: tl.constexpr,
    name: tl.constexpr,
    PARAMETERS: tl.constexpr,
    NUMBERS: tl.constexpr,
    STATES: tl.constexpr,
    NOISES: tl.constexpr,
    CHUNK: tl.constexpr,
    BLOCK: tl.constexpr,
):
    """Store the outputs, the states after the sequence, and if they are asked for checkpoints and
    the states after each timestep.

    The name distinguishes kernels that differ only in their functions.
    """
    row = tl.full((), elements, tl.int64)
    lane = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    is_used = lane < elements
    element = tl.where(is_used, lane, row - 1)
    given = load_rows(parameters + element // inner % neurons, neurons, PARAMETERS)
    of_functions = load_rows(numbers, 1, NUMBERS)
    states = load_rows(before + element, row, STATES)
    x_at = xs + place(element, neurons, inner, x_outer, x_neuron, x_inner)
    y_at = ys + place(element, neurons, inner, y_outer, y_neuron, y_inner)
    for step in range(timesteps):
        time = tl.full((), step, tl.int64)
        if checkpoints is not None:
            if step % CHUNK == 0:
                kept = checkpoints + time // CHUNK * STATES * row + element
                store_rows(kept, row, states, is_used)
        x = tl.load(x_at + time * x_time).to(before.dtype.element_ty)
        drawn = load_noise(noise, x, time, row, element, NOISES)
        y, states = forward_step(x, drawn, of_functions, given, states)
        tl.store(y_at + time * y_time, y, is_used)
        if history is not None:
            store_rows(history + time * row + element, timesteps * row, states, is_used)
    store_rows(after + element, row, states, is_used)


@triton.jit
def backward_kernel(
    xs,
    x_time,
    x_outer,
    x_neuron,
    x_inner,
    d_ys,
    d_y_time,
    d_y_outer,
    d_y_neuron,
    d_y_inner,
    d_xs,
    d_x_time,
    d_x_outer,
    d_x_neuron,
    d_x_inner,
    parameters,
    numbers,
    noise,
    checkpoints,
    scratch,
    d_after,
    d_before,
    d_parameters,
    timesteps,
    elements,
    neurons,
    inner,
    forward_step: tl.constexpr,
    backward_step: tl.constexpr,
    name: tl.constexpr,
    PARAMETERS: tl.constexpr,
    NUMBERS: tl.constexpr,
    STATES: tl.constexpr,
    NOISES: tl.constexpr,
    CHUNK: tl.constexpr,
    BLOCK: tl.constexpr,
):
    """Store the gradients; states between two checkpoints are recomputed, into the scratch."""
    row = tl.full((), elements, tl.int64)
    program = tl.program_id(0).to(tl.int64)
    lane = program * BLOCK + tl.arange(0, BLOCK)
    is_used = lane < elements
    element = tl.where(is_used, lane, row - 1)
    given = load_rows(parameters + element // inner % neurons, neurons, PARAMETERS)
    of_functions = load_rows(numbers, 1, NUMBERS)
    d_states = load_rows(d_after + element, row, STATES)
    x_at = xs + place(element, neurons, inner, x_outer, x_neuron, x_inner)
    d_y_at = d_ys + place(element, neurons, inner, d_y_outer, d_y_neuron, d_y_inner)
    d_x_at = d_xs + place(element, neurons, inner, d_x_outer, d_x_neuron, d_x_inner)
    slot = scratch + program * CHUNK * STATES * BLOCK + tl.arange(0, BLOCK)
    sums = zeros(d_states[0], PARAMETERS)
    chunks = (timesteps + CHUNK - 1) // CHUNK
    for chunks_done in range(chunks):
        chunk = tl.full((), chunks - 1 - chunks_done, tl.int64)
        steps = tl.minimum(timesteps - chunk * CHUNK, CHUNK)
        states = load_rows(checkpoints + chunk * STATES * row + element, row, STATES)
        store_rows(slot, BLOCK, states, None)
        for step in range(1, steps):
            time = chunk * CHUNK + step - 1
            x = tl.load(x_at + time * x_time).to(d_after.dtype.element_ty)
            drawn = load_noise(noise, x, time, row, element, NOISES)
            _, states = forward_step(x, drawn, of_functions, given, states)
            store_rows(slot + step * STATES * BLOCK, BLOCK, states, None)
        tl.debug_barrier()  # other threads may load what a thread has stored
        for steps_done in range(steps):
            step = steps - 1 - steps_done
            time = chunk * CHUNK + step
            x = tl.load(x_at + time * x_time).to(d_after.dtype.element_ty)
            drawn = load_noise(noise, x, time, row, element, NOISES)
            states = load_rows(slot + step * STATES * BLOCK, BLOCK, STATES)
            d_y = tl.load(d_y_at + time * d_y_time).to(d_after.dtype.element_ty)
            d_x, shares, d_states = backward_step(
                x, drawn, of_functions, given, states, d_y, d_states
            )
            sums = add(sums, shares, PARAMETERS)
            tl.store(d_x_at + time * d_x_time, d_x, is_used)
        tl.debug_barrier()  # before the scratch is used again
    store_rows(d_before + element, row, d_states, is_used)
    store_rows(d_parameters + element, row, sums, is_used)


@triton.jit
def place(element, neurons, inner, by_outer, by_neuron, by_inner):
    """Return the offsets of elements in a timestep of outer x neurons x inner."""
    neuron = element // inner
    return neuron // neurons * by_outer + neuron % neurons * by_neuron + element % inner * by_inner


@triton.jit
def load_rows(first, row, count: tl.constexpr):
    loaded = ()
    for index in tl.static_range(count):
        loaded = loaded + (tl.load(first + index * row),)
    return loaded


@triton.jit
def store_rows(first, row, values, mask):
    for index in tl.static_range(len(values)):
        tl.store(first + index * row, values[index], mask)


@triton.jit
def load_noise(noise, x, time, row, element, count: tl.constexpr):
    """Return the random numbers of a timestep, or zeros if there are none."""
    drawn = zeros(x, count)
    if noise is not None:
        drawn = load_rows(noise + time * count * row + element, row, count)
    return drawn


@triton.jit
def zeros(like, count: tl.constexpr):
    made = ()
    for _ in tl.static_range(count):
        made = made + (tl.zeros_like(like),)
    return made


@triton.jit
def add(left, right, count: tl.constexpr):
    total = ()
    for index in tl.static_range(count):
        total = total + (left[index] + right[index],)
    return total
