"""Kernels on the processor: C that is put together, compiled, kept and called."""
