"""What a data set is: examples as arrays, the axes and words of these, and a record that makes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Array = Any
EXAMPLES = "n"
"""The axis of the examples in a data set's own names."""
PAD, START, END = "<pad>", "<start>", "<end>"
"""Words that no text has: what fills up a short row, and what a row begins and ends with."""


@dataclass(frozen=True)
class View:
    """One value that a data set gives.

    Args:
        axes: The names of its axes, such as ``n t``.
        of: Where its numbers are places of an axis, that axis, such as ``v`` for the places of words.
        drawn: Whether its numbers were drawn at random, whatever else the example holds, so that another
            example's do as well.
    """

    axes: str
    of: str = ""
    drawn: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The axes' names."""
        return tuple(self.axes.split())


@dataclass(frozen=True)
class Table:
    """Examples: what is known of each, and what is to be told.

    Args:
        features: (examples, features), or (examples, rows, columns) for pictures.
        targets: (examples,), classes or numbers.
        arrays: Values under names of their own, where a set or a file gives them so.
        views: What the axes of these are; those of a file are as the model declares.
        vocabularies: By a value's name the words whose places its numbers are.
        blocks: For each example the stretch of the source that it is from, where a whole stretch must be
            kept for the test; None where examples may be told apart one by one.
    """

    name: str
    features: Array = field(default_factory=lambda: np.empty((0, 0)))
    targets: Array = field(default_factory=lambda: np.empty(0))
    arrays: Mapping[str, Array] = field(default_factory=dict)
    views: Mapping[str, View] = field(default_factory=dict)
    vocabularies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    blocks: Array | None = None


@dataclass(frozen=True)
class Dataset:
    """A data set that is known by name; its title is in the catalogue of messages.

    Args:
        make: The examples, from wanted sizes of the set's own axes; those it can't follow it leaves alone.
        values: What it gives.
        by_role: Whether a model names the values as it likes: one of features, one to be told.
    """

    name: str
    make: Callable[[Mapping[str, int]], Table]
    values: Mapping[str, View]
    by_role: bool = False
