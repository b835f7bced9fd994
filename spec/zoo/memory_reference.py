"""Recurrent layers that do not spike in NumPy, one timestep at a time."""

import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def linear(p, name, *parts):
    return np.concatenate(parts, -1) @ p[f"{name}.weight"].T + p[f"{name}.bias"]


def MinGRU(x, s, p):
    update = sigmoid(linear(p, "gate_layer", x))
    H = s["H"] + update * (linear(p, "candidate_layer", x) - s["H"])
    return H, {"H": H}


def LTC(x, s, p):
    rate = sigmoid(linear(p, "rate_layer", s["H"], x))
    H = (s["H"] / p["dt"] + rate * p["target"]) / (1 / p["dt"] + 1 / p["tau"] + rate)
    return H, {"H": H}


def CfC(x, s, p):
    shared = 1.7159 * np.tanh(0.666 * linear(p, "backbone", s["H"], x))
    late = sigmoid(p["dt"] * linear(p, "speed_layer", shared) + linear(p, "shift_layer", shared))
    first, last = (np.tanh(linear(p, f"{name}_layer", shared)) for name in ("early", "late"))
    H = first + late * (last - first)
    return H, {"H": H}
