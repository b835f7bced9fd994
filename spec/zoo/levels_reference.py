"""Integer, signed and analog outputs in NumPy, one timestep at a time."""

import numpy as np


def ILIF(x, s, p):
    mem = p["beta"] * s["mem"] + x
    spikes = np.round(np.clip(mem / p["threshold"], 0, p["levels"]))
    return spikes, {"mem": mem - spikes * p["threshold"]}


def LIAF(x, s, p):
    mem = p["beta"] * s["mem"] + x
    spikes = 1 / (1 + np.exp(-4 * (mem - p["threshold"] + p["bias"])))
    return np.maximum(mem, 0), {"mem": mem - spikes * p["threshold"]}


def STBIF(x, s, p):
    mem, tracer = s["mem"] + x / p["threshold"], s["tracer"]
    up = (mem >= 1) & (tracer < p["most"])
    down = (mem < 0) & (tracer > p["least"])
    spikes = 1.0 * up - down
    return spikes * p["threshold"], {"mem": mem - spikes, "tracer": tracer + spikes}
