"""Values that are drawn: an entry where it is needed, or all at once where it would be drawn again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from gradwright.execute.native.buffer import Buffer
from gradwright.execute.native.index import Var, var_place
from gradwright.execute.native.statement import (
    Kernel,
    Program,
    Repeat,
    Statement,
    Store,
    change_reads,
    held,
    kernels_in,
)
from gradwright.execute.native.tree import KEY, Draw, Expr, Load, Reduce, walk


def with_draws(program: Program, drawn: Mapping[str, float]) -> Program:
    """The program that draws given values itself.

    Args:
        program: The program.
        drawn: These values, and for each the probability that an entry is 1.
    """
    for number, (name, chance) in enumerate(drawn.items()):
        if name in program.buffers:
            program = _with_draw(program, name, number, chance)
    return program


def _with_draw(program: Program, name: str, number: int, chance: float) -> Program:
    buffer = Buffer(program.buffers[name].shape)
    buffers = {**program.buffers, name: buffer, KEY: Buffer((2,), "int64", given=True)}

    def entry(load: Load) -> Expr:
        return Draw(name, load.places, buffer.shape, number, chance) if load.buffer == name else load

    if _is_drawn_once(name, buffer, program.statements):
        statements = [change_reads(statement, entry) for statement in program.statements]
    else:
        loops = tuple(Var(f"c{axis}", extent) for axis, extent in enumerate(buffer.shape))
        places = tuple(map(var_place, loops))
        first = next(at for at, one in enumerate(program.statements) if _reads(one, name))
        statements = list(program.statements)
        statements.insert(first, Kernel(loops, (Store(name, places, entry(Load(name, places))),)))
    return replace(program, buffers=buffers, statements=statements)


def _is_drawn_once(name: str, buffer: Buffer, statements: Sequence[Statement]) -> bool:
    """Whether no kernel draws an entry twice, and none inside a sum what another needs too."""
    uses = list(_uses(name, statements, frozenset()))
    near = all(around <= load.vars and not buffer.tests(load.places) for load, around, _ in uses)
    return near and name not in held(statements) and (len(uses) == 1 or not any(one[2] for one in uses))


def _uses(
    name: str, statements: Sequence[Statement], times: frozenset[Var]
) -> Iterator[tuple[Load, frozenset[Var], bool]]:
    """The entries read, each with the loops around it and whether a sum is among these."""
    for statement in statements:
        if isinstance(statement, Repeat):
            yield from _uses(name, statement.body, times | {statement.var})
        elif isinstance(statement, Kernel):
            for store in statement.stores:
                yield from _within(store.value, name, times.union(statement.loops), False)


def _within(
    expr: Expr, name: str, around: frozenset[Var], summed: bool
) -> Iterator[tuple[Load, frozenset[Var], bool]]:
    if isinstance(expr, Load) and expr.buffer == name:
        yield expr, around, summed
    if isinstance(expr, Reduce):
        around, summed = around.union(expr.over), True
    for child in expr.children:
        yield from _within(child, name, around, summed)


def _reads(statement: Statement, name: str) -> bool:
    values = [store.value for kernel in kernels_in([statement]) for store in kernel.stores]
    loads = (node for value in values for node in walk(value) if isinstance(node, Load))
    return name in held([statement]) or any(load.buffer == name for load in loads)
