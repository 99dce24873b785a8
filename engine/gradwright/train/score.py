"""How well a model does: its loss and the share of right answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gradwright.execute.program import Program
from gradwright.train.bind import Bound

Array = Any


def score(
    program: Program, params: Mapping[str, Array], data: Bound, batch: int = 256
) -> tuple[float, float | None]:
    """The mean loss over the examples, and the accuracy where the target is a class and a value predicts it.

    Args:
        program: The program, whose ``predict`` names the value that predicts.
        params: The parameters.
        data: The examples.
        batch: How many examples to look at at once.
    """
    losses, right, told = 0.0, 0, 0
    for begin in range(0, data.count, batch):
        places = np.arange(begin, min(begin + batch, data.count))
        part = data.take(places)
        values = program.values(params, part)
        losses += float(values[program.loss]) * len(places)
        marks = _right(program, values, part[data.target], data.target)
        if marks is not None:
            right += int(marks.sum())
            told += marks.size
    return losses / data.count, right / told if told else None


def _right(program: Program, values: Mapping[str, Array], target: Array, name: str) -> Array | None:
    """Which examples are told right; None where that has no meaning."""
    domain = program.data[name].domain
    if program.predict not in values or domain not in ("onehot", "binary", "pm1"):
        return None
    predicted = values[program.predict]
    if predicted.shape != target.shape:
        return None
    if domain == "onehot":
        return np.asarray(predicted.argmax(axis=-1) == target.argmax(axis=-1))
    if domain == "pm1":
        return np.asarray(np.where(predicted >= 0, 1, -1) == target)
    return np.asarray((predicted >= 0.5) == (target >= 0.5))
