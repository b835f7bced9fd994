"""A flat layer as a class: its lines, its docstrings."""
