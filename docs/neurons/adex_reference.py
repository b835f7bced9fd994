"""Adaptive exponential integrate-and-fire in NumPy, one timestep at a time."""

import numpy as np


def AdEx(x, s, p):
    v, w = s["mem"], s["adapt"]
    onset = p["slope"] * np.exp((v - p["critical"]) / p["slope"])
    new_v = v + p["dt"] * (onset - v - w + x)
    new_w = w + p["pace"] * (p["coupling"] * v - w)
    spikes = 1 / (1 + np.exp(-4 * (new_v - p["threshold"])))
    return spikes, {"mem": new_v * (1 - spikes), "adapt": new_w + spikes * p["jump"]}
