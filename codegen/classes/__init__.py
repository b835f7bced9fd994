"""A flat layer as a class: code and docstrings."""
