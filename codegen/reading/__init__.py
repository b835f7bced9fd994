"""Reads YAML into the model, and collects all errors with their locations.

nodes       YAML as a tree of typed nodes; yaml_file: typed access to them; problems: errors
names       checks of the names that a spec declares
record      mappings with known keys; kinds: the types of their values; format: all records
vocabulary  the names and functions of expressions; shapes: shape inference; scope: both, for
            statements in order
grammar     parameters, functions and prefixes; families; declared: the names of both
layers      layers without prefixes; arguments: their constructors; sizes: shapes; modules: modules
functional  spike functions and quantizers
unused      checks that all that is declared is used
load        a folder of specs, or one file that extends it
"""
