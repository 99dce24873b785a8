"""A proof for rational expressions: both are evaluated without error at very large random points.

A polynomial of degree D that is not 0 vanishes at a point whose coordinates are drawn from S numbers with a
chance of at most D/S (Schwartz and Zippel). The two sides of ``a/b = c/d`` differ by such a polynomial,
``a*d - b*c``. The points hang on the answer, so that no answer can be made to agree at just these.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, log10
from typing import Any

import numpy as np
from flint import fmpq
from numpy.random import Generator, default_rng

from gradwright.errors import GradwrightError
from gradwright.execute.evaluate import evaluate
from gradwright.execute.rationals import RATIONAL as EXACT
from gradwright.execute.sample import shape_of
from gradwright.grade.degree import RATIONAL, Degree, NotRationalError, degree
from gradwright.grade.evidence import Pair
from gradwright.grade.points import Plan, Point
from gradwright.grade.smooth import is_whole
from gradwright.language.scope import Value
from gradwright.language.tree import Binary, Call, Compare, Name, Tree, walk
from gradwright.language.words import ALIASES

Array = Any
BITS = 192
"""The size of the coordinates: they are drawn from ``2**192`` whole numbers."""

_HIGHEST = 125
_WORK = 20_000
_PLAIN = frozenset({"real", "pos", "unit", "nonzero", "away0", "small", "wide", "wellcond"})
_SYMMETRIC = frozenset({"sym", "spd"})


@dataclass(frozen=True)
class Proof:
    """Why two expressions are equal, or are not.

    Args:
        points: The points, for their sizes.
        degree: The highest degree of the polynomials.
        is_polynomial: Whether nothing is divided by.
        is_equal: Whether the two are equal; if not, they differ at all points but few.
    """

    points: tuple[Point, ...]
    degree: int
    is_polynomial: bool
    is_equal: bool = True

    @property
    def chance(self) -> str:
        """A bound of the chance that two unequal expressions agree there."""
        return f"1e{ceil(log10(max(self.degree, 1)) - BITS * log10(2))}"


def prove(pair: Pair, where: Plan, seed: int) -> Proof | None:
    """A proof that two expressions are equal or are not, if they are rational and of no high degree."""
    if not _applies(pair, where):
        return None
    rng = default_rng([seed, pair.salt])
    points, worst, polynomial = [], 0, True
    try:
        for mode in ("distinct", "equal"):
            sizes = where.sizes(rng, mode)
            point = Point(sizes, {name: _drawn(value, sizes, rng) for name, value in where.values.items()})
            right, got = _degrees(pair, point)
            both = right + got
            if both.top > _HIGHEST:
                return None
            points.append(point)
            if not _agree(pair, point):
                return Proof((point,), both.top, not both.bottom, is_equal=False)
            worst, polynomial = max(worst, both.top), polynomial and not both.bottom
    except (NotRationalError, GradwrightError, ArithmeticError, ValueError, TypeError, KeyError):
        # Not rational after all, or a division by 0 at this point: other evidence will do.
        return None
    return Proof(tuple(points), worst, polynomial)


def _applies(pair: Pair, where: Plan) -> bool:
    """Whether both sides look rational, in values that may be any numbers."""
    if (where.axes and not where.values) or where.formulas or pair.right.free or pair.got.free:
        return False
    if any(not _is_free(value) for value in where.values.values()):
        return False
    return looks_rational(pair.right.tree) and looks_rational(pair.got.tree)


def looks_rational(tree: Tree) -> bool:
    """Whether a tree has no function, power or comparison that is not rational."""
    for node in walk(tree):
        match node:
            case Call() if ALIASES.get(node.function, node.function) not in RATIONAL:
                return False
            case Compare() | Name(name="pi" | "E" | "inf"):
                return False
            case Binary(operator="**") if not (is_whole(node.right) or isinstance(node.right, Name)):
                return False
            case _:
                pass
    return True


def _is_free(value: Value) -> bool:
    return (
        value.domain in _PLAIN or value.domain in _SYMMETRIC or (value.domain == "prob" and bool(value.shape))
    )


def _drawn(value: Value, sizes: Mapping[str, int], rng: Generator) -> Array:
    """Random whole numbers; symmetric, or with rows that sum to 1, where the domain says so."""
    shape = shape_of(value.shape, sizes)
    count = int(np.prod(shape))
    raw = rng.bytes(count * BITS // 8)
    width = BITS // 8
    array = np.empty(count, dtype=object)
    array[:] = [fmpq(int.from_bytes(raw[at : at + width], "little")) for at in range(0, len(raw), width)]
    array = array.reshape(shape)
    if value.domain in _SYMMETRIC and len(shape) > 1 and shape[-1] == shape[-2]:
        array = np.where(np.tri(shape[-1], dtype=bool), array, np.swapaxes(array, -1, -2))
    if value.domain == "prob":
        array[..., -1] = 1 - array[..., :-1].sum(axis=-1)
    return array


def _degrees(pair: Pair, point: Point) -> tuple[Degree, Degree]:
    arrays = {name: np.ones(array.shape) for name, array in point.arrays.items()}
    right, got = (degree(side.tree, arrays, point.sizes) for side in (pair.right, pair.got))
    return right, got


def _agree(pair: Pair, point: Point) -> bool:
    right, got = (
        evaluate(side.tree, point.arrays, point.sizes, {}, EXACT, _WORK) for side in (pair.right, pair.got)
    )
    return right.shape == got.shape and bool(np.all(right == got))
