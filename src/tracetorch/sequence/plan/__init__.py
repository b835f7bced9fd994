"""Finds the parts of a module that take a whole sequence at once, without running it."""
