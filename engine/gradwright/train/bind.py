"""Data bound to a model: which array is which value, where the examples lie, what is for training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from sympy import Symbol

from gradwright.errors import UsageError
from gradwright.language.scope import Value
from gradwright.model.model import Model
from gradwright.train.datasets import datasets, load
from gradwright.train.named import matches, named_arrays, vocabulary_sizes, wanted
from gradwright.train.places import place_sizes, places
from gradwright.train.table import Table

Array = Any
CLASSES = ("onehot", "binary", "pm1")


@dataclass(frozen=True)
class Bound:
    """A model's data values.

    Args:
        arrays: Each value in its declared shape.
        along: The axis of the examples in each array that has one.
        target: The name of the value to be told.
        sizes: The sizes of axes whose places are words.
        vocabularies: These words, by the values whose numbers are their places.
        empty: Of values that were standardised as a whole, as pictures are, what became of 0, an empty pixel.
        drawn: The values that were drawn at random, such as negative samples.
    """

    arrays: Mapping[str, Array]
    along: Mapping[str, int]
    target: str
    sizes: Mapping[str, int] = field(default_factory=dict)
    vocabularies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    empty: Mapping[str, float] = field(default_factory=dict)
    drawn: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """The number of examples."""
        name, axis = next(iter(self.along.items()))
        return int(self.arrays[name].shape[axis])

    def take(self, places: Array) -> dict[str, Array]:
        """The data of some of the examples."""
        return {
            name: np.take(array, places, axis=self.along[name]) if name in self.along else array
            for name, array in self.arrays.items()
        }

    def typed(self, dtype: str) -> Bound:
        """The same with its numbers of the given kind; whole numbers stay."""
        arrays = {
            name: array.astype(dtype) if array.dtype.kind == "f" else array
            for name, array in self.arrays.items()
        }
        return replace(self, arrays=arrays)

    def dealt(self, rng: np.random.Generator) -> Bound:
        """The same with what was drawn at random dealt out anew, each example's to another one.

        So one draw does for a training, and a word is not told from the same few others again and again. A
        word may get itself among the drawn ones, as it would by drawing anew.
        """
        order = rng.permutation(self.count)
        made = {name: np.take(self.arrays[name], order, axis=self.along[name]) for name in self.drawn}
        return replace(self, arrays={**self.arrays, **made})

    def part(self, places: Array) -> Bound:
        """The same with some of the examples."""
        return replace(self, arrays=self.take(places))


def bind(model: Model, name: str, rng: np.random.Generator) -> tuple[Bound, Bound]:
    """Training and test examples of a data set, in the sizes that the model's file gives.

    Args:
        model: The model.
        name: A data set's name, or a CSV or NPZ file.
        rng: Which examples are for the test is drawn from it.

    Raises:
        UsageError: There is no such data set, or it does not fit the model.
    """
    known = datasets().get(name)
    sizes = wanted(model, known.values, name) if known and not known.by_role else {}
    where, table = places(model), load(name, sizes)
    train, test = split(model.given, table, rng, where=where)
    if table.views or not set(model.given) <= set(table.arrays):
        return train, test
    shown = place_sizes(model, table.arrays, where)
    return replace(train, sizes=shown), replace(test, sizes=shown)


def split(
    data: Mapping[str, Value],
    table: Table,
    rng: np.random.Generator,
    share: float = 0.2,
    where: Mapping[str, str] | None = None,
) -> tuple[Bound, Bound]:
    """Training and test examples, bound to a model's data values.

    Features (and targets that are numbers) that have no names of their own are standardised by the mean and
    the standard deviation of the training examples: each feature by its own, pictures by that of all their
    pixels. Of a text a whole stretch is held out, so that no test example is beside one that is learnt from.

    Args:
        data: The model's data values, such as ``X: n d`` and ``Y: n k``.
        table: The examples.
        rng: Which examples are for the test is drawn from it.
        share: The share of the test examples, where they are drawn one by one.
        where: For values whose numbers are places of an axis, that axis.

    Raises:
        UsageError: The data set does not fit the model.
    """
    target = target_of(data)
    if table.views:
        arrays, along = named_arrays(data, table)
        drawn = tuple(key for key, one in matches(data, table.views, table.name).items() if one.view.drawn)
        whole = Bound(arrays, along, target, *vocabulary_sizes(data, table, where or {}), drawn=drawn)
        return _parts(whole, table.blocks, rng, share)
    batch = batch_axis(data, target)
    along = {name: value.shape.index(batch) for name, value in data.items() if batch in value.shape}
    if set(data) <= set(table.arrays):
        whole = Bound({name: np.asarray(table.arrays[name]) for name in data}, along, target)
        _check_axes(data, whole, table.name)
        return _parts(whole, table.blocks, rng, share)
    train, test = _parts(_from_table(data, table, target, batch, along), table.blocks, rng, share)
    return _standard(data, train, test)


def _parts(whole: Bound, blocks: Array | None, rng: np.random.Generator, share: float) -> tuple[Bound, Bound]:
    """The examples to learn from and those held out: one whole block, or some drawn one by one."""
    if blocks is not None:
        is_held = blocks == rng.integers(blocks.max() + 1)
        return whole.part(np.flatnonzero(~is_held)), whole.part(np.flatnonzero(is_held))
    order = rng.permutation(whole.count)
    held = max(1, round(share * whole.count)) if whole.count > 1 else 0
    return whole.part(np.sort(order[held:])), whole.part(np.sort(order[:held]))


def target_of(data: Mapping[str, Value]) -> str:
    """The value to be told: a class by its domain, else one called ``y``, else the last."""
    for name, value in data.items():
        if value.domain in CLASSES:
            return name
    called = [name for name in data if name in ("y", "Y", "t", "target")]
    return called[0] if called else list(data)[-1]


def batch_axis(data: Mapping[str, Value], target: str) -> Symbol:
    """The axis of the examples: one that the target shares with another value, ``n`` if it can be."""
    others = [value for name, value in data.items() if name != target] or [data[target]]
    shared = [axis for axis in data[target].shape if axis.is_Symbol and any(axis in v.shape for v in others)]
    if not shared:
        raise UsageError(f"no axis of {target} is an axis of other data: which are the examples?")
    return next((axis for axis in shared if str(axis) == "n"), shared[0])


def _check_axes(data: Mapping[str, Value], bound: Bound, name: str) -> None:
    for key, value in data.items():
        if bound.arrays[key].ndim != len(value.shape):
            axes = ", ".join(map(str, value.shape))
            raise UsageError(f"{name}: {key} is ({axes}), got an array of shape {bound.arrays[key].shape}")
    counts = {name: bound.arrays[name].shape[axis] for name, axis in bound.along.items()}
    if len(set(counts.values())) > 1:
        shown = ", ".join(f"{number} in {name}" for name, number in counts.items())
        raise UsageError(f"{name}: different numbers of examples: {shown}")


def _from_table(
    data: Mapping[str, Value], table: Table, target: str, batch: Symbol, along: Mapping[str, int]
) -> Bound:
    """Features to the one other value, targets to the target."""
    others = [name for name in data if name != target]
    if len(others) > 1 or not table.features.size:
        raise UsageError(
            f"the model needs {', '.join(data)}, which the data set {table.name} does not have",
            hint="give an .npz file with an array for each",
        )
    arrays = {target: _targets(data[target], table, target, along[target])}
    domain, sizes, words = data[target].domain, {}, {}
    if domain.startswith("index "):
        words = {target: tuple(map(str, np.unique(table.targets)))}
        sizes = {domain.split()[1]: len(words[target])}
    for name in others:
        if name not in along:
            raise UsageError(f"{name} has no axis {batch}, on which {target} has the examples")
        arrays[name] = _features(data[name], table, name, along[name])
    return Bound({name: arrays[name] for name in data}, along, target, sizes, words)


def _features(value: Value, table: Table, name: str, axis: int) -> Array:
    """The features in the shape of a value: a vector, a picture (with a channel), or a sequence of rows."""
    if value.domain.startswith("index "):
        raise UsageError(f"{name} is {value.domain}; the features of the data set {table.name} are numbers")
    array = table.features
    rank = len(value.shape) - 1
    if rank == 1:
        array = array.reshape(len(array), -1)
    elif rank == 2 and array.ndim == 2:
        array = array[:, :, None]
    elif rank == 3 and array.ndim == 3:
        array = array[:, None]
    elif rank == 0 and array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    elif rank != array.ndim - 1:
        axes = ", ".join(map(str, value.shape))
        raise UsageError(
            f"{name} is ({axes}), which the data set {table.name} of shape {array.shape} does not fit"
        )
    return np.moveaxis(array, 0, axis)


def _targets(value: Value, table: Table, name: str, axis: int) -> Array:
    """The targets in the shape of a value: one-hot rows, class numbers, 0 and 1, -1 and 1, or numbers."""
    is_place = value.domain.startswith("index ")
    if value.domain in CLASSES or is_place:
        classes, which = np.unique(table.targets, return_inverse=True)
        if value.domain == "onehot":
            if len(value.shape) != 2:
                raise UsageError(f"{name} has {len(value.shape)} axes; one class an example has 2")
            return np.moveaxis(np.eye(len(classes))[which], 0, axis)
        if not is_place and len(classes) != 2:
            raise UsageError(f"{name} tells two classes apart; the data set {table.name} has {len(classes)}")
        array = which if is_place else which.astype(np.float64)
        array = 2 * array - 1 if value.domain == "pm1" else array
    elif table.targets.dtype.kind not in "iufb":
        raise UsageError(f"{name} is a number; the targets of {table.name} are words")
    else:
        array = table.targets.astype(np.float64)
    return array if len(value.shape) == 1 else np.moveaxis(array[:, None], 0, axis)


def _standard(data: Mapping[str, Value], train: Bound, test: Bound) -> tuple[Bound, Bound]:
    """Both with mean 0 and standard deviation 1 by the training examples; classes stay."""
    first, second = dict(train.arrays), dict(test.arrays)
    empty = {}
    for name in data:
        is_class = data[name].domain in CLASSES or data[name].domain.startswith("index ")
        if is_class or name not in train.along:
            continue
        array = first[name]
        axes = (train.along[name],) if array.ndim < 3 else tuple(range(array.ndim))
        mean, spread = array.mean(axis=axes, keepdims=True), array.std(axis=axes, keepdims=True)
        spread = np.where(spread > 0, spread, 1)
        first[name], second[name] = (array - mean) / spread, (second[name] - mean) / spread
        if array.ndim >= 3:
            empty[name] = float(-mean.item() / spread.item())
    return replace(train, arrays=first, empty=empty), replace(test, arrays=second, empty=empty)
