"""A data set's named values matched with those that a model declares: by name, each axis with its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sympy import Expr

from gradwright.errors import UsageError
from gradwright.language.scope import Shape, Value
from gradwright.model.model import Model
from gradwright.train.places import places
from gradwright.train.table import EXAMPLES, Table, View

Array = Any
LABEL = "label"
ALIASES = ("y", "Y", "target")
"""What a model may call a set's label."""
WHOLE = ("count", "posint")


@dataclass(frozen=True)
class Match:
    """A model's value and the set's value that it is.

    Args:
        source: The set's name of it.
        axes: For each axis of the set's value, in the model's order, its name.
        view: What the set says of it.
    """

    source: str
    axes: tuple[str, ...]
    view: View

    @property
    def order(self) -> tuple[int, ...]:
        """The set's axes in the model's order."""
        return tuple(self.view.names.index(axis) for axis in self.axes)


def matches(data: Mapping[str, Value], views: Mapping[str, View], name: str) -> dict[str, Match]:
    """For each of a model's data values the set's value that it is.

    Args:
        data: The model's data values.
        views: The set's values.
        name: The set.

    Raises:
        UsageError: The set has no such value, or one with other axes.

        >>> from gradwright.model.declare import shape_of
        >>> data = {"source": Value(shape_of("S n"), "index u")}
        >>> matches(data, {"source": View("n s", "u")}, "numbers")["source"].order
        (1, 0)
    """
    found = {}
    for key, value in data.items():
        source = LABEL if key in ALIASES and key not in views and LABEL in views else key
        if source not in views:
            has = ", ".join(f"{other} ({view.axes})" for other, view in views.items())
            raise UsageError(
                f"the model needs {key}, which the data set {name} does not have", hint=f"it has {has}"
            )
        found[key] = Match(source, _axes(key, value, views[source], name), views[source])
    return found


def _axes(key: str, value: Value, view: View, name: str) -> tuple[str, ...]:
    """The set's axes in the model's order: those of one name first, in whatever case, the rest in turn."""
    shape = value.shape[:-1] if value.domain == "onehot" else value.shape
    if len(shape) != len(view.names):
        declared = ", ".join(map(str, value.shape))
        raise UsageError(
            f"{key} is ({declared}); the data set {name} has it as ({', '.join(view.names)})",
            hint=f'declare axes = "{view.axes}" in any order; one-hot rows have one axis more',
        )
    rest, found = list(view.names), dict.fromkeys(range(len(shape)), "")
    for same in (str, lambda text: str(text).lower(), lambda text: ""):
        for place, extent in enumerate(shape):
            axis = next((one for one in rest if same(one) == same(extent)), "")
            if axis and not found[place]:
                found[place] = axis
                rest.remove(axis)
    return tuple(found.values())


def wanted(model: Model, views: Mapping[str, View], name: str) -> dict[str, int]:
    """The sizes that a model's file gives to axes of a set, by the set's names, but for the examples."""
    where = places(model)
    found: dict[str, int] = {}
    for key, match in matches(model.given, views, name).items():
        shape: Shape = model.given[key].shape
        pairs = [(axis, _size(extent, model)) for axis, extent in zip(match.axes, shape, strict=False)]
        if match.view.of and key in where:
            pairs.append((match.view.of, model.sizes.get(where[key])))
        found |= {axis: size for axis, size in pairs if size is not None and axis != EXAMPLES}
    return found


def _size(extent: Expr, model: Model) -> int | None:
    return int(extent) if extent.is_Integer else model.sizes.get(str(extent))


def named_arrays(data: Mapping[str, Value], table: Table) -> tuple[dict[str, Array], dict[str, int]]:
    """A set's values as a model declares them, and the axis of the examples in each.

    Raises:
        UsageError: A value is not what the set has under its name.
    """
    found = matches(data, table.views, table.name)
    arrays = {
        key: _converted(key, data[key], table.arrays[match.source].transpose(match.order), match, table)
        for key, match in found.items()
    }
    along = {key: match.axes.index(EXAMPLES) for key, match in found.items() if EXAMPLES in match.axes}
    return arrays, along


def vocabulary_sizes(
    data: Mapping[str, Value], table: Table, where: Mapping[str, str]
) -> tuple[dict[str, int], dict[str, tuple[str, ...]]]:
    """The sizes of axes that a set's vocabularies fix, and these, by the model's names of the values.

    Raises:
        UsageError: One axis is said to be of two vocabularies.
    """
    sizes: dict[str, int] = {}
    first: dict[str, str] = {}
    words = {}
    for key, match in matches(data, table.views, table.name).items():
        if match.source not in table.vocabularies:
            continue
        words[key] = table.vocabularies[match.source]
        axis = where.get(key)
        if axis and words[first.setdefault(axis, key)] != words[key]:
            other = first[axis]
            raise UsageError(
                f"{other} and {key} are places of {axis}, but the data set {table.name} has other words for "
                f"{other} ({len(words[other])}) than for {key} ({len(words[key])})",
                hint="declare an axis for each",
            )
        if axis:
            sizes[axis] = len(words[key])
    return sizes, words


def _converted(key: str, value: Value, array: Array, match: Match, table: Table) -> Array:
    """An array in the numbers of a domain: places, one-hot rows, 0 and 1, -1 and 1, or numbers."""
    words = table.vocabularies.get(match.source, ())
    if value.domain.startswith("index ") and not match.view.of:
        raise UsageError(f"{key} is {value.domain}; in the data set {table.name} it is numbers, no places")
    if value.domain in ("onehot", "binary", "pm1"):
        if not words or (value.domain != "onehot" and len(words) != 2):
            kind = f"one of {len(words)} words" if words else "numbers"
            raise UsageError(f"{key} is {value.domain}; in the data set {table.name} it is {kind}")
        if value.domain == "onehot":
            return np.eye(len(words))[array]
        return array * 2.0 - 1 if value.domain == "pm1" else array.astype(np.float64)
    is_whole = value.domain.startswith("index ") or value.domain in WHOLE or match.view.of
    return array if is_whole and array.dtype.kind in "iu" else array.astype(np.float64)
