"""Layers with a matrix memory in NumPy, one timestep at a time."""

import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def linear(p, name, x):
    return x @ p[f"{name}.weight"].T + p[f"{name}.bias"]


def projected(x, weights, heads):
    """Return what the weights make of the input for each head."""
    return np.stack(np.split(x @ weights, heads, axis=-1), axis=1)


def MLSTM(x, s, p):
    heads = s["norm"].shape[1]
    q, k, v = (projected(x, p[name], heads) for name in ("queries", "keys", "values"))
    write, keep = linear(p, "input_gate", x), np.log(sigmoid(linear(p, "forget_gate", x)))
    largest = np.maximum(keep + s["largest"], write)
    write, keep = np.exp(write - largest), np.exp(keep + s["largest"] - largest)
    memory = np.einsum("bh,bhvk->bhvk", keep, s["memory"])
    memory += np.einsum("bh,bhv,bhk->bhvk", write, v, k)
    norm = np.einsum("bh,bhk->bhk", keep, s["norm"]) + np.einsum("bh,bhk->bhk", write, k)
    scale = np.maximum(np.abs(np.einsum("bhk,bhk->bh", norm, q)), np.exp(-largest))
    h = np.einsum("bhvk,bhk,bh->bhv", memory, q, 1 / scale)
    y = sigmoid(x @ p["output_gates"]) * np.concatenate([*h.swapaxes(0, 1)], axis=-1)
    return y @ p["outputs"], {"memory": memory, "norm": norm, "largest": largest}


def RWKV(x, s, p):
    def mixed(name):
        mix = p[f"{name}_mix"]
        return projected((1 - mix) * x + mix * s["prev_x"], p[f"{name}s"], len(p["bonus"]))

    r, k, v, g, d = map(mixed, ("receptance", "key", "value", "gate", "decay"))
    written = np.einsum("bhv,bhk->bhvk", v, k)
    h = np.einsum("bhvk,bhk->bhv", s["memory"] + written * p["bonus"][:, None], r)
    decay = np.exp(-np.exp(d + p["decay_bias"]))
    memory = np.einsum("bhk,bhvk->bhvk", decay, s["memory"]) + written
    h = (h - h.mean(-1, keepdims=True)) / np.sqrt(h.var(-1, keepdims=True) + 1e-5)
    h, g = (np.concatenate([*each.swapaxes(0, 1)], axis=-1) for each in (h, g))
    y = (h * p["norm.weight"] + p["norm.bias"]) * g * sigmoid(g)
    return y @ p["outputs"], {"memory": memory, "prev_x": x}
