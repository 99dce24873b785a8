"""Loops made few: one of a single place is none, and two along which everything lies evenly are one."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence

from gradwright.execute.native.buffer import Buffer
from gradwright.execute.native.index import Place, Var, var_place
from gradwright.execute.native.statement import Kernel, Repeat, Statement, Store, change_store, settled
from gradwright.execute.native.tree import Const, Draw, Expr, Load, Op, Reduce, Test, Whole, put, walk

NEUTRAL = {"sum": 0.0, "prod": 1.0, "max": -math.inf, "argmax": 0.0}
"""What a reduction over no places gives."""


def without_empty(statements: Sequence[Statement]) -> list[Statement]:
    """The statements without loops of no places: what they compute is nothing, and sums over them are 0."""
    found: list[Statement] = []
    for statement in statements:
        if isinstance(statement, Repeat):
            if statement.var.extent:
                body = tuple(without_empty(statement.body))
                found.append(Repeat(statement.var, statement.direction, body))
        elif not isinstance(statement, Kernel):
            found.append(statement)
        elif all(var.extent for var in statement.loops):
            empty = any(var.extent == 0 for var in _vars(statement))
            stores = tuple(change_store(store, _settled_sums) for store in statement.stores)
            found.append(Kernel(statement.loops, stores) if empty else statement)
    return found


def _settled_sums(expr: Expr) -> Expr:
    """The expression with a number for each reduction over no places."""
    if isinstance(expr, Op):
        return Op(expr.name, tuple(map(_settled_sums, expr.args)))
    if not isinstance(expr, Reduce):
        return expr
    if any(var.extent == 0 for var in expr.over):
        return Const(NEUTRAL[expr.kind])
    return Reduce(expr.kind, expr.over, _settled_sums(expr.body))


def without_single(statements: Sequence[Statement]) -> list[Statement]:
    """The statements without loops of one place."""
    found = []
    for statement in statements:
        if isinstance(statement, Repeat):
            body = tuple(without_single(statement.body))
            if statement.var.extent == 1:
                found += [settled(one, {statement.var: Place(0)}) for one in body]
            else:
                found.append(Repeat(statement.var, statement.direction, body))
        elif isinstance(statement, Kernel):
            single = {var: Place(0) for var in _vars(statement) if var.extent == 1}
            found.append(settled(statement, single) if single else statement)
        else:
            found.append(statement)
    return found


def _vars(kernel: Kernel) -> Iterator[Var]:
    yield from kernel.loops
    for store in kernel.stores:
        for node in walk(store.value):
            if isinstance(node, Reduce):
                yield from node.over


def joined(kernel: Kernel, buffers: Mapping[str, Buffer]) -> Kernel:
    """The kernel with neighbouring loops made one wherever all its places lie evenly along both."""
    pair = _pair(kernel, buffers)
    while pair is not None:
        kernel = _merged(kernel, *pair)
        pair = _pair(kernel, buffers)
    return Kernel(
        kernel.loops, tuple(change_store(s, lambda expr: _joined(expr, buffers)) for s in kernel.stores)
    )


def _pair(kernel: Kernel, buffers: Mapping[str, Buffer]) -> tuple[Var, Var] | None:
    """Two loops, the outer one first, along which everything lies evenly."""
    pairs = itertools.permutations(kernel.loops, 2)
    return next((pair for pair in pairs if _even(*pair, kernel, buffers)), None)


def _merged(kernel: Kernel, outer: Var, inner: Var) -> Kernel:
    whole = Var(f"{outer.name}{inner.name}", outer.extent * inner.extent)
    values = {outer: Place(0), inner: var_place(whole)}
    loops = tuple(whole if var is inner else var for var in kernel.loops if var is not outer)
    stores = tuple(change_store(store, lambda expr: put(expr, values), values) for store in kernel.stores)
    return Kernel(loops, stores)


def _joined(expr: Expr, buffers: Mapping[str, Buffer]) -> Expr:
    """The expression with the loops of its reductions made few."""
    if isinstance(expr, Op):
        return Op(expr.name, tuple(_joined(argument, buffers) for argument in expr.args))
    if not isinstance(expr, Reduce):
        return expr
    body = _joined(expr.body, buffers)
    over = expr.over
    pairs = [(a, b) for a in over for b in over if a is not b]
    if expr.kind == "argmax":
        pairs = list(itertools.pairwise(over))
    for outer, inner in pairs:
        if _evenly(outer, inner, [body], buffers):
            whole = Var(f"{outer.name}{inner.name}", outer.extent * inner.extent)
            values = {outer: Place(0), inner: var_place(whole)}
            rest = tuple(whole if var is inner else var for var in over if var is not outer)
            return _joined(Reduce(expr.kind, rest, put(body, values)), buffers)
    return Reduce(expr.kind, over, body)


def _even(outer: Var, inner: Var, kernel: Kernel, buffers: Mapping[str, Buffer]) -> bool:
    targets: list[Expr] = [Load(store.buffer, store.places) for store in kernel.stores]
    return _evenly(outer, inner, [*targets, *(store.value for store in kernel.stores)], buffers)


def _evenly(outer: Var, inner: Var, exprs: Sequence[Expr], buffers: Mapping[str, Buffer]) -> bool:
    """Whether a step along ``outer`` is as far as all of ``inner`` wherever either counts."""
    for expr in exprs:
        for node in walk(expr):
            if isinstance(node, Load | Draw):
                offset = node.place if isinstance(node, Draw) else buffers[node.buffer].offset(node.places)
                inside = [term for term, _ in offset.terms if not isinstance(term, Var)]
                if any({outer, inner} & term.vars for term in inside):
                    return False
                if offset.factor(outer) != offset.factor(inner) * inner.extent:
                    return False
            elif isinstance(node, Whole | Test) and {outer, inner} & node.vars:
                return False
    return True


__all__ = ["Store", "joined", "without_empty", "without_single"]
