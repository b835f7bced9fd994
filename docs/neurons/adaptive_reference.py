"""The adaptive threshold in NumPy, one timestep at a time."""

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
