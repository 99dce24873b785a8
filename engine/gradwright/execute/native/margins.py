"""Entries outside their axes are 0: zeros laid around a value, or a check where data decides.

An entry used as a place is checked where it is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from gradwright.execute.native.buffer import Buffer
from gradwright.execute.native.index import Var, var_place
from gradwright.execute.native.statement import (
    Kernel,
    Program,
    Statement,
    Store,
    change_reads,
    kernels_in,
)
from gradwright.execute.native.tree import Expr, Load, Op, loads_of

WIDEST = 64
"""No more zeros than this are laid before or after an axis; further out an entry is checked."""


def with_margins(program: Program) -> Program:
    """The program with every load inside its buffer: zeros around the values, given ones copied for that."""
    low: dict[str, list[int]] = {}
    high: dict[str, list[int]] = {}
    for kernel in kernels_in(program.statements):
        for store in kernel.stores:
            for load in loads_of(store.value):
                _widen(load, program.buffers[load.buffer], low, high)
    wide = {name for name in low if any(low[name]) or any(high[name])}
    buffers = dict(program.buffers)
    renamed: dict[str, str] = {}
    copies: list[Statement] = []
    for name in sorted(wide):
        buffer = buffers[name]
        before, after = tuple(low[name]), tuple(high[name])
        if not buffer.given:
            buffers[name] = replace(buffer, low=before, high=after)
            continue
        renamed[name] = f"{name}~wide"
        kind = "int32" if buffer.kind == "int64" else buffer.kind
        buffers[renamed[name]] = Buffer(buffer.shape, kind, before, after)
        loops = tuple(Var(f"c{axis}", extent) for axis, extent in enumerate(buffer.shape))
        places = tuple(map(var_place, loops))
        copies.append(Kernel(loops, (Store(renamed[name], places, Load(name, places)),)))

    def inside(load: Load) -> Expr:
        name = renamed.get(load.buffer, load.buffer) if _leaves(load, buffers[load.buffer]) else load.buffer
        return guarded(Load(name, load.places), buffers)

    statements = [change_reads(statement, inside) for statement in program.statements]
    return Program(buffers, [*copies, *statements], program.outputs, program.formulas)


def guarded(load: Load, buffers: Mapping[str, Buffer]) -> Expr:
    """An entry, or 0 if it lies outside."""
    return _under("guarded", buffers[load.buffer].tests(load.places), load)


def _under(name: str, tests: tuple[Expr, ...], value: Expr) -> Expr:
    """A value under the condition that all tests hold."""
    if not tests:
        return value
    return Op(name, (tests[0] if len(tests) == 1 else Op("and", tests), value))


def checked(kernel: Kernel, buffers: Mapping[str, Buffer]) -> Kernel:
    """The kernel that stores nothing outside an axis."""

    def inside(store: Store) -> Store:
        tests = buffers[store.buffer].tests(store.places, margins=False)
        return replace(store, value=_under("only", tests, store.value))

    return Kernel(kernel.loops, tuple(map(inside, kernel.stores)))


def _leaves(load: Load, buffer: Buffer) -> bool:
    """Whether a load may lie outside the axes of its buffer."""
    for place, extent in zip(load.places, buffer.shape, strict=True):
        bounds = place.range()
        if bounds is not None and (bounds[0] < 0 or bounds[1] >= extent):
            return True
    return False


def _widen(load: object, buffer: Buffer, low: dict[str, list[int]], high: dict[str, list[int]]) -> None:
    if not isinstance(load, Load):
        return
    before = low.setdefault(load.buffer, [0] * len(buffer.shape))
    after = high.setdefault(load.buffer, [0] * len(buffer.shape))
    for axis, (place, extent) in enumerate(zip(load.places, buffer.shape, strict=True)):
        bounds = place.range()
        if bounds is not None:
            before[axis] = max(before[axis], min(WIDEST, -bounds[0]))
            after[axis] = max(after[axis], min(WIDEST, bounds[1] - extent + 1))
