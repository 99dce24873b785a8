"""Augmentation: the examples of training changed at random, anew in each epoch, by the seed alone.

An epoch sees each example once, so that changing all of them before it is changing each step's batch. So the
compiled backend still takes its batches in machine code, and every backend sees the same numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gradwright import registry
from gradwright.errors import UsageError, nearest
from gradwright.language.scope import Value
from gradwright.train.bind import Bound

Array = Any


@dataclass(frozen=True)
class Augmentation:
    """A change of examples at random.

    Args:
        name: Its name, before the number that says how much.
        apply: Given examples (examples, ..., height, width), how much, a generator and the number that an
            empty pixel has, the changed examples.
        usual: How much if nothing is said; None where it must be.
        most: The greatest number that may be said.
        whole: Whether it counts pixels.
        picture: Whether it changes pictures alone, all of an example's in the same way.
    """

    name: str
    apply: Callable[[Array, float, np.random.Generator, float], Array]
    usual: float | None = None
    most: float = np.inf
    whole: bool = False
    picture: bool = True


Changes = Sequence[tuple[Augmentation, float]]


def augmentations() -> dict[str, Augmentation]:
    """The known changes by name."""
    return registry.collect("gradwright.train.augment", Augmentation)


def read(said: Sequence[str], train: Bound, data: Mapping[str, Value]) -> Changes:
    """What ``shift 1`` and the like say.

    Args:
        said: The changes in their order.
        train: The examples that they are for.
        data: What the values are.

    Raises:
        UsageError: One is not known, or its number is wrong, or the examples are no pictures.
    """
    found = [_one(text) for text in said]
    names = _values(train, data)
    if found and not names:
        raise UsageError("the data has no numbers to augment but those to be told")
    for one, amount in found:
        sides = [side for name in names for side in _sides(train, name)]
        if one.picture and not sides:
            name = names[0]
            shown = ", ".join(map(str, data[name].shape))
            raise UsageError(
                f"{one.name} changes pictures, and {name} is ({shown})",
                hint="a picture has two axes beside the examples; noise goes with any numbers",
            )
        if one.whole and amount >= min(sides):
            raise UsageError(f"{one.name} {amount:g}: the pictures have sides of {min(sides)} pixels")
    return found


def changed(train: Bound, changes: Changes, seed: int, epoch: int, data: Mapping[str, Value]) -> Bound:
    """The examples as an epoch sees them.

    Args:
        train: The examples.
        changes: What is changed, in this order.
        seed: Of the training.
        epoch: How many epochs are done.
        data: What the values are.
    """
    arrays = dict(train.arrays)
    for number, (one, amount) in enumerate(changes):
        for place, name in enumerate(_values(train, data)):
            if one.picture and not _sides(train, name):
                continue
            own = [seed, epoch, number, 0 if one.picture else place]
            moved = np.moveaxis(arrays[name], train.along[name], 0)
            made = one.apply(moved, amount, np.random.default_rng(own), train.empty.get(name, 0.0))
            made = np.moveaxis(made, 0, train.along[name])
            arrays[name] = np.ascontiguousarray(made, arrays[name].dtype)
    return replace(train, arrays=arrays)


def _values(train: Bound, data: Mapping[str, Value]) -> list[str]:
    """The values of the examples that are numbers, and are not what is to be told."""
    return [
        name
        for name in train.along
        if name != train.target and train.arrays[name].dtype.kind == "f" and data[name].domain == "real"
    ]


def _sides(train: Bound, name: str) -> tuple[int, ...]:
    """The height and the width of a value's pictures; nothing if it has none."""
    shape = list(train.arrays[name].shape)
    del shape[train.along[name]]
    return tuple(shape[-2:]) if len(shape) > 1 else ()


def _one(text: str) -> tuple[Augmentation, float]:
    known = augmentations()
    name, *rest = text.split() or [""]
    if name not in known:
        hint = nearest(name, known) or f"known: {', '.join(known)}"
        raise UsageError(f"there is no augmentation {name}", hint=hint)
    one = known[name]
    try:
        numbers = [float(word) for word in rest]
    except ValueError:
        raise UsageError(f"{text}: {' '.join(rest)} is no number", hint=f"such as {name} 1") from None
    if len(numbers) > 1 or (not numbers and one.usual is None):
        raise UsageError(f"{text}: one number says how much", hint=f"such as {name} 1")
    amount = numbers[0] if numbers else float(one.usual or 0)
    if not 0 < amount <= one.most or (one.whole and amount != int(amount)):
        kind = "a whole number above 0" if one.whole else f"a number above 0, at most {one.most:g}"
        raise UsageError(f"{text}: {amount:g}, expected {kind}")
    return one, amount
