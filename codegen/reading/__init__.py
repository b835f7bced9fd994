"""From YAML to the model, noting every mistake with its location.

nodes       YAML as a tree of typed nodes; yaml_file: typed access to them; problems: what is wrong
names       what a spec may call things
record      mappings with known keys; kinds: what their values may be; format: all records
vocabulary  what expressions may read and call; shapes: what fits what; scope: both, for
            statements as they run one after the other
grammar     parameters, functions and prefixes; families; declared: what both refer to
layers      layers on their own; arguments: their constructors; sizes: shapes and linear maps
functional  the functions that spiking layers fire with
unused      checks that all that is declared is used
load        a folder of specs, or one file that extends it
"""
