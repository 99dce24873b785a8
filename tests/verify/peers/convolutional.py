"""Convolutional networks by PyTorch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch.nn.functional as F

Given = Mapping[str, Any]
Numbers = Mapping[str, float]
Told = tuple[Any, Any]


def convolutional_network(p: Given, d: Given, c: Numbers) -> Told:
    pooled = F.max_pool2d(F.relu(F.conv2d(d["X"], p["K"], p["b1"])), 2)
    z = F.linear(pooled.flatten(1), p["W2"].flatten(0, 2).T, p["b2"])
    return F.cross_entropy(z, d["Y"].argmax(1)), z.softmax(1)
