"""Resonate-and-fire in NumPy, as one complex number that turns."""

import numpy as np


def Resonate(x, s, p):
    z = (s["current"] + 1j * s["mem"]) * p["damping"] * np.exp(1j * p["omega"]) + x
    spikes = 1 / (1 + np.exp(-4 * (z.imag - p["threshold"])))
    z = z + spikes * (1j - z)
    return spikes, {"current": z.real, "mem": z.imag}
