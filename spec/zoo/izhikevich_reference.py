"""The neurons of Izhikevich in NumPy, one timestep at a time."""

import numpy as np


def fire(distance):
    return 1 / (1 + np.exp(-4 * distance))


def Izhikevich(x, s, p):
    v, u = s["mem"], s["recovery"]
    new_v = v + p["dt"] * (0.04 * v**2 + 5 * v + 140 - u + x)
    new_u = u + p["dt"] * p["a"] * (p["b"] * v - u)
    spikes = fire(new_v - p["peak"])
    new_v = spikes * p["c"] + (1 - spikes) * new_v
    return spikes, {"mem": new_v, "recovery": new_u + spikes * p["d"]}


def RAF(x, s, p):
    """As one complex number that turns."""
    z = (s["current"] + 1j * s["mem"]) * p["damping"] * np.exp(1j * p["omega"]) + x
    spikes = fire(z.imag - p["threshold"])
    z = z + spikes * (1j - z)
    return spikes, {"current": z.real, "mem": z.imag}
