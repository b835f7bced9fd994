"""Refractory periods in NumPy, one timestep at a time."""

import numpy as np


def fire(distance):
    return 1 / (1 + np.exp(-4 * distance))


def LIBK(x, s, p):
    mem = p["beta"] * s["mem"] + x
    spikes = fire(mem - p["threshold"] + p["bias"])
    spikes[s["wait"] > 0] = 0
    wait = np.maximum(s["wait"] - 1, 0)
    wait[spikes > 0.5] = p["period"]
    return spikes, {"mem": mem - spikes * p["threshold"], "wait": wait}


def LIBKR(x, s, p):
    mem = p["beta"] * s["mem"] + x
    spikes = fire(mem - (p["threshold"] + s["raised"]) + p["bias"])
    raised = p["recovery"] * s["raised"] + p["rise"] * spikes
    return spikes, {"mem": mem - spikes * p["threshold"], "raised": raised}
