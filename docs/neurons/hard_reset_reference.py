"""Hard resets in NumPy, one timestep at a time."""

import numpy as np


def LIBV(x, s, p):
    mem = p["beta"] * s["mem"] + x
    spikes = 1 / (1 + np.exp(-4 * (mem - p["threshold"] + p["bias"])))
    return spikes, {"mem": (1 - spikes) * mem + spikes * p.get("rest", 0.0)}


LIBZ = LIBV
