"""The generator: reads a spec and writes source. It contains no particular neuron.

model           the frozen records that the modules exchange
language/       the expressions of a spec: syntax, functions, derivatives, sizes
previous        states that hold values of the previous timestep
grammar         prefixes x families -> flat layers
reading/        YAML -> model, and all errors with their locations
classes/        the parts of a class: code, docstrings, listings; and sizes for its tests
kernels/        flat layers -> C and Triton, with their gradients
render          flat layers -> formatted source
documentation/  flat layers -> pages, equations, pictures, and text for the terminal
write           source -> disk, all files or none; provenance: whether a file was edited
"""
