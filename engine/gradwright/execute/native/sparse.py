"""Gradients that touch few rows: they are not spread over a whole array, and a step changes these rows.

A gradient that is zeros with some rows added to (an embedding's) need not be an array in a training step
where the optimizer's formulas change a number by a multiple of its gradient alone: then the rows are added to
the parameter itself. That is exact; ``rows`` does it for optimizers that keep more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from sympy import Expr as Formula
from sympy import Symbol

from gradwright.execute.native.buffer import Buffer
from gradwright.execute.native.index import Place, var_place
from gradwright.execute.native.statement import Kernel, Program, Statement, Store, kernels_in
from gradwright.execute.native.tree import Const, Expr, Load, Op, loads_of, summed, terms
from gradwright.execute.update import PLACE, Update
from gradwright.tensor.nodes import Entry


def with_scatters_joined(program: Program) -> Program:
    """The program in which a sum of multiples of scattered values is scattered into one array."""
    uses = Counter(
        load.buffer
        for kernel in kernels_in(program.statements)
        for store in kernel.stores
        for load in loads_of(store.value)
    )
    alone = {name for name, count in uses.items() if count == 1 and name not in program.outputs}
    statements = list(program.statements)
    for kernel in [one for one in statements if isinstance(one, Kernel)]:
        store = kernel.stores[0]
        found = [_spread(term, store.places, alone, statements) for term in terms(store.value)]
        spread = dict(one for one in found if one is not None)
        if not spread or len(kernel.stores) > 1 or store.add:
            continue
        rest = tuple(term for term, one in zip(terms(store.value), found, strict=True) if one is None)
        moved: list[Statement] = [Kernel(kernel.loops, (Store(store.buffer, store.places, summed(rest)),))]
        for name, number in spread.items():
            for other in scatters(name, statements):
                own = other.stores[0]
                value = own.value if number == 1 else Op("mul", (Const(number), own.value))
                moved.append(Kernel(other.loops, (Store(store.buffer, own.places, value, add=True),)))
        at = statements.index(kernel)
        kept = [
            one for one in statements[:at] if not (isinstance(one, Kernel) and one.stores[0].buffer in spread)
        ]
        statements = [*kept, *moved, *statements[at + 1 :]]
    return replace(program, statements=statements)


def _spread(
    term: Expr, places: tuple[Place, ...], alone: Collection[str], statements: Sequence[Statement]
) -> tuple[str, float] | None:
    """The scattered value of which a term, its one use, is a multiple at the same place, and the number."""
    number, load = _multiple_of(term)
    if not isinstance(load, Load) or load.places != places or load.buffer not in alone:
        return None
    return (load.buffer, number) if scatters(load.buffer, statements) else None


def _multiple_of(term: Expr) -> tuple[float, Expr]:
    """A term as a number times the rest."""
    if isinstance(term, Op) and term.name == "neg":
        number, rest = _multiple_of(term.args[0])
        return -number, rest
    if isinstance(term, Op) and term.name == "mul" and len(term.args) == 2:
        first, rest = term.args
        if isinstance(first, Const):
            return first.value, rest
    return 1.0, term


def scatters(name: str, statements: Sequence[Statement]) -> list[Kernel]:
    """The kernels that add to a value which is zeros otherwise; none if it is made in any other way."""
    own = [one for one in kernels_in(statements) if any(store.buffer == name for store in one.stores)]
    adding = [one for one in own if one.stores[0].add and not all(p.is_affine for p in one.stores[0].places)]
    others = [one for one in own if one not in adding]
    zeros = all(len(one.stores) == 1 and one.stores[0].value == Const(0.0) for one in others)
    top = all(one in statements for one in own)
    return adding if zeros and top and all(len(one.stores) == 1 for one in adding) else []


def multiple(update: Update) -> Formula | None:
    """What an optimizer multiplies a gradient by before it is added, if it does nothing else."""
    if update.slots != ("w",) or update.whole:
        return None
    w, g = Entry("w", PLACE), Symbol("g")
    change = (update.becomes(g)["w"] - w).expand()
    factor = change.diff(g)
    if factor.has(PLACE, g) or (change - factor * g).expand() != 0:
        return None
    return factor


def with_sparse_steps(
    program: Program, gradients: Mapping[str, str], factor: Expr
) -> tuple[Program, frozenset[str]]:
    """The program whose training step adds to rows of parameters, and which parameters these are.

    Args:
        program: The program.
        gradients: For each parameter its gradient.
        factor: What a gradient is multiplied by.
    """
    found = {
        name: scatters(gradient, program.statements)
        for name, gradient in gradients.items()
        if scatters(gradient, program.statements) and not is_read(gradient, program.statements)
    }
    buffers = dict(program.buffers)
    common, only = parted(program.statements, {gradients[name] for name in found})
    update: list[Statement] = []
    for name, kernels in found.items():
        for kernel in kernels:
            store = kernel.stores[0]
            value = store.value
            if any(load.buffer in found for load in loads_of(value)):
                value = _held(kernel, value, buffers, common)
            update.append(
                Kernel(kernel.loops, (Store(name, store.places, Op("mul", (factor, value)), add=True),))
            )
    return replace(program, buffers=buffers, statements=common, whole=only, update=update), frozenset(found)


def parted(statements: Sequence[Statement], made: Collection[str]) -> tuple[list[Statement], list[Statement]]:
    """The statements that make other values, and those that make these."""
    found: tuple[list[Statement], list[Statement]] = [], []
    for statement in statements:
        target = statement.stores[0].buffer if isinstance(statement, Kernel) else ""
        found[target in made].append(statement)
    return found


def is_read(name: str, statements: Sequence[Statement]) -> bool:
    """Whether any kernel reads a value."""
    return any(
        load.buffer == name
        for kernel in kernels_in(statements)
        for store in kernel.stores
        for load in loads_of(store.value)
    )


def _held(kernel: Kernel, value: Expr, buffers: dict[str, Buffer], before: list[Statement]) -> Expr:
    """A value that reads what a step changes, computed before any is changed."""
    name = f"~held {len(buffers)}"
    own = [var_place(var) for var in kernel.loops]
    near = [place for place in kernel.stores[0].places if place in own]
    places: tuple[Place, ...] = (*(place for place in own if place not in near), *near)
    buffers[name] = Buffer(tuple(place.terms[0][0].extent for place in places))
    before.append(Kernel(kernel.loops, (Store(name, places, value),)))
    return Load(name, places)
