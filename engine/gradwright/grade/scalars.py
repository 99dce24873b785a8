"""Evidence from scalars: all points at once in floats, and one number after the other in balls."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import flint
import numpy as np
from flint import arb
from numpy.random import default_rng

from gradwright.execute.evaluate import evaluate
from gradwright.execute.fields import FLOAT
from gradwright.execute.sample import draw_scalars
from gradwright.execute.scalars import Compute, compiled
from gradwright.grade.compare import OPEN, VAGUE, Comparison, compare_numbers, doubtful
from gradwright.grade.depth import depth
from gradwright.grade.evidence import BITS, Pair
from gradwright.grade.exact import exactly
from gradwright.grade.points import Plan, Point
from gradwright.grade.thresholds import WAYS, around, at
from gradwright.language.tree import Tree

Array = Any

ENOUGH = 8
"""How many points of agreement make an equality."""

_TYPICAL, _WIDE, _NEAR, _COARSE, _FRESH = 48, 8, 4, 120, 3


@dataclass(frozen=True)
class Drawn:
    """Values of scalars at many points, the typical ones first, and the reference's values there.

    Args:
        count: How many points there are.
        arrays: The values of the names.
        right: The reference's values in floats.
        compute: Finds one in balls.
        points: The points that were looked at more closely.
    """

    count: int
    arrays: dict[str, Array]
    right: Array
    compute: Compute
    points: dict[int, Point] = field(default_factory=dict)


def are_scalar(pair: Pair, where: Plan) -> bool:
    """Whether two expressions are numbers made of numbers that nothing defines."""
    return pair.right.scalar and pair.got.scalar and not where.formulas


class ScalarEvidence:
    """Evidence from scalars.

    Args:
        pair: What is compared, for which ``are_scalar``.
        where: What points are drawn from.
        seed: Fixes them.
    """

    def __init__(self, pair: Pair, where: Plan, seed: int) -> None:
        self.pair = pair
        self._where = where
        self._seed = seed
        key = ("scalars", where.key, seed)
        self._drawn_there = pair.reference.keep(key, lambda: self._drawn(where, seed))
        self._got = compiled(pair.got.tree, pair.reference.scope.composites)
        self.enough = ENOUGH if where.values else 1

    def looks(self) -> Iterator[tuple[Point, bool]]:
        """Points at which the reference has a value, and whether floats make the answer look different."""
        there = self._drawn_there
        got = self._floats(self.pair.got.tree, there.arrays, there.count)
        usable = np.isfinite(there.right)
        typical = min(_TYPICAL, there.count)
        unlike = doubtful(there.right, got)
        plain = np.flatnonzero(usable[:typical] & ~unlike[:typical])[: 2 * ENOUGH]
        if not usable[:typical].any():
            yield from ((self._point(place), False) for place in range(min(ENOUGH, typical)))
            return
        yield from ((self._point(int(place)), True) for place in np.flatnonzero(unlike))
        yield from ((self._point(int(place)), False) for place in plain)

    def fresh(self) -> Iterator[Point]:
        """Typical points that no one who wrote the answer could know."""
        if self._where.values:
            rng = default_rng([self._seed, self.pair.salt])
            arrays = draw_scalars(self._where.values, rng, _FRESH)
            for place in range(_FRESH):
                yield Point({}, {name: array[place] for name, array in arrays.items()})

    def more(self, seen: Sequence[Point]) -> Iterator[Point]:
        """Further typical points: all the usable ones have been seen."""
        return iter(())

    def certify(self, point: Point, bits: int = 0, exact: bool = False) -> Comparison:
        """Compare in balls, with more and more bits while the precision does not tell; else exactly."""
        there = self._drawn_there
        result = Comparison(OPEN)
        for count in () if exact else (bits,) if bits else BITS:
            with flint.ctx.workprec(count):
                values = {name: arb(float(array)) for name, array in point.arrays.items()}
                right = point.known.get(count)
                if right is None:
                    right = point.known[count] = there.compute(values)
                result = compare_numbers(right, self._got(values), strict=count < BITS[-1])
            if result.outcome not in (OPEN, VAGUE) or self.pair.late:
                return result
        composites = self.pair.reference.scope.composites
        return exactly(self.pair.right, self.pair.got, point.arrays, {}, composites) or result

    def depth(self, point: Point) -> int:
        """How many binary zeros the smallest number on the way has behind the point, on either side."""
        composites = self.pair.reference.scope.composites
        return max(depth(side, point.arrays, {}, composites) for side in (self.pair.right, self.pair.got))

    def _point(self, place: int) -> Point:
        """One of the points, kept with what is known there."""
        kept = self._drawn_there.points
        point = kept.get(place)
        if point is None:
            arrays = {name: array[place] for name, array in self._drawn_there.arrays.items()}
            point = kept[place] = Point({}, arrays, place < _TYPICAL)
        return point

    def _drawn(self, where: Plan, seed: int) -> Drawn:
        rng = default_rng(seed)
        kinds = [draw_scalars(where.values, rng, _TYPICAL)]
        kinds += [draw_scalars(where.values, rng, _WIDE // 2, scale=scale) for scale in (32.0, 1024.0)]
        for threshold in where.thresholds:
            for way in WAYS:
                near = draw_scalars(where.values, rng, _NEAR)
                kinds.append(around(where.values, near, threshold, way, rng))
        for mark in where.marks:
            for sign in (1, -1):
                kinds.append(at(where.values, draw_scalars(where.values, rng, 1), mark, sign))
        if where.powers:
            kinds.append(draw_scalars(where.values, rng, _COARSE, coarse=True))
        arrays = {name: np.concatenate([kind[name] for kind in kinds]) for name in where.values}
        count = len(next(iter(arrays.values()))) if arrays else 1
        tree = self.pair.right.tree
        compute = compiled(tree, self.pair.reference.scope.composites)
        return Drawn(count, arrays, self._floats(tree, arrays, count), compute)

    def _floats(self, tree: Tree, arrays: dict[str, Array], count: int) -> Array:
        value = evaluate(tree, arrays, {}, self.pair.reference.scope.composites, FLOAT)
        return np.broadcast_to(value, (count,))
