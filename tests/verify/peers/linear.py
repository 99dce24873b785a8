"""Linear models by PyTorch: a target that is a number, two classes, many classes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
import torch.nn.functional as F

Given = Mapping[str, Any]
Numbers = Mapping[str, float]
Told = tuple[Any, Any]


def linear_regression(p: Given, d: Given, c: Numbers) -> Told:
    told = torch.mv(d["X"], p["w"])
    return F.mse_loss(told, d["y"]), told


def ridge_regression(p: Given, d: Given, c: Numbers) -> Told:
    told = torch.mv(d["X"], p["w"])
    return F.mse_loss(told, d["y"]) + c["lam"] * torch.linalg.vector_norm(p["w"]) ** 2, told


def logistic_regression(p: Given, d: Given, c: Numbers) -> Told:
    z = torch.mv(d["X"], p["w"]) + p["b"]
    return F.binary_cross_entropy_with_logits(z, d["y"]), z.sigmoid()


def perceptron(p: Given, d: Given, c: Numbers) -> Told:
    z = torch.mv(d["X"], p["w"]) + p["b"]
    return F.relu(-d["y"] * z).mean(), z


def softmax_regression(p: Given, d: Given, c: Numbers) -> Told:
    z = F.linear(d["X"], p["W"].T, p["b"])
    return F.cross_entropy(z, d["Y"].argmax(1)), z.softmax(1)
