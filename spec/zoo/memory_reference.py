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


def exponential(A, halvings=20):
    """Return exp(A), from the first terms of the series of exp(A / 2^n), squared n times."""
    small = A / 2**halvings
    total = small @ (np.eye(len(A)) + small / 2 @ (np.eye(len(A)) + small / 3))
    for _ in range(halvings):  # of exp(A) - 1, which keeps the digits of what is small
        total = 2 * total + total @ total
    return total + np.eye(len(A))


def held(order, theta):
    """Return the transition and the input of one timestep, by zero-order hold."""
    i, j = np.indices((order, order))
    A = (2 * i + 1) / theta * np.where(i < j, -1.0, (-1.0) ** (i - j + 1))
    B = (2 * np.arange(order) + 1) / theta * (-1.0) ** np.arange(order)
    transition = exponential(A)
    return transition, np.linalg.solve(A, (transition - np.eye(order)) @ B)


def LMU(x, s, p):
    transition, drive = held(s["memory"].shape[-1], theta=64)
    u = np.concatenate([x, s["H"], s["memory"]], -1) @ p["encoder.weight"].T
    memory = s["memory"] @ transition.T + u * drive
    H = np.tanh(np.concatenate([x, s["H"], memory], -1) @ p["hidden_layer.weight"].T)
    return H, {"H": H, "memory": memory}
