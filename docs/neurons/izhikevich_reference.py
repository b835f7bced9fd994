"""The simple model of Izhikevich in NumPy, one timestep at a time."""

import numpy as np


def Izhikevich(x, s, p):
    v, u = s["mem"], s["recovery"]
    new_v = v + p["dt"] * (0.04 * v**2 + 5 * v + 140 - u + x)
    new_u = u + p["dt"] * p["a"] * (p["b"] * v - u)
    spikes = 1 / (1 + np.exp(-4 * (new_v - p["peak"])))
    new_v = spikes * p["c"] + (1 - spikes) * new_v
    return spikes, {"mem": new_v, "recovery": new_u + spikes * p["d"]}
