"""Values whose numbers are places of an axis, such as words: which axis, and how many places it has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gradwright.errors import UsageError
from gradwright.model.model import Model
from gradwright.tensor.nodes import Entry

Array = Any


def places(model: Model) -> dict[str, str]:
    """For each data value whose numbers are places of a named axis, that axis: declared, or where it gathers.

    An undeclared one such as ``E[tokens]`` with ``E: v d`` tells the places of ``v``.
    """
    found = {
        name: value.domain.split()[1]
        for name, value in model.given.items()
        if value.domain.startswith("index ")
    }
    shapes = model.shapes
    for definition in model.definitions:
        for entry in sorted(definition.tensor.entry.atoms(Entry), key=str):
            for index, extent in zip(entry.indices, shapes[entry.name].shape, strict=True):
                if isinstance(index, Entry) and index.name in model.given and extent.is_Symbol:
                    found.setdefault(index.name, str(extent))
    return found


def place_sizes(model: Model, arrays: Mapping[str, Array], where: Mapping[str, str]) -> dict[str, int]:
    """The sizes of axes of which nothing is known but which places a file's arrays name.

    Args:
        model: The model.
        arrays: Its data values.
        where: For those whose numbers are places of an axis, that axis.

    Raises:
        UsageError: A value is no whole numbers, or names a place that its axis does not have.
    """
    shown = dict(model.sizes)
    for key, value in model.given.items():
        shown |= {str(extent): arrays[key].shape[axis] for axis, extent in enumerate(value.shape)}
    found: dict[str, int] = {}
    for key, axis in where.items():
        array = arrays[key]
        if array.dtype.kind not in "iu":
            raise UsageError(f"{key} is places of {axis}, whole numbers; its array is of {array.dtype}")
        most, least = int(array.max(initial=0)), int(array.min(initial=0))
        if least < 0 or most >= shown.get(axis, most + 1):
            wrong = least if least < 0 else most
            last = shown.get(axis, most + 1) - 1
            raise UsageError(
                f"{key} names the place {wrong} of {axis}, whose places are 0 to {last}",
                hint=f"give {axis} a larger size in [sizes], or mend the file",
            )
        found[axis] = max(found.get(axis, 1), most + 1)
    return {axis: count for axis, count in found.items() if axis not in shown}
