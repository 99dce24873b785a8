"""Attention and transformers in PyTorch, from our parameters, data and constants by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
import torch.nn.functional as F

Tensor = Any
Values = Mapping[str, Any]
Peer = tuple[Tensor, Tensor]
Activation = Callable[[Tensor], Tensor]


def attention_classifier(p: Values, d: Values, c: Values) -> Peer:
    """One head over the rows of a picture, with a residual and a norm, then the mean over the rows."""
    h = F.linear(d["X"], p["We"].T) + p["B"]
    found = F.scaled_dot_product_attention(h @ p["Wq"], h @ p["Wk"], h @ p["Wv"])
    z = _norm(h + found, p["gamma"], p["beta"]).mean(1) @ p["V"] + p["b"]
    return F.cross_entropy(z, d["Y"]), z.softmax(-1)


def causal_attention(p: Values, d: Values, c: Values) -> Peer:
    """One causal head over embedded characters, each to tell the next."""
    x = F.embedding(d["tokens"], p["E"]) + p["B"]
    found = F.scaled_dot_product_attention(x @ p["W_q"], x @ p["W_k"], x @ p["W_v"], is_causal=True)
    z = F.linear(x + found, p["V"].T, p["c"])
    return F.cross_entropy(z.flatten(0, 1), d["next"].flatten()), z.softmax(-1)


def cross_attention(p: Values, d: Values, c: Values) -> Peer:
    """One head whose queries come from the target, its keys and values from the source."""
    x = F.embedding(d["source"], p["E"]) + p["F"]
    y = F.embedding(d["before"], p["G"]) + p["H"]
    kept = d["source_mask"][:, None, :].bool()
    found = F.scaled_dot_product_attention(y @ p["W_q"], x @ p["W_k"], x @ p["W_v"], attn_mask=kept)
    z = F.linear(y + found, p["V"].T, p["c"])
    return _of_words(z, d, 0.0), z.softmax(-1)


def transformer(p: Values, d: Values, c: Values) -> Peer:
    """The encoder-decoder of 2017 with padding, sinusoidal positions and one table for target and output."""
    kept = d["source_mask"][:, None, None, :].bool()
    width = p["E"].shape[1]
    x = F.embedding(d["source"], p["E"]) * width**0.5
    x = x + _waves(x)
    for mark in ("e1", "e2"):
        x = _post_norm(x, p, mark, F.relu, kept)
    y = F.embedding(d["before"], p["G"]) * width**0.5
    y = y + _waves(y)
    causal = torch.ones(y.shape[1], y.shape[1], dtype=torch.bool).tril()
    for mark in ("d1", "d2"):
        y = _add_norm(y, _heads(y, y, p, f"s_{mark}", causal), p, f"1_{mark}")
        y = _add_norm(y, _heads(y, x, p, f"c_{mark}", kept), p, f"2_{mark}")
        y = _add_norm(y, _network(y, p, mark, F.relu), p, f"3_{mark}")
    z = F.linear(y, p["G"], p["c"])
    return _of_words(z, d, float(c["smooth"])), z


def transformer_classifier(p: Values, d: Values, c: Values) -> Peer:
    """Two encoder layers over a token of the class and the words; the class from that token."""
    x = F.embedding(d["tokens"], p["E"])
    x = torch.cat((p["u"].expand(len(x), 1, -1), x), 1) * p["E"].shape[1] ** 0.5
    x = x + _waves(x)
    for mark in ("e1", "e2"):
        x = _post_norm(x, p, mark, F.relu)
    z = F.linear(x[:, 0], p["V"].T, p["c"])
    return F.cross_entropy(z, d["label"]), z.softmax(-1)


def gpt(p: Values, d: Values, c: Values) -> Peer:
    """Two causal pre-norm layers over characters, each to tell the next by the table of characters."""
    x = F.embedding(d["tokens"], p["E"]) + p["B"]
    causal = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).tril()
    for mark in ("d1", "d2"):
        x = _pre_norm(x, p, mark, causal)
    z = F.linear(_norm(x, p["gamma_o"], p["beta_o"]), p["E"])
    return F.cross_entropy(z.flatten(0, 1), d["next"].flatten()), z.softmax(-1)


def bert(p: Values, d: Values, c: Values) -> Peer:
    """Two encoder layers over pairs of sentences: the masked words, and whether the second follows."""
    x = F.embedding(d["tokens"], p["E"]) + F.embedding(d["segment"], p["G"]) + p["B"]
    x = _norm(x, p["gamma_x"], p["beta_x"])
    kept = d["mask"][:, None, None, :].bool()
    for mark in ("e1", "e2"):
        x = _post_norm(x, p, mark, F.gelu, kept)
    at = d["places"][:, :, None].expand(-1, -1, x.shape[2])
    told = F.gelu(F.linear(x.gather(1, at), p["W_h"].T, p["b_h"]))
    z = F.linear(_norm(told, p["gamma_h"], p["beta_h"]), p["E"], p["c"])
    pooled = torch.tanh(F.linear(x[:, 0], p["W_p"].T, p["b_p"]))
    following = F.cross_entropy(F.linear(pooled, p["W_n"].T, p["b_n"]), d["label"])
    return F.cross_entropy(z.flatten(0, 1), d["words"].flatten()) + following, z.softmax(-1)


def vit(p: Values, d: Values, c: Values) -> Peer:
    """Two pre-norm layers over a token of the class and a picture's patches; the class from that token."""
    x = F.linear(d["X"], p["W"].T, p["b"])
    x = torch.cat((p["u"].expand(len(x), 1, -1), x), 1) + p["B"]
    for mark in ("e1", "e2"):
        x = _pre_norm(x, p, mark, None)
    z = F.linear(_norm(x, p["gamma_o"], p["beta_o"])[:, 0], p["V"].T, p["c"])
    return F.cross_entropy(z, d["label"]), z.softmax(-1)


