"""Kernels made few: values used once computed where they are used, loops over the same places made one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from gradwright.execute.native.buffer import Buffer
from gradwright.execute.native.index import Item, Place, Var, var_place
from gradwright.execute.native.statement import (
    Kernel,
    Program,
    Repeat,
    Statement,
    Store,
    change_store,
    held,
    kernels_in,
    reads,
    settled,
    written,
)
from gradwright.execute.native.tree import Expr, Load, Op, Reduce, change_loads, has_reduction, put


def fused(program: Program) -> Program:
    """The program with what can be computed together in one kernel."""
    uses = Counter(
        load.buffer
        for kernel in kernels_in(program.statements)
        for store in kernel.stores
        for load in reads(store)
    )
    added = {
        store.buffer for kernel in kernels_in(program.statements) for store in kernel.stores if store.add
    }
    stay = {*program.outputs, *added, *held(program.statements)}
    once = {name for name, count in uses.items() if count == 1 and name not in stay}
    statements = _inlined(program.statements, once, {})
    return replace(program, statements=_fused(statements))


# values used once


def _inlined(statements: Sequence[Statement], once: set[str], known: Mapping[str, Kernel]) -> list[Statement]:
    """The statements with values used once in the place where they are used."""
    known = dict(known)
    done: list[Statement] = []
    for statement in statements:
        if isinstance(statement, Repeat):
            outer = {name: kernel for name, kernel in known.items() if _has_sum(kernel)}
            body = _inlined(statement.body, once, outer)
            statement = Repeat(statement.var, statement.direction, tuple(body))
            done.append(statement)
            continue
        if not isinstance(statement, Kernel):
            done.append(statement)
            continue
        statement = _take_in(statement, known)
        done.append(statement)
        store = statement.stores[0]
        if store.buffer in once and not store.add and len(statement.stores) == 1:
            known[store.buffer] = statement
    gone = {name for name in known if not _is_read(name, done)}
    return [one for one in done if not (isinstance(one, Kernel) and one.stores[0].buffer in gone & once)]


def _has_sum(kernel: Kernel) -> bool:
    return has_reduction(kernel.stores[0].value)


def _is_read(name: str, statements: Sequence[Statement]) -> bool:
    return any(
        load.buffer == name
        for kernel in kernels_in(statements)
        for store in kernel.stores
        for load in reads(store)
    )


def _take_in(kernel: Kernel, known: Mapping[str, Kernel]) -> Kernel:
    store = kernel.stores[0]
    if store.add:
        return kernel
    value = _replaced(store.value, frozenset(kernel.loops), known)
    return (
        kernel if value is store.value else Kernel(kernel.loops, (Store(store.buffer, store.places, value),))
    )


def _replaced(expr: Expr, around: frozenset[Var], known: Mapping[str, Kernel]) -> Expr:
    """The expression with known values opened where that computes nothing twice."""
    if isinstance(expr, Load) and expr.buffer in known:
        made = known[expr.buffer]
        values = _matching(made.stores[0].places, expr.places)
        if values is not None and set(values) >= set(made.loops) and around <= expr.vars:
            fresh = put(made.stores[0].value, values)
            return _own_loops(fresh)
        return expr
    if isinstance(expr, Op) and expr.name != "guarded":
        args = tuple(_replaced(argument, around, known) for argument in expr.args)
        same = all(new is old for new, old in zip(args, expr.args, strict=True))
        return expr if same else Op(expr.name, args)
    if isinstance(expr, Reduce):
        plain = {name: kernel for name, kernel in known.items() if not _has_sum(kernel)}
        body = _replaced(expr.body, around | set(expr.over), plain)
        return expr if body is expr.body else Reduce(expr.kind, expr.over, body)
    return expr


def _own_loops(expr: Expr) -> Expr:
    """The expression with new counters in its reductions, so that none means two loops."""
    if isinstance(expr, Reduce):
        fresh = {var: var_place(Var(var.name, var.extent)) for var in expr.over}
        over = tuple(place.terms[0][0] for place in fresh.values())
        return Reduce(expr.kind, over, _own_loops(put(expr.body, fresh)))
    if isinstance(expr, Op):
        return Op(expr.name, tuple(_own_loops(argument) for argument in expr.args))
    return expr


def _matching(made: tuple[Place, ...], used: tuple[Place, ...]) -> dict[Var, Place] | None:
    """What a maker's counters must be so that its places are those used; each is a counter alone."""
    values: dict[Var, Place] = {}
    for one, other in zip(made, used, strict=True):
        if one == other:
            if len(one.terms) == 1 and isinstance(one.terms[0][0], Var):
                values.setdefault(one.terms[0][0], other)
            continue
        plain = len(one.terms) == 1 and one.terms[0][1] == 1 and one.const == 0
        if not plain or not isinstance(one.terms[0][0], Var) or not _is_counter(other):
            return None
        if values.setdefault(one.terms[0][0], other) != other:
            return None
    targets = list(values.values())
    return values if len(set(targets)) == len(targets) else None


