"""Factors of products in panels: the columns that a tile computes at once lie together, row after row.

Rows of a wide matrix lie far apart: a tile then meets another page of memory in each term of its sum, and
rows that lie a power of two apart displace one another from the cache.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from gradwright.execute.native.buffer import Buffer
from gradwright.execute.native.index import Place, Var, cut, var_place
from gradwright.execute.native.memory import near_of
from gradwright.execute.native.shape import products
from gradwright.execute.native.statement import (
    Kernel,
    Program,
    Repeat,
    Statement,
    Store,
    held,
    kernels_in,
    reads,
    settled,
    written,
)
from gradwright.execute.native.tree import Expr, Load, change_loads, put

VECTORS = 2
"""Vectors in a row of a panel, as many as a tile of a product has."""
FEWEST = 256
"""A copy pays for so many rows of the result and more."""
FAR = 1 << 16
"""So far from the first row, in numbers, the last one lies where panels pay."""


class Copies:
    """Copies of values for the kernels that read them, each made once.

    Args:
        buffers: All buffers; those of the copies are added.
        origin: Of what some values are copies, place by place.
    """

    def __init__(self, buffers: Mapping[str, Buffer], origin: Mapping[str, str] | None = None) -> None:
        self.buffers = dict(buffers)
        self.origin = dict(origin or {})
        self.first: list[Statement] = []
        """The copies of given values, which can be made before everything."""
        self._made: dict[object, str] = {}

    def takes(self, load: Load) -> bool:
        """Whether an entry can be copied: a number whose place no data decides."""
        buffer = self.buffers[load.buffer]
        return buffer.kind == "number" and buffer.offset(load.places).is_affine

    def load(
        self, load: Load, order: Sequence[Var], cuts: Mapping[Var, Place], before: list[Statement]
    ) -> Load:
        """The same entry in a copy.

        Args:
            load: An entry.
            order: The loops that it depends on, once they are cut, as the axes of the copy.
            cuts: For each loop that is cut its place, made of two of ``order``.
            before: Where the copy of a value that is made is put.
        """
        load = Load(self.origin.get(load.buffer, load.buffer), load.places)
        source = put(load, cuts)
        assert isinstance(source, Load), source
        fresh = {var: var_place(Var(f"c{number}", var.extent)) for number, var in enumerate(order)}
        numbers = {var: number for number, var in enumerate(order)}
        places = tuple(
            (place.const, frozenset((numbers[term], factor) for term, factor in place.terms))
            for place in source.places
        )
        key = (load.buffer, tuple(var.extent for var in order), places)
        if key not in self._made:
            name = self._made[key] = f"{load.buffer}~packed{len(self.buffers)}"
            self.buffers[name] = Buffer(tuple(var.extent for var in order))
            offset = self.buffers[load.buffer].offset(source.places)
            rows = sorted(order, key=lambda var: -abs(offset.factor(var)))
            loops = tuple(fresh[var].terms[0][0] for var in rows)
            copy = Kernel(loops, (Store(name, tuple(fresh.values()), put(source, fresh)),))
            (self.first if self.buffers[load.buffer].given else before).append(copy)
        return Load(self._made[key], tuple(map(var_place, order)))


def with_panels(program: Program, width: int) -> Program:
    """The program in which far factors of products lie in panels."""
    origin = dict(filter(None, map(_copied, program.statements)))
    packer = _Packer(Copies(program.buffers, origin), width * VECTORS)
    statements = packer.statements(program.statements)
    read = {
        load.buffer for kernel in kernels_in(statements) for store in kernel.stores for load in reads(store)
    }
    wanted = {*read, *program.outputs, *held(statements)}
    statements = [one for one in statements if (pair := _copied(one)) is None or pair[0] in wanted]
    return replace(program, buffers=packer.copies.buffers, statements=[*packer.copies.first, *statements])


def _copied(statement: Statement) -> tuple[str, str] | None:
    """The value that a statement makes as a copy of another, place by place, and that other."""
    if not isinstance(statement, Kernel) or len(statement.stores) > 1:
        return None
    store, value = statement.stores[0], statement.stores[0].value
    if not isinstance(value, Load) or value.places != store.places or store.add:
        return None
    return store.buffer, value.buffer


class _Packer:
    """Puts panels in place of far factors."""

    def __init__(self, copies: Copies, columns: int) -> None:
        self.copies, self.columns = copies, columns

    def statements(self, statements: Sequence[Statement]) -> list[Statement]:
        done: list[Statement] = []
        for statement in statements:
            if isinstance(statement, Repeat):
                within = written(statement.body)
                body = tuple(self._changed(one, within, done) for one in statement.body)
                done.append(Repeat(statement.var, statement.direction, body))
            else:
                done.append(self._changed(statement, frozenset(), done))
        return done

    def _changed(self, one: Statement, within: frozenset[str], before: list[Statement]) -> Statement:
        """The statement with panels for what does not change ``within`` the repetition around it."""
        if not isinstance(one, Kernel) or any(store.add for store in one.stores):
            return one
        near = near_of(one.stores[0], self.copies.buffers[one.stores[0].buffer])
        if near not in one.loops or near is None or near.extent % self.columns:
            return one
        far = {load: over for load, over in self._far(one, near) if load.buffer not in within}
        aside = {load: order for load, order in self._aside(one, near) if load.buffer not in within}
        if not far:
            return one
        panel, column, place = cut(near, self.columns)

        def change(load: Load) -> Expr:
            if load in aside:
                return self.copies.load(load, aside[load], {}, before)
            if load not in far:
                return load
            shared = [var for var in one.loops if var in load.vars and var is not near]
            order = [*shared, panel, *far[load], column]
            return self.copies.load(load, order, {near: place}, before)

        stores = (Store(s.buffer, s.places, change_loads(s.value, change)) for s in one.stores)
        loops = (new for var in one.loops for new in ((panel, column) if var is near else (var,)))
        return settled(Kernel(tuple(loops), tuple(stores)), {near: place})

    def _far(self, kernel: Kernel, near: Var) -> Iterator[tuple[Load, tuple[Var, ...]]]:
        """The factors whose rows, which lie along ``near``, are far apart, and the loops of their sums."""
        for total, made in products(kernel):
            for load in (made.left, made.right):
                offset = self.copies.buffers[load.buffer].offset(load.places)
                rows = math.prod(var.extent for var in kernel.loops if var not in load.vars)
                reach = max((abs(offset.factor(var)) * var.extent for var in total.over), default=0)
                inside = {*kernel.loops, *total.over}
                is_row = self.copies.takes(load) and offset.factor(near) == 1 and offset.vars <= inside
                if is_row and rows >= FEWEST and reach >= FAR:
                    yield load, tuple(var for var in total.over if var in load.vars)

    def _aside(self, kernel: Kernel, near: Var) -> Iterator[tuple[Load, list[Var]]]:
        """The left factors that lie along their rows though a tile reads along the sum, and that order."""
        for total, made in products(kernel):
            for load in (made.left, made.right):
                offset = self.copies.buffers[load.buffer].offset(load.places)
                columns = math.prod(var.extent for var in kernel.loops if var not in load.vars)
                shared = [var for var in kernel.loops if var in load.vars]
                if (
                    near in load.vars
                    or len(total.over) > 1
                    or columns < FEWEST
                    or not self.copies.takes(load)
                ):
                    continue
                if any(offset.factor(var) == 1 for var in shared) and offset.vars <= {*shared, *total.over}:
                    yield load, [*shared, *total.over]
