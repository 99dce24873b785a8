"""Deep convolutional networks by PyTorch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
import torch.nn.functional as F

Given = Mapping[str, Any]
Numbers = Mapping[str, float]
Told = tuple[Any, Any]
Average = Callable[[str, Any], Any]


def _flat(p: Given, x: Any, weight: str, bias: str) -> Any:
    return F.linear(x.flatten(1), p[weight].flatten(0, 2).T, p[bias])


def deep_convolutional_network(p: Given, d: Given, c: Numbers) -> Told:
    x = d["X"]
    for mark in "12":
        x = F.max_pool2d(F.relu(F.conv2d(x, p[f"K_{mark}"], p[f"b_{mark}"], padding=1)), 2)
    z = _flat(p, d["D"] * x / c["keep"], "W", "b")
    return F.cross_entropy(z, d["Y"].argmax(1)), z.softmax(1)


def lenet(p: Given, d: Given, c: Numbers) -> Told:
    x = d["X"]
    for mark in "12":
        x = F.avg_pool2d(torch.tanh(F.conv2d(x, p[f"K_{mark}"], p[f"b_{mark}"], padding="same")), 2)
    z = F.linear(torch.tanh(_flat(p, x, "W_3", "b_3")), p["W_4"].T, p["b_4"])
    return F.cross_entropy(z, d["Y"].argmax(1)), z.softmax(1)


def residual_network(p: Given, d: Given, c: Numbers, average: Average) -> Told:
    def normal(x: Any, value: str, mark: str) -> Any:
        """Batch normalisation: by the batch itself, or by the averages where these stand for it."""
        variance, mean = torch.var_mean(x, (0, 2, 3), unbiased=False, keepdim=True)
        means, variances = average(f"{value}_m", mean), average(f"{value}_v", variance)
        affine = p[f"gamma_{mark}"], p[f"beta_{mark}"]
        if means is mean:
            return F.batch_norm(x, None, None, *affine, training=True, eps=1e-5)
        return F.batch_norm(x, means.flatten(), variances.flatten(), *affine, eps=1e-5)

    def block(x: Any, mark: str, stride: int) -> Any:
        first = F.conv2d(x, p[f"K_1_{mark}"], stride=stride, padding=1)
        hidden = F.relu(normal(first, f"N_1_{mark}", f"1_{mark}"))
        return normal(F.conv2d(hidden, p[f"K_2_{mark}"], padding=1), f"N_{mark}", f"2_{mark}")

    a = F.relu(normal(F.conv2d(d["X"], p["K_0"], padding=1), "N_0", "0"))
    a = F.relu(a + block(a, "i", 1))
    shortcut = normal(F.conv2d(a, p["K_p_d"], stride=2), "R_d", "p_d")
    a = F.relu(shortcut + block(a, "d", 2))
    z = F.linear(F.adaptive_avg_pool2d(a, 1).flatten(1), p["W"].T, p["b"])
    return F.cross_entropy(z, d["Y"].argmax(1), label_smoothing=c["alpha"]), z.softmax(1)
