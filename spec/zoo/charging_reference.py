"""Neurons that learn how they charge or reset in NumPy, one timestep at a time."""

import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def fire(mem, p):
    return sigmoid(4 * (mem - p["threshold"]))


def charged(x, s, p):
    return (1 - p["rate"]) * s["mem"] + p["rate"] * x


def PLIF(x, s, p):
    mem = charged(x, s, p)
    spikes = fire(mem, p)
    return spikes, {"mem": mem * (1 - spikes)}


def KLIF(x, s, p):
    mem = np.maximum(p["gain"] * charged(x, s, p), 0)
    spikes = fire(mem, p)
    return spikes, {"mem": mem * (1 - spikes)}


def SKLIF(x, s, p):
    syn = p["alpha"] * s["syn"] + (1 - p["alpha"]) * x
    spikes, after = KLIF(syn, s, p)
    return spikes, after | {"syn": syn}


def RKLIF(x, s, p):
    rec = p["gamma"] * s["rec"] + (1 - p["gamma"]) * s["prev_output"]
    spikes, after = KLIF(x + p["rec_weight"] * rec, s, p)
    return spikes, after | {"rec": rec, "prev_output": spikes}


def CLIF(x, s, p):
    mem = s["mem"] - s["mem"] * p["rate"] + x
    spikes = fire(mem, p)
    complement = s["complement"] * sigmoid(mem * p["rate"]) + spikes
    mem = mem - spikes * p["threshold"] - spikes * sigmoid(complement)
    return spikes, {"mem": mem, "complement": complement}


def GLIF(x, s, p):
    a, b, c = p["leak_gate"], p["input_gate"], p["reset_gate"]
    before = s["prev_output"]
    kept = (1 - a + a * p["decay"]) * (1 - c * before) * s["mem"]
    current = (1 - b + b * p["conductance"]) * x
    mem = kept - (1 - a) * p["leak"] + current - (1 - c) * p["drop"] * before
    spikes = fire(mem, p)
    return spikes, {"mem": mem, "prev_output": spikes}