def _norm(x: Tensor, gamma: Tensor, beta: Tensor) -> Tensor:
    return F.layer_norm(x, x.shape[-1:], gamma, beta, 1e-5)


def _heads(x: Tensor, y: Tensor, p: Values, mark: str, kept: Tensor | None = None) -> Tensor:
    """All heads as one projection each, as PyTorch keeps them; ``kept`` says which keys are looked at."""
    heads, width, size = p[f"W_Q_{mark}"].shape

    def projected(of: Tensor, which: str) -> Tensor:
        weight = p[f"W_{which}_{mark}"].permute(1, 0, 2).reshape(width, heads * size)
        flat = F.linear(of, weight.T, p[f"b_{which}_{mark}"].reshape(-1))
        return flat.reshape(*of.shape[:2], heads, size).transpose(1, 2)

    found = F.scaled_dot_product_attention(
        projected(x, "Q"), projected(y, "K"), projected(y, "V"), attn_mask=kept
    )
    joined = p[f"W_O_{mark}"].reshape(heads * size, width)
    return F.linear(found.transpose(1, 2).flatten(2), joined.T, p[f"b_O_{mark}"])


def _network(x: Tensor, p: Values, mark: str, activation: Activation) -> Tensor:
    hidden = activation(F.linear(x, p[f"W_1_{mark}"].T, p[f"b_1_{mark}"]))
    return F.linear(hidden, p[f"W_2_{mark}"].T, p[f"b_2_{mark}"])


def _add_norm(x: Tensor, found: Tensor, p: Values, mark: str) -> Tensor:
    return _norm(x + found, p[f"gamma_{mark}"], p[f"beta_{mark}"])


def _post_norm(x: Tensor, p: Values, mark: str, activation: Activation, kept: Tensor | None = None) -> Tensor:
    x = _add_norm(x, _heads(x, x, p, mark, kept), p, f"1_{mark}")
    return _add_norm(x, _network(x, p, mark, activation), p, f"2_{mark}")


def _pre_norm(x: Tensor, p: Values, mark: str, kept: Tensor | None) -> Tensor:
    normed = _norm(x, p[f"gamma_1_{mark}"], p[f"beta_1_{mark}"])
    x = x + _heads(normed, normed, p, mark, kept)
    return x + _network(_norm(x, p[f"gamma_2_{mark}"], p[f"beta_2_{mark}"]), p, mark, F.gelu)


def _waves(x: Tensor) -> Tensor:
    """Sines in the even features and cosines in the odd ones."""
    places, width = x.shape[1:]
    even = torch.arange(0, width, 2, dtype=x.dtype)
    angles = torch.outer(torch.arange(places, dtype=x.dtype), 10000 ** (-even / width))
    return torch.stack((angles.sin(), angles.cos()), 2).flatten(1)[:, :width]


def _of_words(z: Tensor, d: Values, smoothing: float) -> Tensor:
    """The mean over the words that are no padding."""
    each = F.cross_entropy(z.flatten(0, 1), d["after"].flatten(), reduction="none", label_smoothing=smoothing)
    mask: Tensor = d["mask"].flatten()
    return (mask * each).sum() / mask.sum()
