"""The adaptive threshold and the recurrent weight matrix in NumPy, one timestep at a time."""

import numpy as np


def fire(distance):
    return 1 / (1 + np.exp(-4 * distance))


def adapted(s, p):
    return p["rho"] * s["adapt"] + (1 - p["rho"]) * np.abs(s["prev_output"])


def ALIB(x, s, p):
    adapt = adapted(s, p)
    threshold = p["threshold"] + p["adapt_weight"] * adapt
    mem = p["beta"] * s["mem"] + x
    spikes = fire(mem - threshold + p["bias"])
    return spikes, {"adapt": adapt, "prev_output": spikes, "mem": mem - spikes * threshold}


def ALIT(x, s, p, up=1.0, down=1.0):
    adapt = adapted(s, p)
    high = p["pos_threshold"] + p["adapt_weight"] * adapt
    low = p["neg_threshold"] + p["adapt_weight"] * adapt
    mem = p["beta"] * s["mem"] + x
    upward, downward = fire(mem - high + p["bias"]), fire(-mem - low - p["bias"])
    output = up * upward - down * downward
    mem = mem - upward * high + downward * low
    return output, {"adapt": adapt, "prev_output": output, "mem": mem}


def ALITS(x, s, p):
    return ALIT(x, s, p, p["pos_scale"], p["neg_scale"])


def SRALIB(x, s, p):
    syn = p["alpha"] * s["syn"] + (1 - p["alpha"]) * x
    rec = p["gamma"] * s["rec"] + (1 - p["gamma"]) * s["prev_output"]
    output, after = ALIB(syn + p["rec_weight"] * rec, s, p)
    return output, after | {"syn": syn, "rec": rec}


def lateral(s, p):
    return s["prev_output"] @ p["rec_map.weight"].T


def MLIB(x, s, p):
    mem = p["beta"] * s["mem"] + x + lateral(s, p)
    spikes = fire(mem - p["threshold"] + p["bias"])
    return spikes, {"mem": mem - spikes * p["threshold"], "prev_output": spikes}


def AMLIB(x, s, p):
    return ALIB(x + lateral(s, p), s, p)


def LSNN(x, s, p):
    old = p["threshold"] + p["adapt_weight"] * s["adapt"]
    mem = p["beta"] * s["mem"] + (1 - p["beta"]) * (x + lateral(s, p)) - s["prev_output"] * old
    adapt = adapted(s, p)
    threshold = p["threshold"] + p["adapt_weight"] * adapt
    near = np.clip(mem / threshold - 1, -1, 1)
    spikes = 0.5 + near - 0.5 * near * np.abs(near)
    return spikes, {"mem": mem, "adapt": adapt, "prev_output": spikes}
