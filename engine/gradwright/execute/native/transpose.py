"""Copies that turn a matrix: square blocks are read by rows, turned in registers, and written by rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from llvmlite import ir

from gradwright.execute.native.buffer import Buffer
from gradwright.execute.native.emit import Emitter
from gradwright.execute.native.index import Place, Var
from gradwright.execute.native.nest import I32
from gradwright.execute.native.statement import Kernel
from gradwright.execute.native.tiling import Tiling, tiling
from gradwright.execute.native.tree import Load

Value = Any


def turned(kernel: Kernel, buffers: Mapping[str, Buffer], width: int) -> tuple[Var, Var] | None:
    """The counters along which the target and the source of a copy lie side by side, if they differ."""
    store = kernel.stores[0]
    load = store.value
    if len(kernel.stores) > 1 or store.add or not isinstance(load, Load):
        return None
    ends = [(store.buffer, store.places), (load.buffer, load.places)]
    if any(buffers[name].kind != "number" for name, _ in ends):
        return None
    near = [_near(buffers[name].offset(places)) for name, places in ends]
    row, column = near
    if row is None or column is None or row is column:
        return None
    if not {row, column} <= set(kernel.loops) or min(row.extent, column.extent) < width:
        return None
    return row, column


def _near(offset: Place) -> Var | None:
    if not offset.is_affine:
        return None
    return next((term for term, factor in offset.terms if factor == 1), None)


def tile_of(kernel: Kernel, buffers: Mapping[str, Buffer], width: int) -> Tiling:
    """The tile of any kernel: a square for a copy that turns a matrix, else the cheapest."""
    pair = turned(kernel, buffers, width)
    return tiling(kernel, dict(buffers), width) if pair is None else _square(kernel, pair, width)


def _square(kernel: Kernel, pair: tuple[Var, Var], width: int) -> Tiling:
    row, column = pair
    others = [var for var in kernel.loops if var not in pair]
    cycles = 3.0
    for var in kernel.loops:
        cycles *= -(-var.extent // width) * width if var in pair else var.extent
    return Tiling(width, row, {row: 1, column: width}, (*others, column, row), {}, cycles / width)


def write(emitter: Emitter, kernel: Kernel, pair: tuple[Var, Var], width: int) -> None:
    """One square of the copy."""
    column = pair[1]
    store = kernel.stores[0]
    load = store.value
    assert isinstance(load, Load), load
    buffers, access, places = emitter.access.buffers, emitter.access, emitter.places
    source = buffers[load.buffer].offset(load.places)
    target = buffers[store.buffer].offset(store.places)
    rows = [access.read(load.buffer, places.place(source, {column: 0}, row), width) for row in range(width)]
    for number, turn in enumerate(_turned(emitter.builder, rows)):
        access.write(store, places.place(target, {column: number}), turn)


def _turned(builder: ir.IRBuilder, rows: Sequence[Value]) -> list[Value]:
    """The columns of a square: blocks beside the diagonal change places, at each size of blocks."""
    found, count, step = list(rows), len(rows), 1
    while step < count:
        for at in range(count):
            if at & step:
                continue
            one, other = found[at], found[at + step]
            low = [lane if not lane & step else count + lane - step for lane in range(count)]
            high = [lane + step if not lane & step else count + lane for lane in range(count)]
            found[at], found[at + step] = (
                builder.shuffle_vector(one, other, ir.Constant(ir.VectorType(I32, count), mask))
                for mask in (low, high)
            )
        step *= 2
    return found
