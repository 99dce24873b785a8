"""Sums over more than a cache holds: their outermost loop goes outside, so that what is read is read once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from gradwright.execute.native.blas import call_of
from gradwright.execute.native.index import Var, put_place, var_place
from gradwright.execute.native.loops import joined
from gradwright.execute.native.statement import Kernel, Program, Statement, Store
from gradwright.execute.native.tree import Const, Load, Reduce, put, walk

NEAR = 1 << 15
"""A result of so many numbers stays near while it is added to."""
FAR = 1 << 16
"""Values of more numbers do not stay near while a result's tiles are computed one after the other."""
SHORTEST = 16
"""Sums of fewer terms are not worth to be added to memory."""


def with_outer_sums(program: Program) -> Program:
    """The program in which long sums with small results are carried out slice by slice."""
    found: list[Statement] = []
    for statement in program.statements:
        found += _sliced(statement, program) if isinstance(statement, Kernel) else [statement]
    return replace(program, statements=found)


def _sliced(kernel: Kernel, program: Program) -> Sequence[Statement]:
    """Zeros, and then a kernel that adds a slice's sum for each slice; or the kernel as it is."""
    buffers = program.buffers
    store = kernel.stores[0]
    total = store.value
    if len(kernel.stores) > 1 or store.add or not isinstance(total, Reduce) or total.kind != "sum":
        return [kernel]
    if call_of(joined(kernel, buffers), buffers) is not None or len(total.over) < 2:
        return [kernel]
    loads = [node for node in walk(total.body) if isinstance(node, Load)]
    offsets = [buffers[load.buffer].offset(load.places) for load in loads]
    slices = max(total.over, key=lambda var: max((abs(offset.factor(var)) for offset in offsets), default=0))
    rest = tuple(var for var in total.over if var is not slices)
    size = math.prod(var.extent for var in kernel.loops)
    read = sum({load.buffer: buffers[load.buffer].size for load in loads}.values())
    terms = math.prod(var.extent for var in rest)
    if size < 64 or size > NEAR or read < FAR or terms < SHORTEST or slices.extent < 4:
        return [kernel]
    if any(slices not in offset.vars or not offset.is_affine for offset in offsets):
        return [kernel]
    fresh = {var: Var(var.name, var.extent) for var in kernel.loops}
    values = {var: var_place(one) for var, one in fresh.items()}
    places = tuple(put_place(place, values) for place in store.places)
    added = Store(store.buffer, places, put(Reduce("sum", rest, total.body), values), add=True)
    zeros = Kernel(kernel.loops, (Store(store.buffer, store.places, Const(0.0)),))
    return [zeros, Kernel((slices, *fresh.values()), (added,))]
