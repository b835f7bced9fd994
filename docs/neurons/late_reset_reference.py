"""Two resets one timestep late in NumPy, one timestep at a time."""

import numpy as np


def LIBL(x, s, p):
    mem = p["beta"] * s["mem"] + x - s["prev_output"] * p["threshold"]
    return fire(mem, p)


def LIBLZ(x, s, p):
    mem = p["beta"] * (1 - s["prev_output"]) * s["mem"] + x
    return fire(mem, p)


def fire(mem, p):
    spikes = 1 / (1 + np.exp(-4 * (mem - p["threshold"] + p["bias"])))
    return spikes, {"mem": mem, "prev_output": spikes}
