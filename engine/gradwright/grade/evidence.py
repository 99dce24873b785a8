"""The evidence for a judgement: points at which the reference has a value, and both values compared there."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.random import Generator

from gradwright.execute.evaluate import evaluate
from gradwright.execute.fields import FLOAT, ball
from gradwright.grade.compare import OPEN, VAGUE, Comparison, compare, suspicious
from gradwright.grade.points import Plan, Point, coarse_points, points, wide_points
from gradwright.language.scope import Composite, ReadError
from gradwright.language.tree import Tree

Array = Any
BITS = (200, 400, 1000)
"""The precisions that are tried, one after the other, while they do not tell."""
POINTS = 8
"""How many points of agreement make an equality."""
FEWEST = 3
"""The fewest points at which the reference must have a value."""

_SCANNED, _ATTEMPTS = 16, 48
_COARSE, _WIDE = 120, 8
_FLOAT_WORK, _BALL_WORK = 3_000_000, 300_000


@dataclass(frozen=True)
class Pair:
    """The two expressions to compare, and when time is up."""

    reference: Tree
    answer: Tree
    composites: Mapping[str, Composite]
    deadline: float

    @property
    def late(self) -> bool:
        """Whether time is up."""
        return time.monotonic() > self.deadline


def scan(pair: Pair, where: Plan, rng: Generator) -> Iterator[tuple[Point, bool]]:
    """Points at which the reference has a value, and whether floats make the answer look different there."""
    varied = bool(where.values or where.axes)
    wanted, tried = (_SCANNED, _ATTEMPTS) if varied else (1, 1)
    usable, spare = 0, []
    extra = chain(wide_points(where, rng, _WIDE), coarse_points(where, rng, _COARSE)) if varied else ()
    for point in chain(points(where, rng, tried), extra):
        if pair.late or not (usable or point.typical):
            break
        if usable >= wanted and point.typical:
            continue
        right, got = _floats(pair, point)
        if right is None or got is None:
            continue
        if np.any(np.isfinite(right)):
            usable += point.typical
            yield point, suspicious(right, got)
        elif point.typical:
            spare.append(point)
    if usable < FEWEST:
        yield from ((point, False) for point in spare[:POINTS])


def _floats(pair: Pair, point: Point) -> tuple[Array | None, Array | None]:
    """Both values in floats; None where the sizes at this point make no such array (a window too wide)."""
    try:
        trees = (pair.reference, pair.answer)
        right, got = (
            evaluate(tree, point.arrays, point.sizes, pair.composites, FLOAT, _FLOAT_WORK) for tree in trees
        )
    except ReadError:
        return None, None
    return (right, got) if right.shape == got.shape else (None, None)


def certify(pair: Pair, point: Point) -> Comparison:
    """Compare in balls, with more and more bits while the precision does not tell."""
    result = Comparison(OPEN)
    for bits in BITS:
        trees = (pair.reference, pair.answer)
        right, got = (
            evaluate(tree, point.arrays, point.sizes, pair.composites, ball(bits), _BALL_WORK)
            for tree in trees
        )
        result = compare(right, got, strict=bits < BITS[-1])
        if result.outcome not in (OPEN, VAGUE) or pair.late:
            return result
    return result
