"""Kernels on graphics processors, by Triton."""
