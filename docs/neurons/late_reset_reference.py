"""A reset one timestep late in NumPy, one timestep at a time."""

import numpy as np


def LIBL(x, s, p):
    mem = p["beta"] * (s["mem"] - s["prev_spikes"] * p["threshold"]) + x
    spikes = 1 / (1 + np.exp(-4 * (mem - p["threshold"] + p["bias"])))
    return spikes, {"mem": mem, "prev_spikes": spikes}


LIBLD = LIBL
