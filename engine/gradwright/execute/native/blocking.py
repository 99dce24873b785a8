"""Sums over more than a cache holds: their outermost loop goes outside, so that what is read is read once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from gradwright.execute.native.index import Var, cut, put_place, var_place
from gradwright.execute.native.statement import Kernel, Program, Statement, Store
from gradwright.execute.native.tree import Expr, Load, Reduce, has_reduction, put, summed, terms, walk

NEAR = 1 << 16
"""A result of so many numbers stays near while it is added to."""
FAR = 1 << 16
"""Values of more numbers do not stay near while a result's tiles are computed one after the other."""
DEEP, WIDE = 512, 4096
"""A sum that other values are made of is taken apart from them if it has so many terms and so many places."""
LONGEST, SHORTEST = 64, 16
"""A long loop is cut into slices of at most so many terms; fewer are not worth to be added to memory."""


def with_outer_sums(program: Program) -> Program:
    """The program in which long sums with small results are carried out slice by slice."""
    found: list[Statement] = []
    for statement in program.statements:
        found += _sliced(statement, program) if isinstance(statement, Kernel) else [statement]
    return replace(program, statements=found)


def _sliced(kernel: Kernel, program: Program) -> Sequence[Statement]:
    """The kernel as three: what stands beside the sum, the sum by slices, what is made of it; or as it is."""
    store, *others = kernel.stores
    total, beside = _parted(store.value)
    if store.add or total is None or any(has_reduction(one.value) for one in others):
        return [kernel]
    size = math.prod(var.extent for var in kernel.loops)
    if others and (math.prod(var.extent for var in total.over) < DEEP or not WIDE <= size <= NEAR // 4):
        return [kernel]
    total = _halved(total)
    slices = _slices(total, kernel, program)
    if slices is None:
        return [kernel]
    rest = tuple(var for var in total.over if var is not slices)
    fresh = {var: Var(var.name, var.extent) for var in kernel.loops}
    values = {var: var_place(one) for var, one in fresh.items()}
    places = tuple(put_place(place, values) for place in store.places)
    added = Store(store.buffer, places, put(Reduce("sum", rest, total.body), values), add=True)
    found: list[Statement] = [Kernel(kernel.loops, (Store(store.buffer, store.places, summed(beside)),))]
    found.append(Kernel((slices, *fresh.values()), (added,)))
    return [*found, Kernel(kernel.loops, tuple(others))] if others else found


def _parted(value: Expr) -> tuple[Reduce | None, tuple[Expr, ...]]:
    """The one sum among the terms of a value, and the others."""
    sums = [term for term in terms(value) if isinstance(term, Reduce) and term.kind == "sum"]
    beside = tuple(term for term in terms(value) if term not in sums)
    return (sums[0], beside) if len(sums) == 1 and not any(map(has_reduction, beside)) else (None, ())


def _slices(total: Reduce, kernel: Kernel, program: Program) -> Var | None:
    """The loop of a sum that goes outside if that pays: the one along which memory is read in wide steps."""
    if len(total.over) < 2:
        return None
    buffers = program.buffers
    loads = [node for node in walk(total.body) if isinstance(node, Load)]
    offsets = [buffers[load.buffer].offset(load.places) for load in loads]
    slices = max(total.over, key=lambda var: max((abs(offset.factor(var)) for offset in offsets), default=0))
    size = math.prod(var.extent for var in kernel.loops)
    read = sum({load.buffer: buffers[load.buffer].size for load in loads}.values())
    length = math.prod(var.extent for var in total.over if var is not slices)
    if size < 64 or size > NEAR or read < FAR or length < SHORTEST or slices.extent < 4:
        return None
    if any(slices not in offset.vars or not offset.is_affine for offset in offsets):
        return None
    return slices


def _halved(total: Reduce) -> Reduce:
    """A sum over one long loop as one over slices and the places of a slice, if it can be cut evenly."""
    var = total.over[0]
    lengths = [length for length in range(LONGEST, SHORTEST - 1, -1) if var.extent % length == 0]
    if len(total.over) > 1 or not lengths or var.extent < 4 * lengths[0]:
        return total
    outer, inner, place = cut(var, lengths[0])
    return Reduce("sum", (outer, inner), put(total.body, {var: place}))
