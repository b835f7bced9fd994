"""The generator: how a spec becomes source. It knows no particular neuron.

yaml_file       YAML with the place of everything
load            a folder of specs -> model, by load_grammar, load_layers and load_functions,
                which ask scope what a name means; format: which keys there are
shapes          what fits what, by sizes; constants: what numbers and sizes alone make
expressions     the language of the equations; functions: what it can call; instead: what it
                has in the place of what people write
grammar         prefixes x families -> flat layers
render          flat layers -> formatted source; listing, explain: -> the terminal
kernels         flat layers whose neurons do not see each other, and gradient, which
                differentiates them by the rules of derivatives; c, triton: -> source
pages           spec -> the pages of the documentation; latex: equations, picture: the map
trial           the sizes that layers are tried with
write           source -> disk, wholly or not at all; provenance: whose a file is
start           a file to begin a neuron of one's own from
problems        what is wrong, told so that it can be mended
"""
