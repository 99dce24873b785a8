"""Rows of a table that a step's data names: their gradients alone are collected, and each is changed once.

Data may name a row at many places. So each place first writes its own number at the row that it names: the
number that stays, whichever that is, tells the one place that changes the row. Before that the gradients of
the named rows are cleared and added up. Threads may share all of it: what a row becomes is the same whichever
place sees to it.

That is exact where a number whose gradient is 0 stays as it is. For other optimizers it is done where they
ask, even where so many places name rows that the gradient had better be an array.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sympy import Integer

from gradwright.errors import UsageError
from gradwright.execute.affine import whole
from gradwright.execute.native.buffer import Buffer
from gradwright.execute.native.entries import Entries
from gradwright.execute.native.formulas import Formulas, part
from gradwright.execute.native.index import Item, Place, Var, var_place
from gradwright.execute.native.margins import guarded
from gradwright.execute.native.sparse import is_read, parted, scatters
from gradwright.execute.native.statement import Kernel, Program, Statement, Store
from gradwright.execute.native.tree import Const, Load, Op, Test, Whole, change_loads
from gradwright.execute.source import Source
from gradwright.execute.touched import touched
from gradwright.execute.update import Update
from gradwright.tensor.nodes import Index, Tensor

MOST = 1 << 24
"""Places are told apart by numbers of single precision."""


@dataclass(frozen=True)
class Use:
    """Places of data that name rows.

    Args:
        loops: The counters of the places.
        row: The row that a place names.
        number: The number of a place, different from those of all other uses of the table.
    """

    loops: tuple[Var, ...]
    row: Place
    number: Place


@dataclass(frozen=True)
class Table:
    """A parameter whose gradient is 0 in all rows but those that data names.

    Args:
        name: The parameter.
        shape: The number of places of each of its axes.
        axis: That along which the rows lie.
        uses: Where data names them.
    """

    name: str
    shape: tuple[int, ...]
    axis: int
    uses: tuple[Use, ...]

    @property
    def places(self) -> int:
        """How many places of data name rows."""
        return sum(math.prod(var.extent for var in use.loops) for use in self.uses)

    @property
    def last(self) -> str:
        """The buffer that holds for each row the number of a place that names it."""
        return f"~last {self.name}"

    def entry(self, use: Use) -> tuple[tuple[Var, ...], tuple[Place, ...]]:
        """The counters of all numbers of the rows that places name, and where these lie."""
        places = {axis: var_place(Var(f"a{axis}", extent)) for axis, extent in enumerate(self.shape)}
        own = [places[axis].terms[0][0] for axis in places if axis != self.axis]
        return (*use.loops, *own), tuple({**places, self.axis: use.row}.values())


def tables(source: Source, sizes: Mapping[str, int]) -> list[Table]:
    """The parameters of which data names rows, at given sizes."""
    found = []
    for name, one in touched(source).items():
        uses: list[Use] = []
        begin = 0
        for tensor in one.rows:
            uses.append(_use(tensor, begin, sizes))
            begin += math.prod(var.extent for var in uses[-1].loops)
        shape = tuple(whole(extent, sizes) for extent in source.inputs[name].shape)
        found.append(Table(name, shape, one.axis, tuple(uses)))
    return found


def _use(rows: Tensor, begin: int, sizes: Mapping[str, int]) -> Use:
    reader = Entries(frozenset())
    known = {index: Index(index.name, Integer(whole(index.extent, sizes))) for index in rows.indices}
    loops = tuple(map(reader.counter, known.values()))
    number, step = Place(begin), math.prod(var.extent for var in loops)
    for var in loops:
        step //= var.extent
        number = number + var_place(var).times(step)
    return Use(loops, reader.place(rows.entry.xreplace(known)), number)


def with_rows(
    program: Program, update: Update, gradients: Mapping[str, str], found: Sequence[Table]
) -> tuple[Program, frozenset[str]]:
    """The program whose training step changes the named rows of tables, and which parameters these are.

    Args:
        program: The program, the optimizer's buffers among its own.
        update: The optimizer's formulas.
        gradients: For each parameter its gradient.
        found: The tables.

    Raises:
        UsageError: Too many places name rows, and the others must not change.
    """
    buffers = dict(program.buffers)
    adding = {
        table.name: scatters(gradients[table.name], program.statements)
        for table in found
        if table.places < table.shape[table.axis]
        and not is_read(gradients[table.name], program.statements)
        and not update.whole
    }
    common, only = parted(program.statements, {gradients[name] for name, own in adding.items() if own})
    sums: list[Statement] = []
    changes: list[Statement] = []
    done = [table for table in found if update.is_lazy or adding.get(table.name)]
    for table in done:
        gradient, kernels = gradients[table.name], adding.get(table.name, [])
        if table.places > MOST:
            message = f"{table.places} places name rows of {table.name} in a step; {MOST} are the most"
            raise UsageError(message, hint="take fewer examples a step")
        buffers[table.last] = Buffer((table.shape[table.axis],), "int32")
        sums += [Kernel(use.loops, (Store(table.last, (use.row,), Whole(use.number)),)) for use in table.uses]
        if kernels:
            clears = map(table.entry, table.uses)
            sums += [Kernel(loops, (Store(gradient, at, Const(0.0)),)) for loops, at in clears]
            sums += kernels
        for number, use in enumerate(table.uses):
            formulas = _formulas(update, table, use, gradient, number)
            buffers |= formulas.buffers
            changes.append(_by_one(formulas.kernel(), table, use, buffers))
    made = replace(program, buffers=buffers, statements=common, whole=only, update=[*sums, *changes])
    return made, frozenset(table.name for table in done)


def _formulas(update: Update, table: Table, use: Use, gradient: str, number: int) -> Formulas:
    """The formulas at all numbers of the rows that places name."""
    loops, places = table.entry(use)

    def entry(name: str) -> Load:
        return Load(gradient if name == "g" else part(name, table.name), places)

    return Formulas(update.of(table.name), loops, entry, f"{table.name}.{number}")


def _by_one(kernel: Kernel, table: Table, use: Use, buffers: Mapping[str, Buffer]) -> Kernel:
    """The kernel that changes a row at the last place alone that names it."""
    here = Test("eq", Place(0, ((Item(table.last, (use.row,)), 1),)) + use.number.times(-1))

    def one(store: Store) -> Store:
        value = change_loads(store.value, lambda load: guarded(load, buffers))
        return replace(store, value=Op("only", (here, value)) if buffers[store.buffer].given else value)

    return Kernel(kernel.loops, tuple(map(one, kernel.stores)))
