"""The same models by PyTorch: a function for each model, found by being in a file of ``tests/verify/peers``.

A file holds the peers of a family. A function is named as its model, with ``_`` for ``-``; from parameters,
data and constants by the model's names it computes the loss and the model's prediction, with functions of
PyTorch's own and knowing nothing of the model's formulas::

    def softmax_regression(p, d, c):
        z = F.linear(d["X"], p["W"].T, p["b"])
        return F.cross_entropy(z, d["Y"].argmax(1)), z.softmax(1)

Class numbers are int64; what a training step draws (the masks of dropout) is data too. Where a model keeps
running averages, its peer takes a function ``average`` last, hands it the batch's own value under our name,
and goes on with what comes back: in training the value itself, in a prediction its average::

    m = average("m", x.mean(0))
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from gradwright.model.model import Model
from tests.models import MODELS

Tensor = Any
Tensors = Mapping[str, Tensor]
Average = Callable[[str, Tensor], Tensor]
Loss = Callable[..., tuple[Tensor, Tensor]]

FOLDER = Path(__file__).parent / "peers"


@cache
def peers() -> dict[str, Loss]:
    """The peers by the models' names."""
    wanted = {name.replace("-", "_"): name for name in MODELS}
    found: dict[str, Loss] = {}
    for path in sorted(FOLDER.glob("*.py")):
        module = importlib.import_module(f"tests.verify.peers.{path.stem}")
        for key, value in vars(module).items():
            if key in wanted and inspect.isfunction(value) and value.__module__ == module.__name__:
                assert wanted[key] not in found, f"{path.name}: {key} has a peer already"
                found[wanted[key]] = value
    return found


def compute(
    of: Model, parameters: Tensors, data: Tensors, average: Average | None = None
) -> tuple[Tensor, Tensor]:
    """The loss and the prediction of a model by its peer.

    Args:
        of: The model.
        parameters: By name.
        data: By name, what is drawn among them.
        average: What becomes of a batch's own statistics; they are taken as they are if not given.
    """
    peer = peers()[of.name]
    arguments: list[Any] = [parameters, data, dict(of.constants)]
    if len(inspect.signature(peer).parameters) > len(arguments):
        arguments.append(average or itself)
    return peer(*arguments)


def itself(name: str, value: Tensor) -> Tensor:
    """A batch's own value, as in training."""
    return value


def tensors(of: Model, arrays: Mapping[str, Any], dtype: str = "float64") -> dict[str, Tensor]:
    """Arrays of a model's data and parameters as tensors; places of an axis become int64."""
    import torch

    values = of.scope.values
    return {
        name: torch.tensor(np.asarray(array, "int64" if values[name].domain.startswith("index") else dtype))
        for name, array in arrays.items()
    }
