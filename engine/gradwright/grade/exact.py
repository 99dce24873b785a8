"""Two values at a point compared without error, where balls of any precision do not tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from flint import arb

from gradwright.errors import GradwrightError
from gradwright.execute.evaluate import evaluate
from gradwright.execute.rationals import RATIONAL
from gradwright.grade.compare import AGREE, DIFFER, LOST, Comparison, shown
from gradwright.grade.side import Side
from gradwright.language.scope import Composite
from gradwright.language.tree import Binary, Call, Compare, Item, Number, Tree, children, walk
from gradwright.language.words import listed

Array = Any

_WORK = 50_000
_LARGEST, _MANY = 20_000, 8
_CHOOSING = listed("where clip max min maximum minimum step heaviside sign ones_like zeros_like shape size")


def exactly(
    right: Side,
    got: Side,
    arrays: Mapping[str, Array],
    sizes: Mapping[str, int],
    composites: Mapping[str, Composite],
) -> Comparison | None:
    """The comparison in rational arithmetic, or None where a side is not rational or has no value.

    Args:
        right: The reference's side.
        got: The answer's side.
        arrays: The values of the names, exact as floats.
        sizes: The number of places of each axis.
        composites: The functions that are formulas.
    """
    if max(_growth(right.tree), _growth(got.tree)) > _LARGEST:
        return None
    try:
        expected = evaluate(right.tree, arrays, sizes, composites, RATIONAL, _WORK, right.bound(sizes))
    except (GradwrightError, ArithmeticError, ValueError, TypeError, KeyError):
        return None
    try:
        found = evaluate(got.tree, arrays, sizes, composites, RATIONAL, _WORK, got.bound(sizes))
    except ZeroDivisionError:
        place = (0,) * expected.ndim
        lost = Comparison(LOST, place, _number(expected[place]), float("nan"), proof="fractions")
        return lost if _has_no_choice(got.tree) else None
    except (GradwrightError, ArithmeticError, ValueError, TypeError, KeyError):
        return None
    if expected.shape != found.shape:
        return None
    for place in np.ndindex(expected.shape):
        if expected[place] != found[place]:
            right_one, one = expected[place], found[place]
            gap = shown(arb(one - right_one))
            return Comparison(DIFFER, place, _number(right_one), _number(one), gap, "fractions")
    return Comparison(AGREE)


def _growth(tree: Tree) -> int:
    """How many times as long as its entries the numbers of a tree may be, roughly."""
    parts = sum(map(_growth, children(tree)))
    match tree:
        case Binary(operator="**") | Call(function="mpow"):
            exponent = children(tree)[1]
            count = abs(exponent.value) if isinstance(exponent, Number) else _MANY
            return int(max(count, 1)) * parts
        case Call():
            return min(parts, _LARGEST) * (2 if tree.function == "square" else _MANY)
        case _:
            return max(parts, 1)


def _number(value: Any) -> float:
    return int(value.p) / int(value.q)


def _has_no_choice(tree: Tree) -> bool:
    """Whether a value that does not exist anywhere inside leaves no value of the whole."""
    return not any(
        isinstance(node, Compare | Item) or (isinstance(node, Call) and node.function in _CHOOSING)
        for node in walk(tree)
    )
