"""Small named values for the tests of index expressions, and a route of its own to their numbers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from sympy import Expr

from gradwright.tensor.nodes import Entry, Index, Tensor, size
from tests.language.loops import Loops

Axes = tuple[Index, ...]
Arrays = Mapping[str, np.ndarray]

SIZES = {"n": 3, "m": 2, "k": 4}
ROW, COLUMN = Index("i", size("n")), Index("j", size("m"))
P, Q, R = Index("p", size("n")), Index("q", size("m")), Index("r", size("k"))
AXES = {"x": "n", "y": "n", "u": "m", "X": "nm", "Y": "nm", "A": "nn", "S": "nn", "K": "mk", "a": "", "b": ""}
RELATIVE = 1e-11
"""Sums of a few dozen doubles of size 1, taken in another order, differ in the last places of 16."""


def arrays(seed: int = 0) -> dict[str, np.ndarray]:
    """One array a name, of positive numbers so that roots and logarithms exist; ``S`` is symmetric."""
    rng = np.random.default_rng(seed)
    drawn = {name: rng.uniform(0.2, 1.8, [SIZES[axis] for axis in axes]) for name, axes in AXES.items()}
    drawn["S"] = drawn["S"] + drawn["S"].T
    return drawn


def number(
    expression: Expr,
    indices: tuple[Index, ...] = (ROW, COLUMN),
    given: Mapping[str, np.ndarray] | None = None,
) -> np.ndarray:
    """The values of an index expression at every place of its free indices, by explicit loops."""
    found = Loops(given if given is not None else arrays(), SIZES).tensor(Tensor(indices, expression))
    assert isinstance(found, np.ndarray)
    return found


def same(
    one: Expr,
    other: Expr,
    indices: tuple[Index, ...] = (ROW, COLUMN),
    given: Mapping[str, np.ndarray] | None = None,
) -> bool:
    """Whether two index expressions have the same values."""
    left, right = number(one, indices, given), number(other, indices, given)
    return bool(np.allclose(left, right, rtol=RELATIVE, atol=RELATIVE))


def x(*places: Expr) -> Entry:
    """An entry of ``x``."""
    return Entry("x", *places)


def X(*places: Expr) -> Entry:
    """An entry of ``X``."""
    return Entry("X", *places)
