"""Neurons of several compartments in NumPy, one timestep at a time."""

import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def TCLIF(x, s, p):
    dendrite = s["dendrite"] - p["to_dendrite"] * s["mem"] + x
    mem = s["mem"] + p["to_soma"] * dendrite
    spikes = sigmoid(4 * (mem - p["threshold"]))
    return spikes, {
        "dendrite": dendrite - p["drop"] * spikes,
        "mem": mem - p["threshold"] * spikes,
    }


def DHLIF(x, s, p):
    decay = sigmoid(p["raw_decays"])
    assert (p["connections"].sum(0) == 1).all()
    assert np.ptp(p["connections"].sum(1)) <= 1
    drive = np.einsum("...i,bio,bio->...bo", x, p["input_weights"], p["connections"])
    dendrites = decay * s["dendrites"] + (1 - decay) * drive
    mem = p["beta"] * s["mem"] + (1 - p["beta"]) * dendrites.sum(-2)
    spikes = sigmoid(4 * (mem - p["threshold"]))
    return spikes, {"dendrites": dendrites, "mem": mem - p["threshold"] * spikes}


def PMSN(x, s, p):
    """With complex numbers."""
    poles = -np.exp(p["log_rates"]) + 1j * p["frequencies"]
    turn = np.exp(np.exp(p["log_dt"])[:, None] * poles)
    into, out = p["in_real"] + 1j * p["in_imag"], p["out_real"] + 1j * p["out_imag"]
    hidden = turn * (s["real"] + 1j * s["imag"]) + (turn - 1) / poles * into * x[..., None]
    mem = s["mem"] + np.maximum((out * hidden).sum(-1).real + p["skip"] * x, 0)
    near = np.clip(mem - p["threshold"], -1, 1)
    spikes = 0.5 + near - 0.5 * near * np.abs(near)
    return spikes, {"real": hidden.real, "imag": hidden.imag, "mem": mem % p["threshold"]}
