"""Parametric leaky integrate-and-fire in NumPy, one timestep at a time."""

import numpy as np


def PLIF(x, s, p):
    mem = (1 - p["rate"]) * s["mem"] + p["rate"] * x
    spikes = 1 / (1 + np.exp(-4 * (mem - p["threshold"])))
    return spikes, {"mem": mem * (1 - spikes)}
