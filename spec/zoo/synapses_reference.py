"""Other synapses in NumPy, one timestep at a time."""

import numpy as np


def fire(distance):
    return 1 / (1 + np.exp(-4 * distance))


def membrane(current, s, p):
    mem = p["beta"] * s["mem"] + current
    spikes = fire(mem - p["threshold"] + p.get("bias", 0.0))
    return spikes, {"mem": mem - spikes * p["threshold"]}


def CLIB(x, s, p):
    current = p["fall"] * s["current"] + x
    spikes, after = membrane(current, s, p)
    return spikes, after | {"current": current}


def ELIB(x, s, p):
    rising, falling = p["rise"] * s["rising"] + x, p["fall"] * s["falling"] + x
    spikes, after = membrane(falling - rising, s, p)
    return spikes, after | {"rising": rising, "falling": falling}


def AlphaLIF(x, s, p):
    onset = p["fall"] * s["onset"] + x
    current = p["fall"] * s["current"] + onset
    spikes, after = membrane((1 - p["fall"]) ** 2 * current, s, p)
    return spikes, after | {"onset": onset, "current": current}


def ConductanceLIF(x, s, p):
    exc = p["exc_decay"] * s["exc"] + np.maximum(x, 0)
    inh = p["inh_decay"] * s["inh"] + np.maximum(-x, 0)
    pull = exc * p["exc_reversal"] + inh * p["inh_reversal"]
    mem = s["mem"] * (1 - p["rate"] * (1 + exc + inh)) + p["rate"] * pull
    spikes = fire(mem - p["threshold"])
    return spikes, {"exc": exc, "inh": inh, "mem": (1 - spikes) * mem}


def TsodyksMarkram(x, s, p):
    rest = p["facilitation"] * s["use"]
    use = rest + p["release"] * (1 - rest) * x
    resources = 1 + p["depression"] * (s["resources"] - 1)
    return use * resources * x, {"use": use, "resources": resources * (1 - use * x)}
