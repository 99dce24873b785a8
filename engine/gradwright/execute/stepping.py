"""Training steps by the interpreter, one after the other."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from gradwright.execute.batches import Batches
from gradwright.execute.state import State
from gradwright.execute.update import Update, in_numpy

Array = Any
Slope = Callable[[Array, Mapping[str, Array]], tuple[float, Array | None]]
"""The loss, and its gradient by the vector of all parameters' numbers if the loss is finite."""


def train(
    state: State,
    data: Mapping[str, Array],
    optimizer: Update,
    settings: Mapping[str, float],
    steps: int | Batches,
    slope: Slope,
) -> Array:
    """Training steps, in place; the losses before each, ending with one that is not finite.

    Args:
        state: The parameters and the optimizer's slots.
        data: One batch, or the first.
        optimizer: Its formulas.
        settings: The values of its settings, but for ``step``.
        steps: How many steps, or a batch for each.
        slope: Gives the loss and the gradient.
    """
    batches = None if isinstance(steps, int) else steps
    losses = np.empty(steps if isinstance(steps, int) else len(steps.order))
    for number in range(len(losses)):
        if batches is not None:
            data = {**data, **batches.batch(number)}
            if batches.rates is not None:
                settings = {**settings, "learning_rate": float(batches.rates[number])}
        state.count += 1
        losses[number], gradient = slope(state.slots["w"], data)
        if gradient is not None:
            vectors = {**state.slots, "g": gradient}
            in_numpy(optimizer, vectors, {**settings, "step": float(state.count)})
        if not math.isfinite(losses[number]):
            return losses[: number + 1]
    return losses


def until_wrong(losses: Array) -> Array:
    """A copy of the losses up to the first that is not finite, that one too."""
    wrong = np.flatnonzero(~np.isfinite(losses))
    return losses[: wrong[0] + 1 if wrong.size else len(losses)].copy()
