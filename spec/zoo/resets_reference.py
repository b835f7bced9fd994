"""Hard and late resets in NumPy, one timestep at a time."""

import numpy as np


def fire(mem, p):
    return 1 / (1 + np.exp(-4 * (mem - p["threshold"] + p["bias"])))


def LIBV(x, s, p):
    mem = p["beta"] * s["mem"] + x
    spikes = fire(mem, p)
    return spikes, {"mem": (1 - spikes) * mem + spikes * p.get("rest", 0.0)}


LIBZ = LIBV


def late(mem, p):
    spikes = fire(mem, p)
    return spikes, {"mem": mem, "prev_output": spikes}


def LIBL(x, s, p):
    return late(p["beta"] * s["mem"] + x - s["prev_output"] * p["threshold"], p)


def LIBLZ(x, s, p):
    return late(p["beta"] * (1 - s["prev_output"]) * s["mem"] + x, p)


def IF(x, s, p):
    mem = s["mem"] + x
    spikes = 1 / (1 + np.exp(-4 * (mem - p["threshold"])))
    return spikes, {"mem": mem - spikes * p["threshold"]}


def IFZ(x, s, p):
    mem = s["mem"] + x
    spikes = 1 / (1 + np.exp(-4 * (mem - p["threshold"])))
    return spikes, {"mem": (1 - spikes) * mem}
