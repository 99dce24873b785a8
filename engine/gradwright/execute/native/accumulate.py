"""Accumulators: how a reduction takes in its terms, one at a time, and what it gives in the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from llvmlite import ir

from gradwright.execute.native import operations
from gradwright.execute.native.access import several
from gradwright.execute.native.index import Place, var_place
from gradwright.execute.native.nest import Nest
from gradwright.execute.native.places import Instance, Places
from gradwright.execute.native.tree import Const, Expr, Op, Reduce, Whole

Value = Any
NEUTRAL = {"sum": 0.0, "prod": 1.0, "max": float("-inf"), "argmax": float("-inf")}
JOINING = {"sum": "add", "prod": "mul", "max": "max"}


@dataclass(frozen=True)
class Spot:
    """One place of the tile and the accumulator of its reduction.

    Args:
        inst: The place.
        cells: The accumulator; for the first place of a maximum a second that holds the place.
    """

    inst: Instance
    cells: tuple[Value, ...]


class Accumulators:
    """Writes what is done with accumulators.

    Args:
        nest: The loops around the code.
        places: Whole numbers, and the lanes.
        value: Writes an expression's value at a place of the tile.
    """

    def __init__(self, nest: Nest, places: Places, value: Callable[[Expr, Instance], Value]) -> None:
        self.nest, self.places, self.value = nest, places, value

    def start(self, expr: Reduce, name: Expr, inst: Instance) -> Spot:
        """A new accumulator of a reduction that is part of ``name``."""
        own = self.places.vector in expr.over
        lanes = self.places.tiling.width if own else self.places.lanes_for(name.vars)
        type_ = several(self.places.access.number, lanes)
        cells = [self.nest.cell(type_, operations.constant(type_, NEUTRAL[expr.kind]))]
        if expr.kind == "argmax":
            cells.append(self.nest.cell(type_, operations.constant(type_, 0.0)))
        return Spot(inst, tuple(cells))

    def take(self, expr: Reduce, body: Expr, spot: Spot) -> None:
        """Take in one term; a condition that all lanes share skips work."""
        if isinstance(body, Op) and body.name == "within":
            self.take(expr, body.args[1], spot)
            return
        if isinstance(body, Op) and body.name == "select" and expr.kind == "sum":
            truth, yes, no = body.args
            if no == Const(0.0) and self.places.vector not in truth.vars:
                with self.nest.condition(self.value(truth, spot.inst)):
                    self.take(expr, yes, spot)
                return
        if expr.kind == "sum" and isinstance(body, Op) and body.name == "mul":
            self._product(body, spot)
            return
        value = self.value(body, spot.inst)
        if isinstance(spot.cells[0].allocated_type, ir.VectorType):
            value = self.places.spread(value)
        if expr.kind == "argmax":
            self._first(expr, value, spot)
        else:
            self.join(expr, value, spot)

    def _product(self, body: Op, spot: Spot) -> None:
        """Add a product by one instruction that multiplies and adds."""
        builder, cell = self.nest.builder, spot.cells[0]
        left = self.value(body.args[0] if len(body.args) == 2 else Op("mul", body.args[:-1]), spot.inst)
        right = self.value(body.args[-1], spot.inst)
        held = self._held(cell)
        if isinstance(held.type, ir.VectorType):
            left, right = self.places.spread(left), self.places.spread(right)
        builder.store(operations.apply(builder, "fma", [left, right, held]), cell)

    def join(self, expr: Reduce, value: Value, spot: Spot) -> None:
        """Take in a value."""
        builder, cell = self.nest.builder, spot.cells[0]
        held = self._held(cell)
        builder.store(operations.apply(builder, JOINING[expr.kind], [held, value]), cell)

    def merge(self, expr: Reduce, other: Spot, spot: Spot) -> None:
        """Take in what another accumulator holds."""
        self.join(expr, self._held(other.cells[0]), spot)

    def fill(self, expr: Reduce, value: Value, spot: Spot) -> None:
        """Take in fewer lanes than the accumulator has, put among neutral ones."""
        wide = operations.widen(self.nest.builder, value, self.places.tiling.width, NEUTRAL[expr.kind])
        self.join(expr, wide, spot)

    def _first(self, expr: Reduce, value: Value, spot: Spot) -> None:
        """The first place of the greatest value so far."""
        builder = self.nest.builder
        number = Place(0)
        for var in expr.over:
            number = number.times(var.extent) + var_place(var)
        here = self.value(Whole(number), spot.inst)
        held, where = map(self._held, spot.cells)
        if isinstance(held.type, ir.VectorType):
            here = self.places.spread(here)
        # A value that is none counts as the greatest, and the first such as the first maximum.
        greater = builder.fcmp_unordered(">", value, held)
        better = builder.and_(greater, builder.fcmp_ordered("ord", held, held))
        builder.store(builder.select(better, value, held), spot.cells[0])
        builder.store(builder.select(better, here, where), spot.cells[1])

    def finish(self, expr: Reduce, spot: Spot) -> Value:
        """The result: lanes along the reduction are joined."""
        held = self._held(spot.cells[-1])
        if self.places.vector in expr.over and isinstance(held.type, ir.VectorType):
            return operations.across(self.nest.builder, JOINING[expr.kind], held)
        return held

    def _held(self, cell: Value) -> Value:
        return self.nest.builder.load(cell, typ=cell.allocated_type)
