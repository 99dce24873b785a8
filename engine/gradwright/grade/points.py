"""The points at which two expressions are compared: sizes of the axes, and values of the names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np
from numpy.random import Generator

from gradwright.errors import UsageError
from gradwright.execute.sample import Equation, Sizes, draw
from gradwright.grade.reference import Reference
from gradwright.grade.side import Side
from gradwright.grade.thresholds import WAYS, around, at, marks, thresholds
from gradwright.language.scope import Value
from gradwright.language.tree import Binary, Formula, Item, Name, Number, Slice, Tree, walk
from gradwright.tensor.nodes import size

Array = Any

_SHOWN = 4
_WIDEST_SUBSCRIPT = 12
_WHOLE = frozenset({"posint", "count", "binary", "pm1", "mask", "onehot"})
_MODES = ("distinct", "equal", "far", "distinct")
_FAR = 4


@dataclass(frozen=True)
class Point:
    """Sizes and values; at a point that is not typical only a proved difference counts.

    Args:
        sizes: The number of places of each axis.
        arrays: The values of the names.
        typical: Whether the values are of an ordinary size.
        known: What has been computed at this point, kept for the next answer to the same question.
    """

    sizes: Mapping[str, int]
    arrays: Mapping[str, Array]
    typical: bool = True
    known: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    def numbers(self) -> tuple[str, ...]:
        """The sizes, and the scalars, as ``n = 3``."""
        parts = [f"{name} = {size}" for name, size in self.sizes.items()]
        parts += [f"{name} = {float(array):g}" for name, array in self.arrays.items() if not np.ndim(array)]
        return (*parts[:_SHOWN], "…") if len(parts) > _SHOWN else tuple(parts)


@dataclass(frozen=True)
class Plan:
    """What points are drawn from.

    Args:
        values: The values that the expressions use.
        axes: Values that are not used, but whose axes are named.
        equations: The equations between sizes that the two expressions need.
        least: The smallest size of an axis.
        powers: Whether an exponent varies, so that special values are tried too.
        formulas: Those that give the names which are not drawn.
        thresholds: Numbers at which the expressions may change.
        marks: Numbers that something in them is equal to or not.
        compact: Whether all sizes are small, for what is too large to compute when each axis has its own.
    """

    values: Mapping[str, Value]
    axes: Mapping[str, Value]
    equations: Sequence[Equation]
    least: int
    powers: bool
    formulas: tuple[Formula, ...] = ()
    thresholds: tuple[float, ...] = ()
    marks: tuple[float, ...] = ()
    compact: bool = False

    @property
    def key(self) -> tuple[object, ...]:
        """What tells this plan from others about one reference."""
        named = tuple((name, value.domain) for name, value in self.values.items())
        targets = tuple(formula.target for formula in self.formulas)
        drawn_from = (named, tuple(self.axes), tuple(self.equations), self.least)
        return *drawn_from, self.powers, targets, self.thresholds, self.marks, self.compact

    def sizes(self, rng: Generator, mode: str = "distinct") -> dict[str, int]:
        """Random sizes of the axes that matter.

        Args:
            rng: The source of randomness.
            mode: ``distinct``; ``equal``, where there are such sizes (a window may not fit); ``far``: larger
                ones, since a formula of a size may hold for the small ones alone.
        """
        if self.compact:
            return self._near.draw(rng, "compact")
        try:
            return self._far.draw(rng) if mode == "far" else self._near.draw(rng, mode)
        except UsageError:
            if mode == "distinct":
                raise
            return self._near.draw(rng)

    @cached_property
    def _near(self) -> Sizes:
        return Sizes({**self.values, **self.axes}, self.equations, self.least)

    @cached_property
    def _far(self) -> Sizes:
        return Sizes({**self.values, **self.axes}, self.equations, self.least + _FAR)

    @property
    def varies(self) -> bool:
        """Whether there is anything to draw."""
        return bool(self.values or self.axes)

    def narrowed(self, domain: str) -> Plan:
        """The same with values that may be anything drawn from a narrower domain."""
        changed = {n: replace(v, domain=domain) if v.domain == "real" else v for n, v in self.values.items()}
        return replace(self, values=changed)


def plan(reference: Reference, sides: Sequence[Side], smooth: bool) -> Plan:
    """The plan for comparing some sides: axes are as long as their subscripts ask for.

    Args:
        reference: The reference, for the values that there are.
        sides: What is compared.
        smooth: Whether they are one formula everywhere.
    """
    trees = [side.tree for side in sides]
    values = reference.drawn
    places, powers = [], False
    for tree in trees:
        for node in walk(tree):
            if isinstance(node, Item):
                places.append(_largest(node))
            elif isinstance(node, Binary) and node.operator == "**" and not powers:
                powers = _varies(node.right, values)
    least = max([3, *(place + 2 for place in places if place <= _WIDEST_SUBSCRIPT)])
    used = reference.needs(trees)
    kept = {name: value for name, value in values.items() if name in used}
    named = {name: Value((size(name),)) for name in reference.axes if name in used and name not in values}
    equations = tuple(
        dict.fromkeys(chain(reference.equations, *(side.inference.equations for side in sides)))
    )
    formulas = tuple(formula for formula in reference.givens if formula.target in used)
    return Plan(
        kept,
        named,
        equations,
        least,
        powers,
        formulas,
        *(((), ()) if smooth else (thresholds(trees), marks(trees))),
    )


def _varies(exponent: Tree, values: Mapping[str, Value]) -> bool:
    """Whether an exponent may be any real number."""
    if isinstance(exponent, Number):
        return False
    names = (node.name for node in walk(exponent) if isinstance(node, Name))
    return any(name in values and values[name].domain not in _WHOLE for name in names)


def _largest(item: Item) -> int:
    """The largest number in the subscripts of one item."""
    numbers = [0]
    for selector in item.selectors:
        if isinstance(selector, Number | Slice):
            numbers += [int(abs(node.value)) for node in walk(selector) if isinstance(node, Number)]
    return max(numbers)


def points(plan: Plan, rng: Generator, count: int) -> Iterator[Point]:
    """Typical points: every axis of another size, but each fourth point with all axes equal."""
    for number in range(count):
        sizes = plan.sizes(rng, _MODES[number % len(_MODES)])
        yield Point(sizes, draw(plan.values, sizes, rng))


def wide_points(plan: Plan, rng: Generator, count: int) -> Iterator[Point]:
    """Points far out, where a bound or a threshold shows."""
    for number in range(count):
        sizes = plan.sizes(rng)
        yield Point(sizes, draw(plan.values, sizes, rng, scale=(32.0, 1024.0)[number % 2]), typical=False)


def near_points(plan: Plan, rng: Generator) -> Iterator[Point]:
    """Points with values around the numbers at which the expressions may change."""
    for threshold in plan.thresholds:
        for way in WAYS:
            sizes = plan.sizes(rng)
            arrays = around(plan.values, draw(plan.values, sizes, rng), threshold, way, rng)
            yield Point(sizes, arrays, typical=False)
    for mark in plan.marks:
        for sign in (1, -1):
            sizes = plan.sizes(rng)
            arrays = at(plan.values, draw(plan.values, sizes, rng), mark, sign)
            yield Point(sizes, arrays, typical=False)


def coarse_points(plan: Plan, rng: Generator, count: int) -> Iterator[Point]:
    """Points of small integers and halves, at which powers with a varying exponent show their branches."""
    for _ in range(count if plan.powers else 0):
        sizes = plan.sizes(rng)
        yield Point(sizes, draw(plan.values, sizes, rng, coarse=True), typical=False)
