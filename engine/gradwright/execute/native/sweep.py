"""Large arrays of examples read once: the kernels that read them by rows go on block by block of rows.

A block is read from far memory by the first kernel and from the cache by all others. The kernels of a sweep
make something of each row, or add something up over all rows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from gradwright.execute.native.index import Item, Var, items_in, var_place
from gradwright.execute.native.statement import (
    Kernel,
    Program,
    Repeat,
    Statement,
    is_partial,
    reads,
    settled,
    touched,
)
from gradwright.execute.native.tree import Const, Expr, Load, Reduce, has_reduction, loads_of, put, replaced

LARGE = 1 << 18
"""An array of so many numbers is not in the cache when the next kernel reads it."""
SMALL = 1 << 13
"""A sum of so many places stays in the nearest cache while it is added to."""
BLOCK = 1 << 13
"""A block has at most so many numbers, which the nearest cache holds."""
SHORTEST, FEWEST = 16, 4
"""Rows of a block, and blocks, for which the loop around them pays."""


@dataclass(frozen=True)
class _Part:
    """A kernel of a sweep.

    Args:
        row: The counter of the rows: a loop of the kernel, or of its sum.
        total: The sum over the rows; None where each row has a value of its own.
    """

    kernel: Kernel
    row: Var
    total: Reduce | None


def with_sweeps(program: Program) -> Program:
    """The program in which kernels that read the same large arrays row by row do so block by block."""
    done: list[Statement] = []
    at = 0
    while at < len(program.statements):
        group = _group(program.statements[at:])
        length = _rows_of_a_block(group, program)
        if length:
            done += _swept(group, length)
            at += len(group)
        else:
            done.append(program.statements[at])
            at += 1
    return replace(program, statements=done)


# which kernels


def _group(statements: Sequence[Statement]) -> list[_Part]:
    """The kernels from the first on that can be carried out block by block together."""
    first = statements[0]
    longest: list[_Part] = []
    if not isinstance(first, Kernel):
        return longest
    for part in _parts(first):
        group, axes, used = [part], _axes(part), set(touched(first))
        for statement in statements[1:]:
            nexts = _parts(statement) if isinstance(statement, Kernel) else iter(())
            found = next((one for one in nexts if _fits(one, part.row.extent, axes, used)), None)
            if found is None:
                break
            group.append(found)
            axes |= _axes(found)
            used |= touched(statement)
        if len(group) > len(longest):
            longest = group
    return longest


def _parts(kernel: Kernel) -> Iterator[_Part]:
    """The ways in which a kernel can be carried out by rows."""
    if any(store.add for store in kernel.stores):
        return
    for var in kernel.loops:
        if all(var_place(var) in store.places for store in kernel.stores):
            yield _Part(kernel, var, None)
    store = kernel.stores[0]
    if len(kernel.stores) > 1 or is_partial(store) or any(one.buffer == store.buffer for one in reads(store)):
        return
    for total in _outer_sums(store.value):
        for var in total.over:
            yield _Part(kernel, var, total)


def _outer_sums(expr: Expr) -> Iterator[Reduce]:
    """The sums in an expression that stand in no other reduction and hold none."""
    if isinstance(expr, Reduce):
        if expr.kind == "sum" and not has_reduction(expr.body):
            yield expr
    else:
        for child in expr.children:
            yield from _outer_sums(child)


def _read(part: _Part) -> Iterator[Load | Item]:
    """What a part reads in the sweep; what is beside its sum is read after it."""
    for store in part.kernel.stores:
        yield from loads_of(store.value if part.total is None else part.total.body)
        yield from items_in(store.places)


def _axes(part: _Part) -> dict[str, int | None]:
    """For each value that a part makes the axis of the rows; None for a sum."""
    return {
        store.buffer: None if part.total is not None else store.places.index(var_place(part.row))
        for store in part.kernel.stores
    }


def _fits(part: _Part, rows: int, axes: Mapping[str, int | None], used: Collection[str]) -> bool:
    """Whether a part may go on block by block with others: it reads of them its own rows alone.

    Args:
        part: The part.
        rows: How many rows the others have.
        axes: For each value that they make the axis of the rows.
        used: The values that they read or make.
    """
    if part.row.extent != rows or any(store.buffer in used for store in part.kernel.stores):
        return False
    here = {**axes, **_axes(part)}
    for load in _read(part):
        if load.buffer not in here:
            continue
        axis = here[load.buffer]
        if axis is None or load.places[axis] != var_place(part.row):
            return False
    return True


def _rows_of_a_block(group: Sequence[_Part], program: Program) -> int:
    """How many rows a block has; 0 where nothing large is read twice, or a sum is too large."""
    if len(group) < 2:
        return 0
    buffers = program.buffers
    read = [{load.buffer for load in _read(part) if var_place(part.row) in load.places} for part in group]
    large = {
        name
        for names in read
        for name in names
        if buffers[name].size >= LARGE and sum(name in others for others in read) > 1
    }
    sums = [buffers[part.kernel.stores[0].buffer].size for part in group if part.total is not None]
    if not large or max(sums, default=0) > SMALL:
        return 0
    rows = group[0].row.extent
    most = BLOCK * rows // sum(buffers[name].size for name in large)
    return max((n for n in range(SHORTEST, most + 1) if rows % n == 0 and rows // n >= FEWEST), default=0)


# carried out by blocks


def _swept(group: Sequence[_Part], length: int) -> Iterator[Statement]:
    """The kernels block by block, between what begins the sums and what is made of them."""
    blocks = Var(f"{group[0].row.name}s", group[0].row.extent // length)
    ends: list[Statement] = []
    body: list[Statement] = []
    for part in group:
        inside = Var(part.row.name, length)
        at = {part.row: var_place(blocks).times(length) + var_place(inside)}
        if part.total is None:
            loops = tuple(inside if var is part.row else var for var in part.kernel.loops)
            moved = settled(part.kernel, at)
            assert isinstance(moved, Kernel), moved
            body.append(Kernel(loops, moved.stores))
            continue
        store = part.kernel.stores[0]
        over = tuple(inside if var is part.row else var for var in part.total.over)
        added = Reduce("sum", over, put(part.total.body, at))
        yield Kernel(part.kernel.loops, (replace(store, value=Const(0.0)),))
        body.append(Kernel(part.kernel.loops, (replace(store, value=added, add=True),)))
        if store.value is not part.total:
            whole = replaced(store.value, part.total, Load(store.buffer, store.places))
            ends.append(Kernel(part.kernel.loops, (replace(store, value=whole),)))
    yield Repeat(blocks, 1, tuple(body))
    yield from ends
