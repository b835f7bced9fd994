"""Gated recurrent units with a spiking output in NumPy, one timestep at a time."""

import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def linear(p, name, *parts):
    return np.concatenate(parts, -1) @ p[f"{name}.weight"].T + p[f"{name}.bias"]


def fired(mem, p):
    spikes = sigmoid(4 * (mem - p["threshold"]))
    return spikes, {"mem": mem - spikes * p["threshold"], "prev_output": spikes}


def SpikingGRU(x, s, p):
    reset, update = np.split(sigmoid(linear(p, "gate_layers", s["prev_output"], x)), 2, -1)
    candidate = linear(p, "candidate_layer", s["mem"] * reset, x)
    return fired((1 - update) * s["mem"] + update * candidate, p)


def SpikingMGU(x, s, p):
    update = sigmoid(linear(p, "gate_layer", s["prev_output"], x))
    candidate = linear(p, "candidate_layer", s["mem"] * update, x)
    return fired(s["mem"] + update * (candidate - s["mem"]), p)
