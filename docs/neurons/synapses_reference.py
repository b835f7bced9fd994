"""Other synapses in NumPy, one timestep at a time."""

import numpy as np


def membrane(current, s, p):
    mem = p["beta"] * s["mem"] + current
    spikes = 1 / (1 + np.exp(-4 * (mem - p["threshold"] + p["bias"])))
    return spikes, {"mem": mem - spikes * p["threshold"]}


def CLIB(x, s, p):
    current = p["fall"] * s["current"] + x
    spikes, after = membrane(current, s, p)
    return spikes, after | {"current": current}


def ELIB(x, s, p):
    rising, falling = p["rise"] * s["rising"] + x, p["fall"] * s["falling"] + x
    spikes, after = membrane(falling - rising, s, p)
    return spikes, after | {"rising": rising, "falling": falling}
