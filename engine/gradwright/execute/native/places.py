"""Whole numbers in code: where an entry lies, at one place of a tile and on one lane."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from llvmlite import ir

from gradwright.execute.native import operations
from gradwright.execute.native.access import Access
from gradwright.execute.native.index import Divided, Item, Place, Var
from gradwright.execute.native.nest import I64, Nest
from gradwright.execute.native.tiling import Tiling
from gradwright.execute.native.tree import Test

SIGNS = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="}
Value = Any
Instance = Mapping[Var, int]
"""A place of the tile: for counters how many vectors, or places, they are beyond the tile's first."""


class Places:
    """Writes whole numbers for the vector and the lanes of the moment.

    ``vector`` is the counter along which lanes lie, ``lanes`` how many there are.

    Args:
        nest: The loops around the code.
        access: Reads entries that are places.
        tiling: The tile.
    """

    def __init__(self, nest: Nest, access: Access, tiling: Tiling) -> None:
        self.nest, self.access, self.tiling = nest, access, tiling
        self.vector: Var | None = tiling.vector
        self.lanes = 1

    def lanes_for(self, vars_: frozenset[Var]) -> int:
        """The lanes of what depends on counters: 1 if all lanes share it."""
        return self.lanes if self.vector in vars_ else 1

    def spread(self, value: Value) -> Value:
        """The value on every lane."""
        return self.nest.spread(value, self.lanes)

    def key(self, vars_: frozenset[Var], inst: Instance) -> tuple[tuple[Var, int], ...]:
        """What tells a place of the tile from those at which something that depends on counters differs."""
        return tuple((var, inst[var]) for var in self.tiling.tile if var in vars_ and var in inst)

    def step(self, offset: Place) -> int | None:
        """How far the lanes of an access lie apart; None where data decides."""
        if self.vector is None or self.vector not in offset.vars:
            return 0
        inner = [term for term, _ in offset.terms if not isinstance(term, Var)]
        return None if any(self.vector in term.vars for term in inner) else offset.factor(self.vector)

    def place(self, place: Place, inst: Instance, lane: int = 0) -> Value:
        """A whole number at a place of the tile and a lane."""
        key = (place, lane, *self.key(place.vars, inst))
        frame = self.nest.outermost(place.vars)
        return self.nest.known(key, frame, lambda: self._place(place, inst, lane))

    def _place(self, place: Place, inst: Instance, lane: int) -> Value:
        builder = self.nest.builder
        total, const = None, place.const
        for term, factor in place.terms:
            if isinstance(term, Var):
                part = self.nest.base[term]
                const += factor * self._shift(term, inst, lane)
            elif isinstance(term, Item):
                part = self._item(term, inst, lane)
            else:
                part = self._divided(term, inst, lane)
            part = builder.mul(part, I64(factor), flags=["nsw"]) if factor != 1 else part
            total = part if total is None else builder.add(total, part, flags=["nsw"])
        if total is None:
            return I64(const)
        return builder.add(total, I64(const), flags=["nsw"]) if const else total

    def _shift(self, var: Var, inst: Instance, lane: int) -> int:
        """How far a counter is beyond its block's first place."""
        if var is self.vector:
            return self.tiling.starts(var, self.lanes)[inst.get(var, 0)] + lane
        return inst.get(var, 0)

    def _item(self, item: Item, inst: Instance, lane: int) -> Value:
        """An entry of whole numbers; 0 outside its axes."""
        builder, buffer = self.nest.builder, self.access.buffers[item.buffer]
        at = self.place(buffer.offset(item.places), inst, lane)
        tests = buffer.tests(item.places)
        inside = self._hold(tests, inst, lane) if tests else None
        if inside is not None:
            at = builder.select(inside, at, I64(0))
        found = self.access.read(item.buffer, at, 1)
        found = found if self.access.kind(item.buffer) is I64 else builder.sext(found, I64)
        return found if inside is None else builder.select(inside, found, I64(0))

    def _divided(self, term: Divided, inst: Instance, lane: int) -> Value:
        bounds = term.place.range()
        low = bounds[0] if bounds else -(2**40)
        lift = -(low // term.divisor) if low < 0 else 0
        inside = self.place(term.place + Place(lift * term.divisor), inst, lane)
        if term.kind == "mod":
            return self.nest.builder.urem(inside, I64(term.divisor))
        found = self.nest.builder.udiv(inside, I64(term.divisor))
        return self.nest.builder.sub(found, I64(lift)) if lift else found

    def test(self, test: Test, inst: Instance) -> Value:
        """Whether a test holds, on each lane if it differs: those of a counter are compared at once."""
        lanes, factor = self.lanes_for(test.vars), self.step(test.place)
        if lanes > 1 and factor is not None:
            first = operations.splat(self.nest.builder, self.place(test.place, inst), lanes)
            against = ir.Constant(first.type, [-factor * lane for lane in range(lanes)])
            return self.nest.builder.icmp_signed(SIGNS[test.relation], first, against)
        truths = [self._hold([test], inst, lane) for lane in range(self.lanes_for(test.vars))]
        return operations.pack(self.nest.builder, truths)

    def _hold(self, tests: Sequence[Test], inst: Instance, lane: int) -> Value:
        """Whether tests hold on a lane."""
        truths = [
            self.nest.builder.icmp_signed(SIGNS[test.relation], self.place(test.place, inst, lane), I64(0))
            for test in tests
        ]
        return operations.apply(self.nest.builder, "and", truths)

    def whole(self, place: Place, inst: Instance, number: ir.Type) -> Value:
        """A whole number as a number, on each lane if it differs."""
        parts = [self.place(place, inst, lane) for lane in range(self.lanes_for(place.vars))]
        return operations.pack(self.nest.builder, [self.nest.builder.sitofp(part, number) for part in parts])
