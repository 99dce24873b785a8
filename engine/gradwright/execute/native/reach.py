"""How far conditions between counters reach over a tile: the loops of a sum, and tiles that need no work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gradwright.execute.native.conditions import ends
from gradwright.execute.native.index import Place, Var, var_place
from gradwright.execute.native.nest import I64, Nest
from gradwright.execute.native.places import Places
from gradwright.execute.native.tree import Expr

Value = Any


class Reach:
    """Writes the bounds that conditions set.

    Args:
        nest: The loops around the code.
        places: Whole numbers, and the lanes.
    """

    def __init__(self, nest: Nest, places: Places) -> None:
        self.nest, self.places = nest, places

    def beyond(self, all_of: Sequence[Place]) -> Value:
        """Whether one of some conditions holds at no place of the tile."""
        self.nest.resume()
        builder = self.nest.builder
        truths = [builder.icmp_signed("<", self._greatest(one), I64(0)) for one in all_of]
        found = truths[0]
        for other in truths[1:]:
            found = builder.or_(found, other)
        return found

    def rounds(self, body: Expr, var: Var, unit: int, count: int) -> tuple[Value, Value]:
        """The first round of a sum's loop that counts, and the one after the last; one at least.

        Args:
            body: What is summed.
            var: The loop.
            unit: How many of its places a round takes.
            count: How many rounds there are.
        """
        self.nest.resume()
        builder, low, high = self.nest.builder, I64(0), I64(count)
        for condition in ends(body):
            factor = condition.factor(var)
            if factor not in (1, -1) or count == 1:
                continue
            rest = self._greatest(condition + var_place(var).times(-factor))
            if factor > 0:
                begin = builder.sdiv(builder.neg(rest), I64(unit))
                low = self._pick("<", self._pick(">", begin, low), I64(count - 1))
            else:
                last = builder.sdiv(rest, I64(unit))
                high = self._pick("<", builder.add(last, I64(1)), high)
        return low, high if high == I64(count) else self._pick(">", high, builder.add(low, I64(1)))

    def _pick(self, sign: str, one: Value, other: Value) -> Value:
        """The smaller (``<``) or the greater (``>``) of two whole numbers."""
        return self.nest.builder.select(self.nest.builder.icmp_signed(sign, one, other), one, other)

    def _greatest(self, place: Place) -> Value:
        """The greatest that a whole number is at places of the tile, and of loops that are not open."""
        builder, total = self.nest.builder, I64(place.const)
        for var, factor in place.terms:
            base, span = self.nest.base.get(var), var.extent
            if base is not None:
                total = builder.add(total, builder.mul(base, I64(factor)))
                span = self.places.tiling.span(var, self.places.lanes)
            total = builder.add(total, I64(max(0, factor * (span - 1))))
        return total
