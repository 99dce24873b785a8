"""The points at which two expressions are compared: sizes of the axes, and values of the names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.random import Generator

from gradwright.execute.sample import Equation, draw, draw_sizes
from gradwright.language.scope import Value
from gradwright.language.tree import Binary, Item, Number, Slice, Tree, walk

_SHOWN = 4
_WIDEST_SUBSCRIPT = 12


@dataclass(frozen=True)
class Point:
    """Sizes, values, and whether the values are small integers and halves, where accidents happen."""

    sizes: Mapping[str, int]
    arrays: Mapping[str, Any]
    coarse: bool = False

    def shown(self) -> str:
        """The point in a few words: the sizes, and the scalars."""
        parts = [f"{name} = {size}" for name, size in self.sizes.items()]
        parts += [f"{name} = {float(array):g}" for name, array in self.arrays.items() if not np.ndim(array)]
        more = f" and {len(parts) - _SHOWN} more" if len(parts) > _SHOWN else ""
        return ", ".join(parts[:_SHOWN]) + more


@dataclass(frozen=True)
class Plan:
    """What points are drawn from.

    Args:
        values: The declared values.
        equations: The equations between sizes that the two expressions need.
        least: The smallest size of an axis.
        powers: Whether an exponent varies, so that special values are tried too.
    """

    values: Mapping[str, Value]
    equations: Sequence[Equation]
    least: int
    powers: bool

    def narrowed(self, domain: str) -> Plan:
        """The same with values that may be anything drawn from a narrower domain."""
        changed = {n: replace(v, domain=domain) if v.domain == "real" else v for n, v in self.values.items()}
        return replace(self, values=changed)


def plan(values: Mapping[str, Value], equations: Sequence[Equation], trees: Sequence[Tree]) -> Plan:
    """The plan for comparing some trees: axes are as long as their subscripts ask for."""
    places = [_largest(node) for tree in trees for node in walk(tree) if isinstance(node, Item)]
    powers = any(
        isinstance(node, Binary) and node.operator == "**" and any(not isinstance(n, Number) for n in walk(node.right))
        for tree in trees
        for node in walk(tree)
    )
    least = max([3, *(place + 2 for place in places if place <= _WIDEST_SUBSCRIPT)])
    return Plan(values, equations, least, powers)


def _largest(item: Item) -> int:
    """The largest number in the subscripts of one item."""
    numbers = [0]
    for selector in item.selectors:
        if isinstance(selector, Number | Slice):
            numbers += [int(abs(node.value)) for node in walk(selector) if isinstance(node, Number)]
    return max(numbers)


def points(plan: Plan, rng: Generator, count: int) -> Iterator[Point]:
    """Random points: every axis of another size, but each fourth point with all axes equal."""
    for number in range(count):
        mode = "equal" if number % 4 == 2 else "distinct"
        sizes = draw_sizes(plan.values, plan.equations, rng, mode, plan.least)
        yield Point(sizes, draw(plan.values, sizes, rng))


def coarse_points(plan: Plan, rng: Generator, count: int) -> Iterator[Point]:
    """Points of small integers and halves, at which powers with a varying exponent show their branches."""
    for _ in range(count if plan.powers else 0):
        sizes = draw_sizes(plan.values, plan.equations, rng, "distinct", plan.least)
        yield Point(sizes, draw(plan.values, sizes, rng, coarse=True), coarse=True)
