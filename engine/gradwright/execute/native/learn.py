"""An optimizer's formulas as a kernel over all parameters' numbers, but for those changed row by row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from gradwright.execute.average import AVERAGE, NEW, averaging
from gradwright.execute.native import rows, sparse
from gradwright.execute.native.buffer import Buffer
from gradwright.execute.native.form import SETTINGS, average, slot
from gradwright.execute.native.formulas import GRADIENT, Formulas, common, part, whole_kernels
from gradwright.execute.native.index import Place, Var, var_place
from gradwright.execute.native.statement import Kernel, Program, Statement
from gradwright.execute.native.tree import Load
from gradwright.execute.source import Source
from gradwright.execute.update import Update


def with_update(program: Program, update: Update, source: Source, sizes: Mapping[str, int]) -> Program:
    """The program that ends a training step by the optimizer's formulas.

    Args:
        program: The loss and its gradients.
        update: The optimizer's formulas.
        source: What the program is made of; the optimizer's slots hold the parameters' numbers in its order.
        sizes: The number of places of every axis.
    """
    pairs = dict(zip(source.parameters, source.gradients, strict=True))
    count = sum(program.buffers[name].size for name in pairs)
    buffers = {slot(name): Buffer((count,), given=True) for name in update.slots}
    buffers[GRADIENT] = Buffer((count,))
    buffers[SETTINGS] = Buffer((len(update.settings),), given=True)
    buffers |= {common(formula.name): Buffer(()) for formula in update.whole}
    for parameter in pairs:
        own = replace(program.buffers[parameter], given=True)
        buffers |= {part(name, parameter): own for name in update.slots if name != "w"}
    program = replace(program, buffers={**program.buffers, **buffers})
    factor = sparse.multiple(update)
    done: frozenset[str] = frozenset()
    if factor is not None:
        program, done = sparse.with_sparse_steps(program, pairs, _formulas(update, 0, 1).number(factor))
    elif update.is_lazy or update.leaves_still:
        program, done = rows.with_rows(program, update, pairs, rows.tables(source, sizes))
    first: list[Statement] = [*whole_kernels(update, count)]
    averages, made = _averages(program, update, source)
    program = replace(program, buffers={**program.buffers, **made})
    kernels: list[Statement] = [*averages]
    for rule, begin, end in _stretches(program, update, source.parameters, done):
        formulas = _formulas(rule, begin, end)
        kernels.append(formulas.kernel())
        made |= formulas.buffers
    return replace(program, buffers={**program.buffers, **made}, update=[*first, *program.update, *kernels])


def _averages(program: Program, update: Update, source: Source) -> tuple[list[Kernel], dict[str, Buffer]]:
    """The kernels that take a step's values into their averages, and the buffers of these."""
    kernels: list[Kernel] = []
    made: dict[str, Buffer] = {}
    for name, keep in source.running.items():
        shape = program.buffers[name].shape
        loops = tuple(Var("a", extent) for extent in shape)
        at = tuple(map(var_place, loops))
        buffers = {AVERAGE: average(name), NEW: name}
        entry = {one: Load(buffer, at) for one, buffer in buffers.items()}
        rule = Formulas(averaging(keep, update.settings), loops, entry.__getitem__, f"average {name}")
        made |= {average(name): Buffer(shape, given=True), **rule.buffers}
        kernels.append(rule.kernel())
    return kernels, made


def _stretches(
    program: Program, update: Update, parameters: Sequence[str], done: frozenset[str]
) -> list[tuple[Update, int, int]]:
    """Where the numbers lie that are changed as a whole, and how: neighbours of one kind together."""
    found: list[tuple[Update, int, int]] = []
    at = 0
    for name in parameters:
        end, own = at + program.buffers[name].size, update.of(name)
        if name not in done:
            if found and found[-1][2] == at and found[-1][0] == own:
                found[-1] = (own, found[-1][1], end)
            else:
                found.append((own, at, end))
        at = end
    return found


def _formulas(update: Update, begin: int, end: int) -> Formulas:
    """The formulas for the numbers from one place of the slots to another."""
    place = Var("p", end - begin)
    at = (Place(begin, ((place, 1),)),)
    return Formulas(
        update, (place,), lambda name: Load(GRADIENT if name == "g" else slot(name), at), str(begin)
    )
