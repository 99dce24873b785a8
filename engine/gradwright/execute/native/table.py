"""The table of batches that compiled code reads: from where each step's examples are gathered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gradwright.execute.batches import Batches
from gradwright.execute.native.held import address

Array = Any
HEAD = ("order", "batch", "whole", "rates", "rate", "jobs")
"""What a table of batches begins with: the places of the examples, how many a batch has and how many there
are, the rate of each step and where the optimizer reads it (0: it stays), the number of arrays."""
JOB = ("target", "source", "outer", "bytes")
"""For each array: where the batch lies, where all examples lie, how often the axis of the examples is gone
through, and how many bytes lie side by side for one example."""


@dataclass
class Table:
    """A table of batches as compiled code reads it; it holds the arrays that it points to.

    Args:
        numbers: The table.
        held: The arrays.
    """

    numbers: Array
    held: list[Array] = field(default_factory=list)

    @classmethod
    def of(
        cls, batches: Batches, whole: Mapping[str, Array], made: Mapping[str, Array], rate: Array | None
    ) -> Table:
        """The table of some batches.

        Args:
            batches: Which examples each step takes.
            whole: All examples, contiguous, of the kind that the program reads.
            made: Where the batches are to lie.
            rate: Where the optimizer reads its rate, a view of one number; None where all steps have one.
        """
        order = np.ascontiguousarray(batches.order, np.int64)
        held = [order]
        rates = 0, 0
        if rate is not None:
            held += [np.ascontiguousarray(batches.rates, rate.dtype), rate]
            rates = address(held[1]), address(rate)
        examples = {array.shape[batches.along[name]] for name, array in whole.items()}
        assert len(examples) == 1 and (not order.size or 0 <= order.min() <= order.max() < max(examples))
        numbers = [address(order), order.shape[1], *examples, *rates, len(whole)]
        for name, array in whole.items():
            axis = batches.along[name]
            near = int(np.prod(array.shape[axis + 1 :])) * array.itemsize
            numbers += [address(made[name]), address(array), int(np.prod(array.shape[:axis])), near]
        return cls(np.array(numbers, np.int64), [*held, *whole.values(), *made.values()])