def _is_counter(place: Place) -> bool:
    return (
        len(place.terms) == 1
        and place.const == 0
        and isinstance(place.terms[0][0], Var)
        and place.terms[0][1] == 1
    )


# loops over the same places


def _fused(statements: Sequence[Statement]) -> list[Statement]:
    """The statements with each kernel put into an earlier one over the same places, if it may be."""
    done: list[Statement] = []
    for statement in statements:
        if isinstance(statement, Repeat):
            done.append(Repeat(statement.var, statement.direction, tuple(_fused(statement.body))))
            continue
        home = _home(statement, done) if isinstance(statement, Kernel) else None
        if home is None:
            done.append(statement)
        else:
            at, kernel = home
            done[at] = kernel
    return done


def _home(kernel: Kernel, done: Sequence[Statement]) -> tuple[int, Kernel] | None:
    """The place of an earlier kernel that can take this one in, and both as one."""
    if any(store.add for store in kernel.stores) or not kernel.loops:
        return None
    own = written([kernel])
    used = {load.buffer for store in kernel.stores for load in reads(store)}
    for at in range(len(done) - 1, -1, -1):
        other = done[at]
        if isinstance(other, Kernel):
            both = _both(other, kernel)
            if both is not None:
                return at, both
        if written([other]) & (used | own):
            return None
    return None


def _both(first: Kernel, second: Kernel) -> Kernel | None:
    """The two kernels as one, where the second needs of the first what it stored at the same place."""
    if any(store.add for store in first.stores) or len(first.loops) != len(second.loops):
        return None
    written = {store.buffer: store for store in first.stores}
    shared = [load for store in second.stores for load in reads(store) if load.buffer in written]
    links = [(load.places, written[load.buffer].places) for load in shared]
    if not links:
        return None
    values = None
    for used, made in links:
        values = _matching(used, made)
        if values is not None and set(values) >= set(second.loops):
            break
    if values is None or {place.terms[0][0] for v, place in values.items() if v in second.loops} != set(
        first.loops
    ):
        return None
    values = {var: place for var, place in values.items() if var in second.loops}
    if any(place.terms[0][0].extent != var.extent for var, place in values.items()):
        return None
    moved = settled(second, values)
    assert isinstance(moved, Kernel)
    stores = tuple(change_store(store, _own_loops) for store in moved.stores)
    for store in stores:
        for load in reads(store):
            if load.buffer in written and not _same_or_apart(load, written[load.buffer], first.loops):
                return None
    return Kernel(first.loops, (*first.stores, *stores))


def _same_or_apart(load: Load | Item, store: Store, loops: Sequence[Var]) -> bool:
    """Whether an entry is the one stored at the same place, or surely one of another repetition."""
    return load.places == store.places or any(
        one.apart(other) and not one.vars & set(loops)
        for one, other in zip(load.places, store.places, strict=True)
    )


def kept(program: Program) -> frozenset[str]:
    """The values that are read outside the kernel that makes them, or asked for."""
    found = {*program.outputs, *held(program.statements)}
    for kernel in kernels_in([*program.once, *program.statements, *program.whole, *program.update]):
        here: dict[str, tuple[Place, ...]] = {}
        for store in kernel.stores:
            for load in reads(store):
                if here.get(load.buffer) != load.places:
                    found.add(load.buffer)
            if not store.add:
                here[store.buffer] = store.places
            if store.add or program.buffers[store.buffer].given:
                found.add(store.buffer)
    return frozenset(found)


__all__ = ["Buffer", "change_loads", "fused", "kept"]
