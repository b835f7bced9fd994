"""Quadratic and exponential integrate-and-fire in NumPy, one timestep at a time."""

import numpy as np


def spike(mem, p):
    spikes = 1 / (1 + np.exp(-4 * (mem - p["threshold"])))
    return spikes, {"mem": mem * (1 - spikes)}


def QIF(x, s, p):
    v = s["mem"]
    return spike(v + p["dt"] * (p["sharpness"] * v * (v - p["critical"]) + x), p)


def EIF(x, s, p):
    v = s["mem"]
    onset = p["slope"] * np.exp((v - p["critical"]) / p["slope"])
    return spike(v + p["dt"] * (onset - v + x), p)


def AdEx(x, s, p):
    spikes, after = EIF(x - s["adapt"], s, p)
    adapt = s["adapt"] + p["pace"] * (p["coupling"] * s["mem"] - s["adapt"])
    return spikes, after | {"adapt": adapt + spikes * p["jump"]}
