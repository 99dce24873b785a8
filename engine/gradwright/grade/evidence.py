"""The evidence for a judgement: points at which the reference has a value, and both values compared there."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, Protocol

import numpy as np
from numpy.random import default_rng

from gradwright.execute.evaluate import evaluate
from gradwright.execute.fields import FLOAT, Field, ball
from gradwright.execute.formulas import evaluate_formulas
from gradwright.execute.sample import shape_of
from gradwright.grade.compare import OPEN, VAGUE, Comparison, compare, doubtful
from gradwright.grade.depth import depth
from gradwright.grade.exact import exactly
from gradwright.grade.kept import Kept
from gradwright.grade.points import Plan, Point, coarse_points, near_points, points, wide_points
from gradwright.grade.reference import Reference
from gradwright.grade.side import Side
from gradwright.language.scope import ReadError

Array = Any
BITS = (200, 400, 1000)
"""The precisions that are tried, one after the other, while they do not tell."""
FEWEST = 3
"""The fewest points at which the reference must have a value."""

_ATTEMPTS = 24
_LOOKS, _SMOOTH_LOOKS = 10, 3
_COARSE, _WIDE = 40, 6
_FLOAT_WORK, _BALL_WORK = 3_000_000, 300_000


class Evidence(Protocol):
    """Where two expressions can be compared."""

    enough: int

    def looks(self) -> Iterator[tuple[Point, bool]]:
        """Points at which the reference has a value, and whether floats make the answer look different."""

    def fresh(self) -> Iterator[Point]:
        """Typical points that no one who wrote the answer could know."""

    def more(self, seen: Sequence[Point]) -> Iterator[Point]:
        """Further typical points, for when few of those seen tell anything."""

    def certify(self, point: Point, bits: int = 0, exact: bool = False) -> Comparison:
        """Compare in balls, with more and more bits while the precision does not tell; else exactly.

        Args:
            point: The point.
            bits: One precision to be tried alone, if it is not 0.
            exact: Whether to compare in rational numbers at once.
        """

    def depth(self, point: Point) -> int:
        """How many binary zeros the smallest number on the way has behind the point, on either side."""


@dataclass(frozen=True)
class Pair:
    """The two expressions to compare, and when time is up.

    Args:
        reference: The reference, its scope and what is known of it.
        right: The reference's side.
        got: The answer's side.
        smooth: Whether a difference in one region would be one everywhere.
        deadline: When to stop.
        salt: A number that hangs on the answer, so that some points can't be known before it is written.
    """

    reference: Reference
    right: Side
    got: Side
    smooth: bool
    deadline: float
    salt: int = 0

    @property
    def late(self) -> bool:
        """Whether time is up."""
        return time.monotonic() > self.deadline


@dataclass(frozen=True)
class Points:
    """The points of a plan, drawn when they are first asked for, and then kept."""

    typical: Kept[Point]
    wide: Kept[Point]
    near: Kept[Point]
    coarse: Kept[Point]

    @staticmethod
    def of(where: Plan, seed: int) -> Points:
        """The points of a plan."""
        return Points(
            Kept(points(where, default_rng(seed), _ATTEMPTS if where.varies else 1)),
            Kept(wide_points(where, default_rng(seed + 1), _WIDE if where.varies else 0)),
            Kept(near_points(where, default_rng(seed + 2))),
            Kept(coarse_points(where, default_rng(seed + 3), _COARSE if where.varies else 0)),
        )


class ArrayEvidence:
    """Evidence from arrays, a point at a time.

    Args:
        pair: What is compared.
        where: What points are drawn from.
        seed: Fixes them.
    """

    def __init__(self, pair: Pair, where: Plan, seed: int) -> None:
        self.pair = pair
        self._where = where
        self._seed = seed
        self._points = pair.reference.keep((where.key, seed), lambda: Points.of(where, seed))
        self._wanted = (_SMOOTH_LOOKS if pair.smooth and where.values else _LOOKS) if where.varies else 1
        # Sizes alone are few whole numbers, so that more of them are tried.
        self.enough = (FEWEST if where.values else _LOOKS - 2) if where.varies else 1

    def looks(self) -> Iterator[tuple[Point, bool]]:
        """Points at which the reference has a value, and whether floats make the answer look different."""
        usable, spare = 0, []
        for point in self._points.typical:
            right, got = self._floats(point)
            if right is None or got is None:
                continue
            if np.isfinite(right).any():
                usable += 1
                yield point, bool(doubtful(right, got).any())
            else:
                spare.append(point)
            if self.pair.late or usable >= self._wanted:
                break
        if usable and not self.pair.smooth:
            for point in chain(self._points.wide, self._points.near, self._points.coarse):
                right, got = self._floats(point)
                if right is not None and got is not None and doubtful(right, got).any():
                    yield point, True
                if self.pair.late:
                    break
        if usable < FEWEST:
            yield from ((point, False) for point in islice(spare, 2 * FEWEST))

    def fresh(self) -> Iterator[Point]:
        """Typical points that no one who wrote the answer could know."""
        if self._where.varies:
            yield from points(self._where, default_rng([self._seed, self.pair.salt]), FEWEST)

    def more(self, seen: Sequence[Point]) -> Iterator[Point]:
        """Further typical points, for when few of those seen tell anything."""
        for point in self._points.typical:
            if all(point is not other for other in seen) and self._floats(point)[0] is not None:
                yield point

    def certify(self, point: Point, bits: int = 0, exact: bool = False) -> Comparison:
        """Compare in balls, with more and more bits while the precision does not tell; else exactly."""
        result = Comparison(OPEN)
        for count in () if exact else (bits,) if bits else BITS:
            right, got = self._values(point, ball(count), _BALL_WORK)
            result = compare(right, got, strict=count < BITS[-1])
            if result.outcome not in (OPEN, VAGUE) or self.pair.late:
                return result
        if self._where.formulas:
            return result
        composites = self.pair.reference.scope.composites
        return exactly(self.pair.right, self.pair.got, point.arrays, point.sizes, composites) or result

    def depth(self, point: Point) -> int:
        """How many binary zeros the smallest number on the way has behind the point, on either side."""
        given = self._given(point, ball(BITS[0]), _BALL_WORK)
        composites = self.pair.reference.scope.composites
        return max(depth(side, given, point.sizes, composites) for side in (self.pair.right, self.pair.got))

    def _floats(self, point: Point) -> tuple[Array | None, Array | None]:
        """Both values in floats; None where the sizes here make no such array (a window too wide)."""
        try:
            right, got = self._values(point, FLOAT, _FLOAT_WORK)
        except ReadError:
            return None, None
        return (right, got) if right.shape == got.shape else (None, None)

    def _values(self, point: Point, numbers: Field, work: float) -> tuple[Array, Array]:
        right = point.known.get(numbers.bits)
        if right is None:
            right = point.known[numbers.bits] = self._value(self.pair.right, point, numbers, work)
        return right, self._value(self.pair.got, point, numbers, work)

    def _value(self, side: Side, point: Point, numbers: Field, work: float) -> Array:
        return evaluate(
            side.tree,
            self._given(point, numbers, work),
            point.sizes,
            self.pair.reference.scope.composites,
            numbers,
            work,
            side.bound(point.sizes),
        )

    def _given(self, point: Point, numbers: Field, work: float) -> Mapping[str, Array]:
        """The values of the names at a point: those drawn, and those that formulas make of them."""
        key = ("given", numbers.bits)
        given = point.known.get(key)
        if given is None:
            reference = self.pair.reference
            with numbers.context():
                given = {name: numbers.wrap(array) for name, array in point.arrays.items()}
            if self._where.formulas:
                given |= evaluate_formulas(
                    self._where.formulas,
                    given,
                    point.sizes,
                    reference.scope.composites,
                    numbers,
                    work,
                    {name: shape_of(shape, point.sizes) for name, shape in reference.shapes.items()},
                )
            point.known[key] = given
        return given
