"""A recurrent weight matrix in NumPy, one timestep at a time."""

import numpy as np


def MLIB(x, s, p):
    mem = p["beta"] * s["mem"] + x + s["prev_output"] @ p["rec_map.weight"].T
    spikes = 1 / (1 + np.exp(-4 * (mem - p["threshold"] + p["bias"])))
    return spikes, {"mem": mem - spikes * p["threshold"], "prev_output": spikes}
