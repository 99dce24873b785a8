"""Numbers at which an expression may change its formula, and values drawn around them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
from numpy.random import Generator

from gradwright.language.scope import Value
from gradwright.language.tree import Call, Compare, Number, Tree, walk
from gradwright.language.words import ALIASES, listed

Array = Any

_CHOOSING = listed("maximum minimum max min clip where relu step heaviside sign abs floor ceil")
_MOST, _HUGE = 4, 10**300
_SIGNED = listed("real nonzero away0 wide")


def thresholds(trees: Iterable[Tree]) -> tuple[float, ...]:
    """The numbers that stand in comparisons and choices, as ``6`` in ``clip(x, 0, 6)``.

    >>> from gradwright.language.parse import parse
    >>> thresholds([parse("2*x + (x > 100)")])
    (100.0,)
    """
    return tuple(number for number in _numbers(trees, _chooses) if number)[:_MOST]


def marks(trees: Iterable[Tree]) -> tuple[float, ...]:
    """The numbers that something is equal to or not, as ``0`` in ``x == 0``."""
    return _numbers(trees, _marks)[:_MOST]


def _chooses(node: Tree) -> bool:
    if isinstance(node, Call):
        return ALIASES.get(node.function, node.function) in _CHOOSING
    return isinstance(node, Compare)


def _marks(node: Tree) -> bool:
    return isinstance(node, Compare) and node.operator in ("==", "!=")


def _numbers(trees: Iterable[Tree], place: Callable[[Tree], bool]) -> tuple[float, ...]:
    """The sizes of the numbers inside some nodes."""
    found: dict[float, None] = {}
    for tree in trees:
        for node in walk(tree):
            if place(node):
                numbers = (part.value for part in walk(node) if isinstance(part, Number))
                found |= dict.fromkeys(abs(float(number)) for number in numbers if abs(number) < _HUGE)
    return tuple(found)


WAYS = ((1, 1), (1, -1), (-1, 1), (-1, -1), (0, 0))
"""Above and below a threshold, on either side of 0; last at random."""


def at(values: Mapping[str, Value], arrays: Mapping[str, Array], mark: float, sign: int) -> dict[str, Array]:
    """The arrays with every entry at a mark, where the domain allows that."""
    return {
        name: np.full(np.shape(array), sign * mark)
        if values[name].domain == "real" or (mark and values[name].domain in _SIGNED)
        else array
        for name, array in arrays.items()
    }


def around(
    values: Mapping[str, Value],
    arrays: Mapping[str, Array],
    threshold: float,
    way: tuple[int, int],
    rng: Generator,
) -> dict[str, Array]:
    """The arrays with entries near a threshold, where the domain allows that.

    Args:
        values: The domains.
        arrays: Typical values.
        threshold: The threshold's size.
        way: The sign of the values, and whether they lie beyond the threshold; random for some where 0.
        rng: The source of randomness.
    """
    sign, side = way
    moved = {}
    for name, array in arrays.items():
        domain, shape = values[name].domain, np.shape(array)
        signs = sign or 2 * rng.integers(0, 2, shape) - 1
        sides = side or 2 * rng.integers(0, 2, shape) - 1
        near = threshold * (1 + sides * rng.uniform(0.01, 0.1, shape))
        if domain in _SIGNED:
            near = near * signs
        elif domain != "pos" and not (domain == "unit" and threshold < 0.5):
            moved[name] = array
            continue
        moved[name] = near if sign else np.where(rng.integers(0, 2, shape) > 0, near, array)
    return moved
