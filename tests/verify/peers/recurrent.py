"""Recurrent networks by PyTorch's own cells, whose gates stand in one matrix."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
import torch.nn.functional as F

Given = Mapping[str, Any]
Numbers = Mapping[str, float]
Told = tuple[Any, Any]


def rnn_classifier(p: Given, d: Given, c: Numbers) -> Told:
    start = d["x"].new_zeros(1, d["x"].shape[1], len(p["b"]))
    weights = [p["Wx"].T, p["Wh"].T, p["b"], torch.zeros_like(p["b"])]
    _, last = torch.rnn_tanh(d["x"], start, weights, True, 1, 0.0, False, False, False)
    z = F.linear(last[0], p["V"].T, p["c"])
    return F.cross_entropy(z, d["Y"].argmax(1)), z.softmax(1)


def lstm_classifier(p: Given, d: Given, c: Numbers) -> Told:
    gates = "ifgo"
    start = d["x"].new_zeros(1, d["x"].shape[1], len(p["b_i"]))
    bias = torch.cat([p[f"b_{gate}"] for gate in gates])
    weights = [torch.cat([p[f"{kind}_{gate}"].T for gate in gates]) for kind in "WU"]
    given = [*weights, bias, torch.zeros_like(bias)]
    _, last, _ = torch.lstm(d["x"], (start, start), given, True, 1, 0.0, False, False, False)
    z = F.linear(last[0], p["V"].T, p["b_y"])
    return F.cross_entropy(z, d["Y"].argmax(1)), z.softmax(1)
