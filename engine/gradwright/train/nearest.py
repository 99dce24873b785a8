"""The nearest words of a word: by the cosine of the vectors that a model learns for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from gradwright.errors import UsageError, nearest
from gradwright.model.model import Model
from gradwright.tensor.nodes import size
from gradwright.train.bind import Bound
from gradwright.train.places import places

Array = Any


class Neighbour(NamedTuple):
    """A word, and the cosine of the angle between its vector and that of the word asked about."""

    word: str
    cosine: float


@dataclass(frozen=True)
class Vectors:
    """Words as vectors.

    Args:
        words: The words.
        rows: The vector of each, of length 1 or all zeros (words, features).
    """

    words: tuple[str, ...]
    rows: Array

    def around(self, word: str, top: int) -> tuple[Neighbour, ...]:
        """The words nearest to one of them, itself left out, the nearest first.

        >>> vectors = Vectors(("list", "tuple", "raise"), np.array([[1.0, 0.0], [0.8, 0.6], [0.0, 1.0]]))
        >>> vectors.around("list", 1)
        (Neighbour(word='tuple', cosine=0.8),)
        """
        place = self.words.index(word)
        cosines = self.rows @ self.rows[place]
        order = [other for other in np.argsort(-cosines, kind="stable") if other != place]
        return tuple(Neighbour(self.words[other], float(cosines[other])) for other in order[:top])


@dataclass(frozen=True)
class Tables:
    """Parameters that have a vector for each word.

    Args:
        axes: By the parameters' names the axis of the words; the vectors of several are added.
        words: The words.
    """

    axes: Mapping[str, int]
    words: tuple[str, ...]

    def check(self, word: str) -> None:
        """Raise a ``UsageError`` if a word is none of these."""
        if word not in self.words:
            few = ", ".join(self.words[:5])
            hint = nearest(word, self.words) or f"it has {len(self.words)} words, such as {few}"
            raise UsageError(f"the word {word!r} is not in the vocabulary", hint=hint)

    def vectors(self, params: Mapping[str, Array]) -> Vectors:
        """The words' vectors, scaled to length 1.

        Raises:
            UsageError: The tables are of other lengths than the words or than each other.
        """
        found = {name: _rows(params[name], axis) for name, axis in self.axes.items()}
        for name, rows in found.items():
            if len(rows) != len(self.words):
                raise UsageError(
                    f"{name} has vectors of {len(rows)} words, and the data has {len(self.words)} words",
                    hint="name the data set that it was learnt from with --data",
                )
        lengths = {name: rows.shape[1] for name, rows in found.items()}
        if len(set(lengths.values())) > 1:
            shown = ", ".join(f"{name} {length}" for name, length in lengths.items())
            raise UsageError(f"vectors of different lengths can't be added: {shown}")
        total = np.sum(list(found.values()), axis=0)
        norm = np.linalg.norm(total, axis=1, keepdims=True)
        return Vectors(self.words, total / np.where(norm > 0, norm, 1))


def tables(model: Model, data: Bound, said: str = "") -> Tables:
    """The tables of a model's words.

    Args:
        model: The model.
        data: Its examples, which know the words.
        said: Names of parameters with ``+`` between; else as the model's file says, else the first that has
            a vector for each word.

    Raises:
        UsageError: There are no words, there is no such table, or the tables are of different words.
    """
    known = _tables(model, data)
    if not known:
        raise UsageError(
            f"{model.name} learns no vectors of words: no parameter has an axis of the data's words"
        )
    names = [one.strip() for one in (said or model.training.vectors or next(iter(known))).split("+")]
    for name in names:
        if name not in known:
            hint = nearest(name, known) or f"it has {', '.join(known)}"
            raise UsageError(f"{model.name} has no table {name!r} of words", hint=hint)
        if known[name][1] != known[names[0]][1]:
            raise UsageError(f"{names[0]} and {name} are vectors of different words", hint="name one of them")
    return Tables({name: known[name][0] for name in names}, known[names[0]][1])


def _tables(model: Model, data: Bound) -> dict[str, tuple[int, tuple[str, ...]]]:
    """The parameters with a vector for each word: the axis of the words, and these."""
    where = places(model)
    words = {size(where[key]): found for key, found in data.vocabularies.items() if key in where}
    known = {}
    for name, parameter in model.parameters.items():
        shape = parameter.value.shape
        axis = next((axis for axis, extent in enumerate(shape) if extent in words), None)
        if axis is not None and len(shape) > 1:
            known[name] = axis, words[shape[axis]]
    return known


def _rows(array: Array, axis: int) -> Array:
    """A vector for each place of an axis, float64."""
    first = np.moveaxis(np.asarray(array, float), axis, 0)
    return first.reshape(len(first), -1)
