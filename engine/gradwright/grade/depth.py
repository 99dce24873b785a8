"""How small the numbers are that an expression is made of: what an ordinary precision would not see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gradwright.execute.evaluate import Evaluation
from gradwright.execute.fields import ball
from gradwright.execute.function import Work
from gradwright.execute.named import stacked
from gradwright.grade.side import Side
from gradwright.language.scope import Composite
from gradwright.language.tree import Number

Array = Any

_BITS, _WORK = 64, 300_000


def depth(
    side: Side, arrays: Mapping[str, Array], sizes: Mapping[str, int], composites: Mapping[str, Composite]
) -> int:
    """The number of binary zeros that the smallest number on the way has behind the point.

    In ``tanh(x) + exp(-1000)`` some 1,400: balls of fewer bits can't tell it from ``tanh(x)``.

    Args:
        side: The expression.
        arrays: The values of its names, as balls.
        sizes: The number of places of each axis.
        composites: The functions that are formulas.
    """
    field = ball(_BITS)
    with field.context():
        run = _Watch(
            {name: field.wrap(array) for name, array in arrays.items()}, sizes, composites, field, Work(_WORK)
        )
        bound = side.bound(sizes)
        if bound:
            stacked(side.tree, bound, run)
        else:
            run.value(side.tree)
        return run.seen.depth


class _Seen:
    """The largest depth so far."""

    def __init__(self) -> None:
        self.depth = 0

    def add(self, ball: Any) -> None:
        """Note a number, if it is certainly not 0."""
        if ball.is_finite() and not ball.contains(0):
            _, exponent = ball.abs_lower().mid().man_exp()
            self.depth = max(self.depth, -int(exponent) - _BITS)


class _Watch(Evaluation):
    """An evaluation that notes how small its numbers are."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.seen = _Seen()

    def inside(self) -> Evaluation:
        inner = _Watch({}, self.sizes, self.composites, self.field, self.work)
        inner.depth, inner.seen = self.depth + 1, self.seen
        return inner

    def value(self, tree: Any) -> Array:
        value = super().value(tree)
        if isinstance(tree, Number) and tree.value:
            self.seen.add(value[()])
        return value

    def settle(self, value: Any) -> Array:
        array = super().settle(value)
        for entry in array.ravel().tolist():
            self.seen.add(entry)
        return array
