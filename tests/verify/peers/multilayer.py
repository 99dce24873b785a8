"""Multilayer perceptrons by PyTorch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch.nn.functional as F

Given = Mapping[str, Any]
Numbers = Mapping[str, float]
Told = tuple[Any, Any]


def _dense(p: Given, x: Any, mark: str) -> Any:
    return F.linear(x, p[f"W{mark}"].T, p[f"b{mark}"])


def _classes(z: Any, d: Given) -> Told:
    return F.cross_entropy(z, d["Y"].argmax(1)), z.softmax(1)


def mlp(p: Given, d: Given, c: Numbers) -> Told:
    a = d["X"]
    for mark in sorted(name.removeprefix("W") for name in p if name.startswith("W_")):
        a = F.relu(_dense(p, a, mark))
    return _classes(_dense(p, a, ""), d)


def dropout_mlp(p: Given, d: Given, c: Numbers) -> Told:
    a = d["X"]
    for mark in ("_0", "_1"):
        a = F.relu(_dense(p, a, mark)) * d[f"D{mark}"] / c["keep"]
    return _classes(_dense(p, a, ""), d)


def binary_mlp(p: Given, d: Given, c: Numbers) -> Told:
    a = F.relu(_dense(p, F.relu(_dense(p, d["X"], "_0")), "_1"))
    z = a.mv(p["w"]) + p["b"]
    return F.binary_cross_entropy_with_logits(z, d["y"]), z.sigmoid()


def regression_mlp(p: Given, d: Given, c: Numbers) -> Told:
    a = F.relu(_dense(p, F.relu(_dense(p, d["X"], "_0")), "_1"))
    told = a.mv(p["w"]) + p["b"]
    return F.mse_loss(told, d["y"]), told
