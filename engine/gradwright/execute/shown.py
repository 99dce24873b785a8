"""Given arrays held against what is declared: the sizes that they show, and those that follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sympy import Expr, Symbol

from gradwright.errors import UsageError, nearest
from gradwright.execute.affine import closed, whole
from gradwright.language.scope import Value

Array = Any


def shown(arrays: Mapping[str, Array], declared: Mapping[str, Value]) -> dict[str, int]:
    """The sizes of the axes of the arrays that are declared.

    Raises:
        UsageError: An array has the wrong number of axes, or two arrays show different sizes.
    """
    found: dict[str, int] = {}
    where: dict[str, str] = {}
    for name, value in declared.items():
        if name not in arrays:
            continue
        shape = np.shape(arrays[name])
        if len(shape) != len(value.shape):
            names = ", ".join(map(str, value.shape))
            raise UsageError(f"{name} is ({names}), got an array of shape {shape}")
        for extent, number in zip(value.shape, shape, strict=True):
            axis = str(extent) if extent.is_Symbol else ""
            if axis and found.setdefault(axis, number) != number:
                raise UsageError(f"{axis} is {found[axis]} in {where[axis]} but {number} in {name}")
            where.setdefault(axis, name)
    return found


def completed(sizes: Mapping[str, int], equations: Sequence[tuple[Symbol, Expr]]) -> dict[str, int]:
    """The sizes with those that follow from others.

    Raises:
        UsageError: One of them has no place.
    """
    found = dict(sizes)
    for left, right in closed(equations).items():
        if {str(symbol) for symbol in right.free_symbols} <= set(found):
            number = whole(right, found)
            if number < 1:
                raise UsageError(f"{left} = {right} is {number}: the sizes are too small")
            found[str(left)] = number
    return found


def check(arrays: Mapping[str, Array], declared: Mapping[str, Value], sizes: Mapping[str, int]) -> None:
    """Hold the arrays' shapes against the sizes.

    Raises:
        UsageError: An array has another shape.
    """
    for name, value in declared.items():
        expected = tuple(whole(extent, sizes) for extent in value.shape)
        if name in arrays and expected != np.shape(arrays[name]):
            raise UsageError(f"{name} must have the shape {expected}, got {np.shape(arrays[name])}")


def checked(given: Mapping[str, Array], declared: Mapping[str, Value]) -> dict[str, Array]:
    """The declared values among those given, as arrays.

    Raises:
        UsageError: One is missing.
    """
    for name in declared:
        if name not in given:
            raise UsageError(f"the value {name} is missing", hint=nearest(name, given))
    return {name: np.asarray(given[name]) for name in declared}
