"""Arrays whose axes are labelled with indices, so that two of them meet axis by axis whatever their order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradwright.tensor.nodes import Index

Array = Any


@dataclass(frozen=True)
class Labelled:
    """An array with one index an axis."""

    axes: tuple[Index, ...]
    array: Array

    def along(self, axes: Sequence[Index]) -> Array:
        """The array with the given axes in order; one that it lacks has one place."""
        order = [self.axes.index(index) for index in axes if index in self.axes]
        assert len(order) == len(self.axes), (self.axes, axes)
        shape = [1] * len(axes)
        for place, index in enumerate(axes):
            if index in self.axes:
                shape[place] = self.array.shape[self.axes.index(index)]
        return np.transpose(self.array, order).reshape(shape)


def scalar(value: Any) -> Labelled:
    """A value without axes."""
    return Labelled((), np.asarray(value))


def union(parts: Sequence[Labelled]) -> tuple[Index, ...]:
    """The axes of all, each once, in the order in which they come."""
    return tuple(dict.fromkeys(index for part in parts for index in part.axes))


def combine(function: Callable[..., Array], *parts: Labelled) -> Labelled:
    """``function`` applied place by place."""
    if len(parts) == 1:
        return Labelled(parts[0].axes, function(parts[0].array))
    axes = union(parts)
    return Labelled(axes, np.asarray(function(*(part.along(axes) for part in parts))))
