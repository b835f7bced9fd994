"""Kernels on GPUs, by Triton."""
