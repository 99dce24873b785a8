"""What a training step changes, and the vectors of all parameters' numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gradwright.execute.affine import whole
from gradwright.language.scope import Value

Array = Any


@dataclass
class State:
    """What a training step changes: each of the optimizer's slots is one vector of all parameters' numbers.

    Args:
        slots: The vectors by name, the parameters ``w`` first.
        count: The number of steps done.
        seed: Of what is drawn in every step.
        averages: Of values that an average over the steps stands for in predictions, that average.
    """

    slots: dict[str, Array]
    count: int = 0
    seed: int = 0
    averages: dict[str, Array] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.slots = {name: on_a_line(vector) for name, vector in self.slots.items()}


LINE = 64
"""The bytes of a line of the cache: a vector that crosses one takes two loads."""


def on_a_line(vector: Array) -> Array:
    """A copy that begins with a line of the cache; the vector itself if it does."""
    if vector.ctypes.data % LINE == 0:
        return vector
    made = blank(vector.size, vector.dtype)
    made[:] = vector
    return made


def blank(count: int, dtype: Any) -> Array:
    """A vector without values that begins with a line of the cache."""
    size = count * np.dtype(dtype).itemsize
    memory = np.empty(size + LINE, np.uint8)
    begin = -memory.ctypes.data % LINE
    return memory[begin : begin + size].view(dtype)


def flat(arrays: Mapping[str, Array], names: Iterable[str], dtype: str) -> Array:
    """All parameters' numbers as one vector."""
    found = [np.ravel(arrays[name]) for name in names]
    made = blank(sum(map(len, found)), dtype)
    return np.concatenate(found, out=made, casting="unsafe")


def parts(vector: Array, parameters: Mapping[str, Value], sizes: Mapping[str, int]) -> dict[str, Array]:
    """Views of a vector of all parameters' numbers in the parameters' shapes."""
    found, at = {}, 0
    for name, value in parameters.items():
        shape = [whole(extent, sizes) for extent in value.shape]
        count = math.prod(shape)
        found[name] = vector[at : at + count].reshape(shape)
        at += count
    assert at == vector.size, (at, vector.size)
    return found
