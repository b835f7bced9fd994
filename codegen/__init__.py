"""The generator: how a spec becomes source. It knows no particular neuron.

model           the frozen records that its parts pass to each other
language/       the expressions of a spec: syntax, functions, derivatives, sizes
previous        the values of one timestep before, as states
grammar         prefixes x families -> flat layers
reading/        YAML -> model, every mistake with its location
classes/        what a class says: docstrings, listings; and the sizes to try it with
kernels/        flat layers -> C and Triton, with their gradients
render          flat layers -> formatted source
documentation/  flat layers -> pages, equations, pictures, and text for the terminal
write           source -> disk, wholly or not at all; provenance: whether a file was edited
"""
