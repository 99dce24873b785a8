"""The tile of a kernel: which loop the vector runs along, and how many places are computed at once.

Chosen by counting, for one round of the innermost loop, the multiply-adds, the loads that differ, and the
length of the chain of additions; nothing is measured, so the choice is the same everywhere.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from gradwright.execute.native.buffer import Buffer
from gradwright.execute.native.index import Place, Var
from gradwright.execute.native.statement import Kernel
from gradwright.execute.native.tree import Draw, Expr, Load, Op, Reduce, loads_of, walk

REGISTERS = 16
ACCUMULATORS = 13
LATENCY = 4.0
DRAWN = 16.0
"""The cycles of a vector of drawn entries."""


@dataclass(frozen=True)
class Tiling:
    """A tile.

    Args:
        width: The lanes of a vector.
        vector: The loop along which the lanes lie; None where they lie along the reductions' own loops.
        tile: How many places (vectors, along the vector's loop) are computed at once.
        order: The loops from the outermost in.
        inner: For each reduction the loop along which the lanes lie where ``vector`` is None.
        cycles: About how long the whole kernel takes.
    """

    width: int
    vector: Var | None
    tile: dict[Var, int]
    order: tuple[Var, ...]
    inner: dict[Reduce, Var] = field(default_factory=dict)
    cycles: float = 0.0

    def along(self, reduction: Reduce) -> Var | None:
        """The loop of a reduction along which the lanes lie."""
        return self.inner.get(reduction)

    def starts(self, var: Var, lanes: int) -> tuple[int, ...]:
        """How far each vector of the tile begins after its first place; the last may overlap another."""
        count = self.tile.get(var, 1)
        if count * lanes <= var.extent:
            return tuple(lanes * number for number in range(count))
        return (*(lanes * number for number in range(count - 1)), var.extent - lanes)

    def span(self, var: Var, lanes: int) -> int:
        """The number of places that a tile covers along a loop."""
        count = self.tile.get(var, 1)
        return min(var.extent, count * lanes) if var is self.vector else min(var.extent, count)


def tiling(kernel: Kernel, buffers: dict[str, Buffer], width: int) -> Tiling:
    """The cheapest tile.

    Args:
        kernel: The kernel.
        buffers: All buffers.
        width: The lanes of a vector.
    """
    costs = _Costs(kernel, buffers, width)
    cycles, (vector, tile) = min(costs.candidates(is_exact(kernel)), key=lambda pair: pair[0])
    others = [var for var in kernel.loops if var not in tile and var is not vector]
    order = [*others, *costs.ordered(tile if vector is None else {vector: 1, **tile})]
    chosen = Tiling(width, vector, dict(tile), ())
    whole = [var for var in order if chosen.span(var, min(width, var.extent)) == var.extent]
    order = [*whole, *(var for var in order if var not in whole)]  # what has one round changes nothing inside
    inner = (
        {} if vector is not None else {r: v for r in costs.reductions if (v := costs.along(r)) is not None}
    )
    return Tiling(width, vector, dict(tile), tuple(order), inner, cycles)


def is_exact(kernel: Kernel) -> bool:
    """Whether computing a place twice would change the result."""
    if any(store.add for store in kernel.stores):
        return True
    written = {store.buffer: store for store in kernel.stores}
    here: set[str] = set()
    for store in kernel.stores:
        for load in loads_of(store.value):
            made = written.get(load.buffer)
            if made is None:
                continue
            pairs = zip(load.places, made.places, strict=True)
            if any(a.apart(b) and not a.vars & set(kernel.loops) for a, b in pairs):
                continue
            if load.buffer not in here or load.places != made.places:
                return True
        here.add(store.buffer)
    return False


class _Costs:
    """Counts what a tile costs, in cycles of a core that does two loads and two multiply-adds in each."""

    def __init__(self, kernel: Kernel, buffers: dict[str, Buffer], width: int) -> None:
        self.kernel, self.buffers, self.width = kernel, buffers, width
        self._offsets: dict[Load, Place] = {}
        self._bodies: dict[Reduce, tuple[list[Load], int]] = {}
        self._along: dict[Reduce, Var | None] = {}
        values = [store.value for store in kernel.stores]
        self.reductions = list(dict.fromkeys(n for v in values for n in walk(v) if isinstance(n, Reduce)))
        self.stores = [buffers[store.buffer].offset(store.places) for store in kernel.stores]
        self.plain = list(dict.fromkeys(load for value in values for load in _outside(value)))
        self.draws = list(dict.fromkeys(n for v in values for n in walk(v) if isinstance(n, Draw)))
        self.read = list(dict.fromkeys(n for v in values for n in walk(v) if isinstance(n, Load)))
        self.scatters = any(
            store.add and not place.is_affine for store, place in zip(kernel.stores, self.stores, strict=True)
        )

    def offset(self, load: Load) -> Place:
        """Where an entry lies; found once."""
        if load not in self._offsets:
            self._offsets[load] = self.buffers[load.buffer].offset(load.places)
        return self._offsets[load]

    def candidates(self, exact: bool) -> Iterator[tuple[float, tuple[Var | None, dict[Var, int]]]]:
        """Tiles with their costs."""
        loops = self.kernel.loops
        for vector in [None, *(var for var in loops if var.extent > 1)]:
            if vector is not None and any(
                store.add and vector not in p.vars
                for store, p in zip(self.kernel.stores, self.stores, strict=True)
            ):
                continue
            if vector is not None and self.scatters and any(_by_data(p, vector) for p in self.stores):
                continue
            placed = frozenset().union(*(offset.vars for offset in self.stores))
            others = [var for var in loops if var is not vector and var.extent > 1 and var in placed]
            if not self.reductions:
                counts = {} if vector is None else {vector: min(2, max(1, vector.extent // self.width))}
                counts = {} if exact else counts
                yield self.cost(vector, counts), (vector, counts)
                continue
            tallest = 1 if vector is None else -(-vector.extent // self.width)
            heights = [
                n
                for n in range(1, min(6, tallest) + 1)
                if n == 1 or vector is None or not exact or vector.extent % (n * self.width) < self.width
            ]
            for high in heights:
                own = {} if vector is None else {vector: high}
                yield self.cost(vector, own), (vector, own)
                for one, two in [(a, b) for a in others for b in [None, *others] if a is not b]:
                    for rows in _counts(one, ACCUMULATORS // high, exact):
                        for more in _counts(two, ACCUMULATORS // (high * rows), exact) if two else (1,):
                            tile = {**own, one: rows, **({two: more} if two and more > 1 else {})}
                            yield self.cost(vector, tile), (vector, tile)

    def cost(self, vector: Var | None, tile: dict[Var, int]) -> float:
        """Cycles of the whole kernel."""
        blocks, size = 1.0, 1
        for var in self.kernel.loops:
            count = tile.get(var, 1)
            step = count * self.width if var is vector else count
            blocks *= -(-var.extent // step)
            size *= count
        total = blocks * (2 + len(tile))
        spread = 1.0
        for var in tile:
            steps = [abs(self.offset(load).factor(var)) for load in self.read if var in load.vars]
            spread += 0.03 * max((math.log2(step) for step in steps if step), default=0.0)
        for reduction in self.reductions:
            total += blocks * self._reduction(reduction, vector, tile)
        for load in self.plain:
            total += blocks * 0.5 * self._loads(load, vector, tile)
        for draw in self.draws:
            total += blocks * DRAWN * math.prod(count for var, count in tile.items() if var in draw.vars)
        for store in self.stores:
            far = vector is not None and store.factor(vector) != 1 and vector in store.vars
            total += blocks * size * (self.width if far else 1)
        if vector is None or not any(s.factor(vector) == 1 for s in self.stores):
            work = sum(1 for s in self.kernel.stores for n in walk(s.value) if isinstance(n, Op))
            total += blocks * size * work * (0.0 if vector is not None else 1.0)
        return total * spread

    def _reduction(self, reduction: Reduce, vector: Var | None, tile: dict[Var, int]) -> float:
        rounds = math.prod(var.extent for var in reduction.over)
        along = None if vector is not None else self.along(reduction)
        lanes = vector if vector is not None else along
        if along is not None:
            rounds = rounds // along.extent * -(-along.extent // self.width)
        size = math.prod(tile.get(var, 1) for var in tile if var in reduction.vars)
        inside = list(_outside(reduction.body))
        loads = sum(self._loads(load, lanes, tile) for load in dict.fromkeys(inside))
        work = _work(reduction.body)
        counts = sorted(number for var, number in tile.items() if var in reduction.vars)
        if size + math.prod(counts[:-1]) + 2 > REGISTERS:
            loads += size
        longer, shorter = max(0.5 * size * work, 0.5 * loads), min(0.5 * size * work, 0.5 * loads)
        cycles = max(longer, LATENCY) + 0.15 * shorter + 0.6
        return rounds * cycles + (8.0 * size if along is not None else 0.0)

    def _body(self, reduction: Reduce) -> tuple[list[Load], int]:
        """The entries that one round of a reduction reads, and the operations that it does."""
        if reduction not in self._bodies:
            inside = list(dict.fromkeys(_outside(reduction.body)))
            work = _work(reduction.body)
            self._bodies[reduction] = (inside, work)
        return self._bodies[reduction]

    def _loads(self, load: Load, lanes: Var | None, tile: dict[Var, int]) -> float:
        """The load instructions for one entry at all places of the tile."""
        offset = self.offset(load)
        count = math.prod(number for var, number in tile.items() if var in offset.vars)
        if lanes is None or lanes not in offset.vars:
            return count
        return (
            count if offset.factor(lanes) == 1 and not _by_data(offset, lanes) else 1.5 * self.width * count
        )

    def along(self, reduction: Reduce) -> Var | None:
        """The loop of a reduction whose neighbours lie side by side in most of what is read."""
        if reduction not in self._along:
            self._along[reduction] = self._best_along(reduction)
        return self._along[reduction]

    def _best_along(self, reduction: Reduce) -> Var | None:
        votes = {}
        for var in reduction.over:
            near = sum(1 for load in _outside(reduction.body) if self.offset(load).factor(var) == 1)
            far = sum(1 for load in _outside(reduction.body) if var in load.vars) - near
            if near > far and var.extent >= self.width and reduction.kind != "argmax":
                votes[var] = near * 1000 + min(var.extent, 999)
        return max(votes, key=lambda var: votes[var]) if votes else None

    def ordered(self, tile: dict[Var, int]) -> list[Var]:
        """The tile's loops: what is read again at each round of the outer one should be small."""

        def read(var: Var) -> int:
            loads = {n for r in self.reductions for n in _outside(r.body) if var not in n.vars}
            return sum(min(self.buffers[load.buffer].size, 1 << 30) for load in loads)

        return sorted(tile, key=read)


def _work(body: Expr) -> int:
    """The operations of a sum's term, its end aside."""
    if isinstance(body, Op) and body.name == "within":
        body = body.args[1]
    return max(1, sum(1 for node in walk(body) if isinstance(node, Op)))


def _counts(var: Var | None, most: int, exact: bool) -> Sequence[int]:
    if var is None:
        return (1,)
    found = [n for n in range(2, ACCUMULATORS + 1) if n <= min(most, var.extent)]
    return [n for n in found if var.extent % n == 0] if exact else found


def _outside(expr: Expr) -> Iterator[Load]:
    """The loads of an expression but for those inside reductions."""
    if isinstance(expr, Load):
        yield expr
    elif not isinstance(expr, Reduce):
        for child in expr.children:
            yield from _outside(child)


def _by_data(place: Place, var: Var) -> bool:
    """Whether data that depends on a counter decides where a place is."""
    return any(not isinstance(term, Var) and var in term.vars for term, _ in place.terms)
