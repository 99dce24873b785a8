"""Large products of matrices as calls of BLAS, in place and without a copy of ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from llvmlite import ir

from gradwright.execute.native.buffer import Buffer
from gradwright.execute.native.index import Place, Var
from gradwright.execute.native.statement import Kernel
from gradwright.execute.native.tree import Load, Op, Reduce

LONG = 512
"""A sum of products over so many places and more is BLAS's: it packs what a tile reads line by line."""
WORK = 1 << 27
"""So many multiply-adds pay for a call."""
INT, POINTER, I64 = ir.IntType(32), ir.PointerType(), ir.IntType(64)


@dataclass(frozen=True)
class Call:
    """``c[i, j] = sum(k, a[i, k]*b[k, j])``, each of the three in place.

    Args:
        size: The numbers of rows, columns and places summed over.
        a: The left factor: buffer, place of its first entry, whether ``k`` runs along its lines, distance of
            lines.
        b: The right factor; its lines run along ``j`` or ``k``.
        c: The result, whose lines run along ``j``.
    """

    size: tuple[int, int, int]
    a: tuple[str, Place, bool, int]
    b: tuple[str, Place, bool, int]
    c: tuple[str, Place, int]


def call_of(kernel: Kernel, buffers: Mapping[str, Buffer]) -> Call | None:
    """The call that does a kernel's work, if it is one large product of two matrices."""
    if len(kernel.loops) != 2 or len(kernel.stores) != 1 or kernel.stores[0].add:
        return None
    store = kernel.stores[0]
    total = store.value
    if not isinstance(total, Reduce) or total.kind != "sum" or len(total.over) != 1:
        return None
    body, inner = total.body, total.over[0]
    if not isinstance(body, Op) or body.name != "mul" or len(body.args) != 2:
        return None
    work = kernel.loops[0].extent * kernel.loops[1].extent * inner.extent
    loads = [factor for factor in body.args if isinstance(factor, Load)]
    if inner.extent < LONG or work < WORK or len(loads) != 2:
        return None
    target = buffers[store.buffer].offset(store.places)
    column = next((var for var in kernel.loops if target.factor(var) == 1), None)
    if column is None or not target.is_affine:
        return None
    row = next(var for var in kernel.loops if var is not column)
    factors = [(load, buffers[load.buffer].offset(load.places)) for load in loads]
    found: dict[Var, tuple[str, Place, bool, int]] = {}
    for load, offset in factors:
        for own, other in ((row, column), (column, row)):
            near = {offset.factor(own), offset.factor(inner)}
            if offset.factor(other) == 0 and offset.is_affine and 1 in near and 0 not in near:
                along = offset.factor(inner) == 1
                distance = offset.factor(own if along else inner)
                if buffers[load.buffer].kind == "number" and distance > 0:
                    found[own] = (load.buffer, _start(offset, (own, inner)), along, distance)
    if set(found) != {row, column} or target.factor(row) < column.extent:
        return None
    result = (store.buffer, _start(target, (row, column)), target.factor(row))
    return Call((row.extent, column.extent, inner.extent), found[row], found[column], result)


def _start(offset: Place, inside: tuple[Var, ...]) -> Place:
    """The place of the first entry."""
    return Place(offset.const, tuple((term, factor) for term, factor in offset.terms if term not in inside))


def write(
    builder: ir.IRBuilder,
    call: Call,
    number: ir.Type,
    pointer: Callable[[str, Place], Any],
) -> None:
    """The call of BLAS.

    Args:
        builder: Where the code goes.
        call: The product.
        number: LLVM's type of a number.
        pointer: Gives the address of an entry.
    """
    name = "gw_sgemm" if isinstance(number, ir.FloatType) else "gw_dgemm"
    module = builder.module
    type_ = ir.FunctionType(ir.VoidType(), [POINTER] * 13)
    function = module.globals.get(name) or ir.Function(module, type_, name)
    first, second = call.b, call.a
    rows, columns, inner = call.size
    letters = ["T" if first[2] else "N", "N" if second[2] else "T"]
    held: list[Any] = [_cell(builder, ir.Constant(ir.IntType(8), ord(letter))) for letter in letters]
    held += [_cell(builder, value) for value in (INT(columns), INT(rows), INT(inner), number(1.0))]
    held += [pointer(first[0], first[1]), _cell(builder, INT(first[3]))]
    held += [pointer(second[0], second[1]), _cell(builder, INT(second[3])), _cell(builder, number(0.0))]
    held += [pointer(call.c[0], call.c[1]), _cell(builder, INT(call.c[2]))]
    builder.call(function, held)


def _cell(builder: ir.IRBuilder, value: Any) -> Any:
    with builder.goto_entry_block():
        made = builder.alloca(value.type)
    builder.store(value, made)
    return made
