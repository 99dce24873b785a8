"""The batches of training steps: which examples of a whole data set each step takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = Any


@dataclass(frozen=True)
class Batches:
    """The batches of some steps.

    Args:
        arrays: The values that have an axis of examples, with all examples.
        along: That axis.
        order: The places of the examples of each step (steps, batch).
        rates: The learning rate of each step (steps,), where it is not the same for all.
    """

    arrays: Mapping[str, Array]
    along: Mapping[str, int]
    order: Array
    rates: Array | None = None

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of a batch of a value."""
        axis, shape = self.along[name], self.arrays[name].shape
        return (*shape[:axis], self.order.shape[1], *shape[axis + 1 :])

    def batch(self, step: int) -> dict[str, Array]:
        """The data of one step."""
        return {
            name: np.take(array, self.order[step], axis=self.along[name])
            for name, array in self.arrays.items()
        }
