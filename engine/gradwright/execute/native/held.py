"""The memory of a compiled program, and the values that lie in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gradwright.execute.native.form import ALIGNMENT, Output

Array = Any


def address(array: Array) -> int:
    """Where an array's first number lies."""
    return int(array.__array_interface__["data"][0])


def seen(memory: Array, one: Output) -> Array:
    """The entries of a value in a memory."""
    steps = [stride * memory.itemsize for stride in one.strides]
    return np.lib.stride_tricks.as_strided(memory[one.first :], one.shape, steps)


@dataclass
class Memory:
    """The memory of a program: made once, used at every call.

    Args:
        numbers: All made values, and zeros around them.
        integers: All made whole numbers.
        told: What is written down of each step.
    """

    numbers: Array
    integers: Array
    told: Array
    sync: Array = field(default_factory=lambda: np.zeros(64, np.int64))
    step: Array = field(default_factory=lambda: np.zeros(1))

    @classmethod
    def of(cls, count: int, integers: int, dtype: Any) -> Memory:
        """Memory for so many numbers, the first of which lies where a vector may begin."""
        spare = 64 // dtype.itemsize
        numbers = np.zeros(count + 2 * spare + ALIGNMENT, dtype)
        first = -address(numbers) // dtype.itemsize % spare
        return cls(numbers[first:], np.zeros(integers, np.int32), np.zeros(1, dtype))
