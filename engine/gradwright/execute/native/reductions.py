"""Reductions carried out at every place of a tile at once: their loops, with accumulators in registers."""

from __future__ import annotations

import contextlib
import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gradwright.execute.native.accumulate import Accumulators, Spot
from gradwright.execute.native.index import Var
from gradwright.execute.native.nest import I64, Nest
from gradwright.execute.native.places import Instance, Places
from gradwright.execute.native.reach import Reach
from gradwright.execute.native.tree import Expr, Load, Reduce, walk

Value = Any
UNROLLED = 40
"""A loop of a reduction is written out if that makes no more terms than this."""
WRITTEN = 640
"""So many terms are written out at most; beyond that compiling takes long and code leaves the cache."""
SPLIT = 8
"""A reduction has about so many accumulators at least: an addition takes four cycles, two start in each."""
LONGEST, SUMMED = 4096, 256
"""A sum over so many places is taken in parts: a loop's rounds, or blocks of so many."""


class Reducer:
    """Writes reductions.

    Args:
        nest: The loops around the code.
        places: Whole numbers, and the lanes.
        value: Writes an expression's value at a place of the tile.
    """

    def __init__(self, nest: Nest, places: Places, value: Callable[[Expr, Instance], Value]) -> None:
        self.nest, self.places, self.value = nest, places, value
        self.accumulators = Accumulators(nest, places, value)
        self.reach = Reach(nest, places)

    def reduce(self, chain: Sequence[Reduce], name: Expr, inst: Instance, counts: Mapping[Var, int]) -> None:
        """Carry out a reduction at every place of the tile; the innermost frame remembers the results.

        Args:
            chain: Reductions; sums that are added to one another go on in the same accumulators.
            name: What they are together.
            inst: The place of the tile for which it is asked.
            counts: How many places of the tile there are along its counters.
        """
        combos = self._instances(name, inst, counts)
        spots: list[Spot] = []
        vector, lanes = self.places.vector, self.places.lanes
        for expr in chain:
            over = self._by_distance(expr)
            if vector is None or lanes == 1:
                self.places.vector = self.places.tiling.along(expr)
                if self.places.vector is not None:
                    over.remove(self.places.vector)
                    over.append(self.places.vector)
            spots = spots or [self.accumulators.start(expr, name, combo) for combo in combos]
            self._loops(expr, over, spots)
        results = [self.accumulators.finish(chain[-1], spot) for spot in spots]
        self.places.vector, self.places.lanes = vector, lanes
        for combo, result in zip(combos, results, strict=True):
            self.nest.inner.memo[(name, *combo.items())] = result

    def _instances(self, name: Expr, inst: Instance, counts: Mapping[Var, int]) -> list[dict[Var, int]]:
        """The places of the tile at which a value differs; what few of them share stays in registers."""
        tile = [var for var, _ in self.places.key(name.vars, inst)]
        slow = sorted(tile, key=lambda var: -counts[var])
        combos = []
        for at in itertools.product(*(range(counts[var]) for var in slow)):
            found = dict(zip(slow, at, strict=True))
            combos.append({var: found[var] for var in tile})
        return combos

    def _by_distance(self, expr: Reduce) -> list[Var]:
        """The loops of a reduction, that along which memory is read in the smallest steps last."""
        if expr.kind == "argmax":
            return list(expr.over)
        loads = [node for node in walk(expr.body) if isinstance(node, Load)]
        offsets = [self.places.access.buffers[load.buffer].offset(load.places) for load in loads]
        return sorted(expr.over, key=lambda var: -max((abs(o.factor(var)) for o in offsets), default=0))

    def _loops(self, expr: Reduce, over: Sequence[Var], spots: Sequence[Spot]) -> None:
        """The loops of a reduction, the last of which may be the vector's."""
        if not over:
            self._take(expr, spots)
            return
        var, *rest = over
        if var is self.places.vector:
            self.places.lanes = width = self.places.tiling.width
            self._run(expr, var, width, var.extent // width, spots)
            if var.extent % width:
                self._tail(expr, var, spots)
        elif var.extent * len(spots) <= UNROLLED and self._terms(over) * len(spots) <= WRITTEN:
            for at in range(var.extent):
                with self.nest.placed(var, I64(at)):
                    self._loops(expr, rest, spots)
        elif rest:
            reach = self.reach.rounds(expr.body, var, 1, var.extent)
            with self.nest.loop(var, *reach), self._part(expr, spots) as own:
                self._loops(expr, rest, own)
        else:
            self._run(expr, var, 1, var.extent, spots)

    def _terms(self, over: Sequence[Var]) -> int:
        """How many terms there are along loops, a vector of them counting once."""
        return math.prod(var.extent for var in over if var is not self.places.vector)

    @contextlib.contextmanager
    def _part(self, expr: Reduce, spots: Sequence[Spot]) -> Iterator[Sequence[Spot]]:
        """Accumulators for a part of a long sum, so that a small term meets no large total."""
        if expr.kind != "sum" or math.prod(var.extent for var in expr.over) < LONGEST:
            yield spots
            return
        own = [self.accumulators.start(expr, expr, spot.inst) for spot in spots]
        yield own
        for spot, part in zip(spots, own, strict=True):
            self.accumulators.merge(expr, part, spot)

    def _take(self, expr: Reduce, spots: Sequence[Spot]) -> None:
        for spot in spots:
            self.accumulators.take(expr, expr.body, spot)

    def _run(self, expr: Reduce, var: Var, step: int, rounds: int, spots: Sequence[Spot]) -> None:
        """The innermost loop; few sums are each split in several, since one waits for its last addition.

        A sum over very many places is taken block by block, so that it stays exact.
        """
        split = 1 if expr.kind == "argmax" else max(1, min(SPLIT // len(spots), rounds))
        first = 0
        if rounds >= LONGEST and expr.kind == "sum":
            blocks, first = rounds // SUMMED, rounds // SUMMED * SUMMED
            reach = self.reach.rounds(expr.body, var, step * SUMMED, blocks)
            with self.nest.loop(Var(f"{var.name}b", blocks), *reach):
                begin = self.nest.builder.mul(self.nest.counter, I64(SUMMED), flags=["nsw"])
                with self._part(expr, spots) as own:
                    self._split(expr, _Rounds(var, step, begin, SUMMED), split, own)
        self._split(expr, _Rounds(var, step, I64(first), rounds - first), split, spots)

    def _split(self, expr: Reduce, rounds: _Rounds, split: int, spots: Sequence[Spot]) -> None:
        """Some rounds of the innermost loop with several accumulators for each place."""
        if rounds.count == 0:
            return
        nest, split = self.nest, min(split, rounds.count)
        several = [spots] + [
            [self.accumulators.start(expr, expr, spot.inst) for spot in spots] for _ in range(split - 1)
        ]
        whole = rounds.count // split
        reach = I64(0), I64(whole)
        if rounds.begin == I64(0):
            reach = self.reach.rounds(expr.body, rounds.var, rounds.step * split, whole)
        with nest.loop(Var(f"{rounds.var.name}s", whole), *reach) as number:
            for more, own in enumerate(several):
                with nest.placed(rounds.var, rounds.at(nest, split, number, more)):
                    self._take(expr, own)
        for more in range(whole * split, rounds.count):
            with nest.placed(rounds.var, rounds.at(nest, split, None, more)):
                self._take(expr, spots)
        for own in several[1:]:
            for spot, other in zip(spots, own, strict=True):
                self.accumulators.merge(expr, other, spot)

    def _tail(self, expr: Reduce, var: Var, spots: Sequence[Spot]) -> None:
        """The last places of a vector along a reduction: fewer lanes."""
        width = self.places.tiling.width
        self.places.lanes = var.extent % width
        with self.nest.placed(var, I64(var.extent - self.places.lanes)):
            for spot in spots:
                value = self.places.spread(self.value(expr.body, spot.inst))
                self.accumulators.fill(expr, value, spot)
        self.places.lanes = width


@dataclass(frozen=True)
class _Rounds:
    """Rounds of an innermost loop.

    Args:
        var: The counter.
        step: How many places a round takes.
        begin: The first round's number.
        count: How many there are.
    """

    var: Var
    step: int
    begin: Value
    count: int

    def at(self, nest: Nest, split: int, number: Value | None, more: int) -> Value:
        """The counter's value ``more`` rounds after ``number`` times as many as are split."""
        builder = nest.builder
        ahead = I64(more) if number is None else builder.add(builder.mul(number, I64(split)), I64(more))
        at = builder.add(self.begin, ahead, flags=["nsw"])
        return builder.mul(at, I64(self.step), flags=["nsw"]) if self.step > 1 else at
