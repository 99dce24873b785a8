"""Planned statements read as a loop program: indices become counters, SymPy's nodes the program's own."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sympy import Expr, Mul

from gradwright.errors import UsageError
from gradwright.execute.lowering import statements as planned
from gradwright.execute.lowering.statements import Lowered
from gradwright.execute.native.buffer import Buffer
from gradwright.execute.native.entries import ZERO, Entries
from gradwright.execute.native.index import Place, Var, var_place
from gradwright.execute.native.statement import Kernel, Outside, Program, Repeat, Statement, Store
from gradwright.execute.native.tree import Const, Op, Reduce
from gradwright.execute.numeric import OPAQUE
from gradwright.tensor.nodes import Delta, Entry, Index


def read(lowered: Lowered, outputs: Sequence[str]) -> Program:
    """The loop program of a plan whose sizes are numbers.

    Args:
        lowered: The plan.
        outputs: The values that are asked for.

    Raises:
        UsageError: A function is known to neither machine code nor NumPy.
    """
    made = set(lowered.made)
    buffers = {}
    for name, shape in lowered.shapes.items():
        integer = name in lowered.integers
        kind = ("int32" if name in made else "int64") if integer else "number"
        buffers[name] = Buffer(tuple(int(extent) for extent in shape), kind, given=name not in made)
    reader = Reader(lowered.shapes, lowered.integers, buffers)
    found = [one for statement in lowered.statements for one in reader.statement(statement)]
    return Program(buffers, found, tuple(outputs), lowered.formulas)


class Reader(Entries):
    """Reads statements; each index is one counter while a statement is read.

    Args:
        shapes: The extents of every value.
        integers: The values that hold whole numbers.
        buffers: Where values are entered that a function without loops needs; None if there can be none.
    """

    def __init__(
        self,
        shapes: Mapping[str, tuple[Expr, ...]],
        integers: frozenset[str],
        buffers: dict[str, Buffer] | None = None,
    ) -> None:
        super().__init__(integers, buffers)
        self.shapes = shapes

    def statement(self, statement: planned.Statement) -> list[Statement]:
        """The kernels of a statement."""
        if isinstance(statement, planned.Repeat):
            time = self.times[statement.index] = self.counter(statement.index)
            body = [kernel for inner in statement.body for kernel in self.statement(inner)]
            return [Repeat(time, statement.direction, tuple(body))]
        if isinstance(statement, planned.Opaque):
            return [_of_whole_matrices(statement)]
        self.vars, self.before, self.known = dict(self.times), [], {}
        found = self._kernels(statement)
        return [*self.before, *found]

    def _kernels(self, statement: planned.Statement) -> list[Statement]:
        if isinstance(statement, planned.Fill):
            return [self._fill(statement)]
        if isinstance(statement, planned.Accumulate):
            return self._accumulate(statement)
        assert isinstance(statement, planned.Best), statement
        return [self._best(statement)]

    def _fill(self, statement: planned.Fill) -> Kernel:
        loops = tuple(self.counter(index) for index in statement.loops)
        places = tuple(self.place(place) for place in statement.places)
        return Kernel(loops, (Store(statement.target, places, self.number(statement.entry)),))

    def _accumulate(self, statement: planned.Accumulate) -> list[Statement]:
        """A sum where each entry has its own places; else zeros, and then a scatter."""
        lead = tuple(self.place(place) for place in statement.lead)
        places = statement.places
        if all(isinstance(place, Index) for place in places) and len(set(places)) == len(places):
            over = tuple(self.counter(index) for index in statement.loops if index not in places)
            value = self.number(statement.entry)
            value = Reduce("sum", over, value) if over else value
            loops = tuple(self.counter(place) for place in places)
            return [Kernel(loops, (Store(statement.target, (*lead, *map(var_place, loops)), value),))]
        own = self.shapes[statement.target][len(lead) :]
        zeros = tuple(Var(f"z{axis}", int(extent)) for axis, extent in enumerate(own))
        cleared = Kernel(zeros, (Store(statement.target, (*lead, *map(var_place, zeros)), ZERO),))
        loops = tuple(self.counter(index) for index in statement.loops)
        at = tuple(self.place(place) for place in places)
        if _apart(at, loops):
            value = self.number(statement.entry)
            kernel = Kernel(loops, (Store(statement.target, (*lead, *at), value),))
            covered = math.prod(var.extent for var in loops) == math.prod(own)
            inside = not Buffer(tuple(map(int, own))).tests(at)
            return [kernel] if covered and inside else [cleared, kernel]
        entry, fixed = self._fixed(statement.entry, statement.loops)
        loops = tuple(self.counter(index) for index in statement.loops if index not in fixed)
        at = tuple(self.place(place.xreplace(fixed)) for place in places)
        return [
            cleared,
            Kernel(loops, (Store(statement.target, (*lead, *at), self.number(entry), add=True),)),
        ]

    def _fixed(self, entry: Expr, loops: Sequence[Index]) -> tuple[Expr, dict[Index, Expr]]:
        """Loops that a delta fixes to a place told by data are none: the entry without them."""
        fixed: dict[Index, Expr] = {}
        rest = []
        for factor in Mul.make_args(entry):
            sides = factor.args if isinstance(factor, Delta) else ()
            index = next((side for side in sides if side in loops and side not in fixed), None)
            other = next((side for side in sides if isinstance(side, Entry)), None)
            if index is not None and other is not None:
                fixed[index] = other
            else:
                rest.append(factor)
        return Mul(*rest).xreplace(fixed), fixed

    def _best(self, statement: planned.Best) -> Kernel:
        """The first place of a maximum, told as one number and taken apart."""
        loops = tuple(self.counter(index) for index in statement.loops)
        over = tuple(self.counter(index) for index in statement.bound)
        places = tuple(self.place(place) for place in statement.places)
        best = Reduce("argmax", over, self.number(statement.body))
        stores = []
        step = math.prod(var.extent for var in over)
        for target, var in zip(statement.targets, over, strict=True):
            step //= var.extent
            part = Op("whole_div", (best, Const(step)))
            stores.append(Store(target, places, Op("whole_mod", (part, Const(var.extent)))))
        return Kernel(loops, tuple(stores))


def _of_whole_matrices(statement: planned.Opaque) -> Outside:
    """The call of a function of whole matrices; a singular one has no value."""
    if statement.function not in OPAQUE:
        raise UsageError(f"{statement.function} can't be compiled", hint='use backend="numpy"')
    function = OPAQUE[statement.function]

    def apply(*arrays: Any) -> Any:
        value = function(*arrays)
        if np.isnan(value).any() and all(np.isfinite(array).all() for array in arrays):
            raise np.linalg.LinAlgError
        return value

    return Outside(statement.function, apply, statement.operands, statement.target)


def _apart(places: Sequence[Place], loops: Sequence[Var]) -> bool:
    """Whether no two places of the loops are the same place of an array: each is written once."""
    left = set(loops)
    for place in places:
        reach = 1
        for term, factor in sorted(place.terms, key=lambda pair: abs(pair[1])):
            if not isinstance(term, Var) or term not in left or abs(factor) < reach:
                return False
            reach = abs(factor) * (term.extent - 1) + reach
            left.discard(term)
    return not left
