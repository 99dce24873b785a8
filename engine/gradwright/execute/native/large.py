"""Large products by blocks: a block of one factor and a panel of the other stay in the cache.

A sum over many terms goes layer by layer; in a layer the rows go block by block, and a block's columns panel
by panel (Goto and van de Geijn, Anatomy of high-performance matrix multiplication, 2008).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from gradwright.execute.native.index import Place, Var, cut, put_place, var_place
from gradwright.execute.native.loops import without_single
from gradwright.execute.native.memory import near_of
from gradwright.execute.native.packing import VECTORS, Copies
from gradwright.execute.native.shape import matrices
from gradwright.execute.native.statement import Kernel, Program, Statement, Store, is_partial
from gradwright.execute.native.tree import (
    Const,
    Load,
    Op,
    Reduce,
    loads_of,
    put,
    replaced,
    summed,
    terms,
    walk,
)

LARGE = 1 << 18
"""A left factor of so many numbers is not in the cache when the next panel of the right one meets it."""
DEEP = 512
"""Terms of a sum that is taken in layers."""
WIDE = 64
"""Rows and columns of the result from which on the copies pay."""
BLOCK = 256
"""About so many terms are a layer, and so many rows a block: their numbers fill a quarter of a megabyte."""


@dataclass(frozen=True)
class _Product:
    """A large product in a kernel.

    Args:
        total: The sum.
        left: The factor that has the rows.
        right: The factor that has the columns, which lie side by side.
    """

    total: Reduce
    left: Load
    right: Load
    row: Var
    column: Var


def with_large_products(program: Program, width: int) -> Program:
    """The program in which large products are carried out by blocks."""
    copies = Copies(program.buffers)
    done: list[Statement] = []
    for statement in program.statements:
        found = _product(statement, copies) if isinstance(statement, Kernel) else None
        if found is None or not isinstance(statement, Kernel):
            done.append(statement)
        else:
            done += _by_blocks(statement, found, copies, width * VECTORS, done)
    return replace(program, buffers=copies.buffers, statements=[*copies.first, *done])


def _product(kernel: Kernel, copies: Copies) -> _Product | None:
    """The product that a kernel's first value is made of, if it is one and large."""
    first = kernel.stores[0]
    sums = [node for store in kernel.stores for node in walk(store.value) if isinstance(node, Reduce)]
    if first.add or len(sums) != 1 or sums[0] not in set(walk(first.value)) or len(sums[0].over) != 1:
        return None
    if is_partial(first) or any(load.buffer == first.buffer for load in loads_of(first.value)):
        return None
    made = matrices(sums[0], kernel.loops)
    column = near_of(first, copies.buffers[first.buffer])
    row = next((var for var in kernel.loops if var is not column), None)
    if made is None or column is None or row is None or set(kernel.loops) != {row, column}:
        return None
    left, right = (made.left, made.right) if column in made.right.vars else (made.right, made.left)
    inner = sums[0].over[0]
    if left.vars != {row, inner} or right.vars != {column, inner}:
        return None
    if not all(map(copies.takes, (left, right))) or copies.buffers[left.buffer].size < LARGE:
        return None
    if inner.extent < DEEP or min(row.extent, column.extent) < WIDE:
        return None
    return _Product(sums[0], left, right, row, column)


def _by_blocks(
    kernel: Kernel, found: _Product, copies: Copies, columns: int, before: list[Statement]
) -> list[Statement]:
    """The kernel as several: what is beside the sum, the sum by blocks, what is made of it."""
    first, *others = kernel.stores
    beside = tuple(term for term in terms(first.value) if term is not found.total)
    is_term = len(beside) < len(terms(first.value))
    start = summed(beside) if is_term else Const(0.0)
    made: list[Statement] = [Kernel(kernel.loops, (replace(first, value=start),))]
    made += without_single(list(_added(kernel, found, copies, columns, before)))
    if not is_term:
        whole = replaced(first.value, found.total, Load(first.buffer, first.places))
        others = [replace(first, value=whole), *others]
    return [*made, Kernel(kernel.loops, tuple(others))] if others else made


def _added(
    kernel: Kernel, found: _Product, copies: Copies, columns: int, before: list[Statement]
) -> Iterator[Kernel]:
    """The kernels that add the sum to the first value: the blocks, and what is left over on each side."""
    first, (inner,) = kernel.stores[0], found.total.over
    lengths = {inner: _even(inner.extent), found.row: _even(found.row.extent), found.column: columns}
    whole = {var: var.extent // length * length for var, length in lengths.items()}
    mains = {var: cut(Var(var.name, whole[var]), length) for var, length in lengths.items()}
    (layer, k, _), (block, i, _), (panel, j, _) = mains.values()
    at = {var: place for var, (_, _, place) in mains.items()}
    left = copies.load(found.left, (block, layer, i, k), at, before)
    right = copies.load(found.right, (layer, panel, k, j), at, before)
    places = tuple(put_place(place, at) for place in first.places)
    store = Store(first.buffer, places, Reduce("sum", (k,), Op("mul", (left, right))), add=True)
    yield Kernel((layer, block, panel, i, j), (store,))
    size = {var: var.extent for var in lengths}
    for var in lengths:
        if whole[var] < var.extent:
            yield _rest(first, found, {**size, var: var.extent - whole[var]}, {var: whole[var]})
        size[var] = whole[var]


def _rest(first: Store, found: _Product, size: Mapping[Var, int], begin: Mapping[Var, int]) -> Kernel:
    """The kernel that adds the sum, or some of its terms, to some of the places."""
    fresh = {var: Var(var.name, number) for var, number in size.items()}
    at = {var: var_place(one) + Place(begin.get(var, 0)) for var, one in fresh.items()}
    over = tuple(fresh[var] for var in found.total.over)
    value = Reduce("sum", over, Op("mul", (put(found.left, at), put(found.right, at))))
    places = tuple(put_place(place, at) for place in first.places)
    return Kernel((fresh[found.row], fresh[found.column]), (Store(first.buffer, places, value, add=True),))


def _even(extent: int) -> int:
    """The length of equal pieces, about ``BLOCK``."""
    return extent // max(1, round(extent / BLOCK))
