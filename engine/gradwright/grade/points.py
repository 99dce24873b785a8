"""The points at which two expressions are compared: sizes of the axes, and values of the names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.random import Generator

from gradwright.execute.sample import Equation, draw, draw_sizes
from gradwright.language.scope import Value
from gradwright.language.tree import Binary, Item, Number, Slice, Tree, names, walk

_SHOWN = 4
_WIDEST_SUBSCRIPT = 12


@dataclass(frozen=True)
class Point:
    """Sizes and values; at a point that is not typical only a proved difference counts."""

    sizes: Mapping[str, int]
    arrays: Mapping[str, Any]
    typical: bool = True

    def shown(self) -> str:
        """The point in a few words: the sizes, and the scalars."""
        parts = [f"{name} = {size}" for name, size in self.sizes.items()]
        parts += [f"{name} = {float(array):g}" for name, array in self.arrays.items() if not np.ndim(array)]
        more = f" and {len(parts) - _SHOWN} more" if len(parts) > _SHOWN else ""
        return (
            f"at {', '.join(parts[:_SHOWN])}{more}"
            if parts
            else "as numbers"
            if not self.arrays
            else "at a point"
        )


@dataclass(frozen=True)
class Plan:
    """What points are drawn from.

    Args:
        values: The values that the expressions use.
        axes: Values that are not used, but whose axes are named.
        equations: The equations between sizes that the two expressions need.
        least: The smallest size of an axis.
        powers: Whether an exponent varies, so that special values are tried too.
    """

    values: Mapping[str, Value]
    axes: Mapping[str, Value]
    equations: Sequence[Equation]
    least: int
    powers: bool

    def sizes(self, rng: Generator, mode: str = "distinct") -> dict[str, int]:
        """Random sizes of the axes that matter."""
        return draw_sizes({**self.values, **self.axes}, self.equations, rng, mode, self.least)

    def narrowed(self, domain: str) -> Plan:
        """The same with values that may be anything drawn from a narrower domain."""
        changed = {n: replace(v, domain=domain) if v.domain == "real" else v for n, v in self.values.items()}
        return replace(self, values=changed)


def plan(values: Mapping[str, Value], equations: Sequence[Equation], trees: Sequence[Tree]) -> Plan:
    """The plan for comparing some trees: axes are as long as their subscripts ask for."""
    places = [_largest(node) for tree in trees for node in walk(tree) if isinstance(node, Item)]
    powers = any(
        isinstance(node, Binary)
        and node.operator == "**"
        and any(not isinstance(n, Number) for n in walk(node.right))
        for tree in trees
        for node in walk(tree)
    )
    least = max([3, *(place + 2 for place in places if place <= _WIDEST_SUBSCRIPT)])
    used = set().union(*(names(tree) for tree in trees))
    kept = {name: value for name, value in values.items() if name in used}
    axes = {symbol for value in values.values() for extent in value.shape for symbol in extent.free_symbols}
    named = {str(axis): Value((axis,)) for axis in axes if str(axis) in used and str(axis) not in values}
    return Plan(kept, named, equations, least, powers)


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
        sizes = plan.sizes(rng, "equal" if number % 4 == 2 else "distinct")
        yield Point(sizes, draw(plan.values, sizes, rng))


def wide_points(plan: Plan, rng: Generator, count: int) -> Iterator[Point]:
    """Points far out, where a bound or a threshold shows."""
    for number in range(count):
        sizes = plan.sizes(rng)
        yield Point(sizes, draw(plan.values, sizes, rng, scale=(32.0, 1024.0)[number % 2]), typical=False)


def coarse_points(plan: Plan, rng: Generator, count: int) -> Iterator[Point]:
    """Points of small integers and halves, at which powers with a varying exponent show their branches."""
    for _ in range(count if plan.powers else 0):
        sizes = plan.sizes(rng)
        yield Point(sizes, draw(plan.values, sizes, rng, coarse=True), typical=False)
