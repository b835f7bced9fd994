"""Kernels of flat layers: differentiated, and printed as C and Triton."""
