"""A flat layer as a kernel: differentiated, and printed as C and Triton."""
