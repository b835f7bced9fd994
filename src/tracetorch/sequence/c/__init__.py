"""Kernels on the CPU: C source that is assembled, compiled, cached and called."""
