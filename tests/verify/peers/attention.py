"""Attention by PyTorch: one head, and a transformer of an encoder and a decoder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
import torch.nn.functional as F

Given = Mapping[str, Any]
Numbers = Mapping[str, float]
Told = tuple[Any, Any]


def attention_classifier(p: Given, d: Given, c: Numbers) -> Told:
    h = d["X"] @ p["We"] + p["B"]
    found = F.scaled_dot_product_attention(h @ p["Wq"], h @ p["Wk"], h @ p["Wv"])
    normed = F.layer_norm(h + found, h.shape[-1:], p["gamma"], p["beta"])
    z = F.linear(normed.mean(1), p["V"].T, p["b"])
    return F.cross_entropy(z, d["Y"].argmax(1)), z.softmax(1)


def attend(p: Given, mark: str, x: Any, y: Any, causal: bool = False) -> Any:
    """Heads of attention from ``x`` (n, t, d) to ``y`` (n, s, d), put together."""
    q, k, v = (
        torch.einsum("ntd,adq->natq", of, p[f"W_{kind}_{mark}"]) + p[f"b_{kind}_{mark}"][:, None]
        for kind, of in (("Q", x), ("K", y), ("V", y))
    )
    heads = F.scaled_dot_product_attention(q, k, v, is_causal=causal)
    return torch.einsum("natq,aqd->ntd", heads, p[f"W_O_{mark}"]) + p[f"b_O_{mark}"]


def add_norm(p: Given, mark: str, x: Any, f: Any) -> Any:
    """The residual, normalised."""
    return F.layer_norm(x + f, x.shape[-1:], p[f"gamma_{mark}"], p[f"beta_{mark}"])


def network(p: Given, mark: str, x: Any) -> Any:
    """Two layers at each place."""
    hidden = F.relu(F.linear(x, p[f"W_1_{mark}"].T, p[f"b_1_{mark}"]))
    return F.linear(hidden, p[f"W_2_{mark}"].T, p[f"b_2_{mark}"])


def encoder(p: Given, mark: str, x: Any) -> Any:
    """An encoder layer."""
    x = add_norm(p, f"1_{mark}", x, attend(p, mark, x, x))
    return add_norm(p, f"2_{mark}", x, network(p, mark, x))


def decoder(p: Given, mark: str, y: Any, memory: Any) -> Any:
    """A decoder layer; no place looks ahead."""
    y = add_norm(p, f"1_{mark}", y, attend(p, f"s_{mark}", y, y, causal=True))
    y = add_norm(p, f"2_{mark}", y, attend(p, f"c_{mark}", y, memory))
    return add_norm(p, f"3_{mark}", y, network(p, mark, y))


def transformer(p: Given, d: Given, c: Numbers) -> Told:
    memory = F.embedding(d["source"], p["E"]) + p["B"]
    for mark in ("e1", "e2"):
        memory = encoder(p, mark, memory)
    y = F.embedding(d["before"], p["G"]) + p["H"]
    for mark in ("d1", "d2"):
        y = decoder(p, mark, y, memory)
    z = F.linear(y, p["W"].T, p["c"])
    return F.cross_entropy(z.flatten(0, 1), d["after"].flatten()), z.softmax(2)
