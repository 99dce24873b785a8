"""Functions of two numbers by PyTorch: a loss alone, with nothing to predict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

Given = Mapping[str, Any]
Numbers = Mapping[str, float]


def saddle(p: Given, d: Given, c: Numbers) -> tuple[Any, None]:
    return torch.square(p["x"]) - torch.square(p["y"]) + 0.5 * torch.pow(p["y"], 4), None


def ravine(p: Given, d: Given, c: Numbers) -> tuple[Any, None]:
    curvatures = torch.tensor([1.0, 50.0], dtype=p["x"].dtype)
    return 0.5 * torch.dot(curvatures, torch.stack([p["x"], p["y"]]) ** 2), None
