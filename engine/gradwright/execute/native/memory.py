"""How values lie in memory: the axis along which vectors run lies last, in the value or in a copy of it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from gradwright.execute.native.buffer import Buffer
from gradwright.execute.native.index import Place, Var, var_place
from gradwright.execute.native.statement import (
    Kernel,
    Program,
    Repeat,
    Statement,
    Store,
    change_store,
    kernels_in,
    reads,
    written,
)
from gradwright.execute.native.tree import Expr, Load, Op, Reduce, change_loads, walk

FEWEST = 6
"""A factor of a product is copied where each of its entries is used for at least so many places."""


def counter(place: Place) -> Var | None:
    """The counter that a place is, if it is one and nothing else."""
    if place.const == 0 and len(place.terms) == 1 and place.terms[0][1] == 1:
        term = place.terms[0][0]
        return term if isinstance(term, Var) else None
    return None


# values whose last axis is a window's


def with_plain_axes_last(program: Program, width: int) -> Program:
    """The program in which made values that windows run over have a plain axis last."""
    uses: dict[str, list[tuple[Place, ...]]] = {}
    for kernel in kernels_in(program.statements):
        for store in kernel.stores:
            uses.setdefault(store.buffer, []).append(store.places)
            for node in walk(store.value):
                if isinstance(node, Load):
                    uses.setdefault(node.buffer, []).append(node.places)
    buffers = dict(program.buffers)
    for group in _windowed(program, uses):
        axis = _best_axis([(buffers[name], places) for name in group for places in uses[name]], width)
        if axis is None:
            continue
        for name in group:
            others = [one for one in range(len(buffers[name].shape)) if one != axis]
            buffers[name] = replace(buffers[name], order=(*others, axis))
    return replace(program, buffers=buffers)


def _windowed(program: Program, uses: Mapping[str, Sequence[tuple[Place, ...]]]) -> list[set[str]]:
    """Groups of made values that go with each other place by place, a window running along a last axis."""

    def free(name: str) -> bool:
        buffer = program.buffers[name]
        return not buffer.given and name not in program.outputs and len(buffer.shape) > 2

    def is_window(places: tuple[Place, ...]) -> bool:
        return bool(places) and counter(places[-1]) is None and bool(places[-1].terms)

    group_of: dict[str, set[str]] = {}
    for kernel in kernels_in(program.statements):
        together = [Load(store.buffer, store.places) for store in kernel.stores]
        together += [load for store in kernel.stores for load in _plain(store.value)]
        for rank in {len(load.places) for load in together}:
            names = {load.buffer for load in together if len(load.places) == rank and free(load.buffer)}
            joined = names.union(*(group_of[name] for name in names if name in group_of))
            group_of |= dict.fromkeys(joined, joined)
    groups = {id(group): group for group in group_of.values()}.values()
    return [group for group in groups if any(map(is_window, (p for name in group for p in uses[name])))]


def _plain(expr: Expr) -> Iterator[Load]:
    """The loads of an expression, the windows of maxima among them, but for those of sums."""
    if isinstance(expr, Load):
        yield expr
    elif not (isinstance(expr, Reduce) and expr.kind == "sum"):
        for child in expr.children:
            yield from _plain(child)


def _best_axis(uses: Sequence[tuple[Buffer, tuple[Place, ...]]], width: int) -> int | None:
    """The last axis that is plain in every use and fills vectors well."""
    best: tuple[float, int] | None = None
    for axis in range(len(uses[0][1])):
        if any(counter(places[axis]) is None and places[axis].terms for _, places in uses):
            continue
        extent = min(buffer.shape[axis] for buffer, _ in uses)
        filled = extent / (width * -(-extent // width))
        if extent >= 4 and (best is None or filled >= min(best[0], 0.75)):
            best = (filled, axis)
    return best[1] if best else None


# factors of products


def with_near_factors(program: Program, lasting: frozenset[str]) -> Program:
    """The program in which the factors of products lie as the kernels read them, in copies where they must.

    Args:
        program: The program.
        lasting: Given values that stay for many steps, so that a copy always pays.
    """
    copier = _Copier(program, lasting)
    statements = copier.statements(program.statements, frozenset())
    return replace(program, buffers=copier.buffers, statements=[*copier.first, *statements])


def with_lasting_first(program: Program, lasting: frozenset[str]) -> Program:
    """The program in which what depends on lasting values alone is computed once, before all steps."""
    known = set(lasting)
    once: list[Statement] = []
    rest: list[Statement] = []
    for statement in program.statements:
        made = {store.buffer for kernel in kernels_in([statement]) for store in kernel.stores}
        read = {
            load.buffer
            for kernel in kernels_in([statement])
            for store in kernel.stores
            for load in reads(store)
        }
        fixed = read <= known | made and not made & set(program.outputs) and read
        if fixed and not any(store.add for kernel in kernels_in([statement]) for store in kernel.stores):
            known |= made
            once.append(statement)
        else:
            rest.append(statement)
    return replace(program, once=once, statements=rest)


class _Copier:
    """Puts copies before the kernels that want them, as far out as their values are known."""

    def __init__(self, program: Program, lasting: frozenset[str]) -> None:
        self.lasting = lasting
        self.buffers = dict(program.buffers)
        self.first: list[Statement] = []
        self.made: dict[tuple[str, tuple[int, ...]], str] = {}
        self.known = {name for name, buffer in program.buffers.items() if buffer.given}

    def statements(self, statements: Sequence[Statement], inner: frozenset[str]) -> list[Statement]:
        """The statements with copies between; ``inner`` are the values that change within them."""
        done: list[Statement] = []
        for statement in statements:
            if isinstance(statement, Repeat):
                within = written(statement.body)
                before = len(done)
                body = self._repeat(statement, within, done)
                assert before <= len(done)
                done.append(Repeat(statement.var, statement.direction, tuple(body)))
                continue
            done.append(self._kernel(statement, done, None) if isinstance(statement, Kernel) else statement)
        return done

    def _repeat(self, repeat: Repeat, within: frozenset[str], outside: list[Statement]) -> list[Statement]:
        body: list[Statement] = []
        for statement in repeat.body:
            if isinstance(statement, Kernel):
                body.append(self._kernel(statement, outside, within))
            else:
                body.append(statement)
        return body

    def _kernel(self, kernel: Kernel, before: list[Statement], within: frozenset[str] | None) -> Kernel:
        stores = []
        for store in kernel.stores:
            near = near_of(store, self.buffers[store.buffer])
            if near is not None and not store.add:
                loops = set(kernel.loops)
                store = change_store(store, lambda e: self._value(e, near, loops, store, before, within))  # noqa: B023
            stores.append(store)
        return Kernel(kernel.loops, tuple(stores))

    def _value(
        self,
        expr: Expr,
        near: Var,
        loops: set[Var],
        store: Store,
        before: list[Statement],
        within: frozenset[str] | None,
    ) -> Expr:
        """The expression with the far factors of its sums of products replaced by copies."""
        if isinstance(expr, Op):
            parts = tuple(self._value(part, near, loops, store, before, within) for part in expr.args)
            return Op(expr.name, parts)
        if not isinstance(expr, Reduce) or expr.kind != "sum":
            return expr

        def change(load: Load) -> Expr:
            buffer = self.buffers[load.buffer]
            axes = [counter(place) for place in load.places]
            plain = [axis for axis, place in zip(axes, load.places, strict=True) if place.terms]
            if near not in plain or None in plain or len(set(plain)) < len(plain) or buffer.kind != "number":
                return load
            offset = buffer.offset(load.places)
            rounds = math.prod(var.extent for var in loops if var not in load.vars)
            fewest = 1 if load.buffer in self.lasting else FEWEST
            if offset.factor(near) == 1 or near.extent < 2 or rounds < fewest:
                return load
            if within is not None and load.buffer in within:
                return load
            order = self._order(load, axes, expr, store)
            return Load(self._copy(load.buffer, order, before), load.places)

        return Reduce(expr.kind, expr.over, change_loads(expr.body, change))

    def _order(
        self, load: Load, axes: Sequence[Var | None], reduction: Reduce, store: Store
    ) -> tuple[int, ...]:
        """The axes of a copy: those that other factors share, those summed over, those of the result."""
        others = frozenset().union(
            *(one.vars for one in walk(reduction.body) if isinstance(one, Load) and one != load)
        )
        strides = self.buffers[store.buffer].offset(store.places)

        def rank(axis: int) -> tuple[int, int]:
            var = axes[axis]
            if var is None:
                return (0, 0)
            if var in reduction.over:
                return (1, reduction.over.index(var))
            return (0 if var in others else 2, -strides.factor(var))

        return tuple(sorted(range(len(axes)), key=rank))

    def _copy(self, name: str, order: tuple[int, ...], before: list[Statement]) -> str:
        key = (name, order)
        if key not in self.made:
            made = self.made[key] = f"{name}~{''.join(map(str, order))}"
            self.buffers[made] = Buffer(self.buffers[name].shape, order=order)
            loops = tuple(Var(f"c{axis}", extent) for axis, extent in enumerate(self.buffers[name].shape))
            places = tuple(map(var_place, loops))
            copy = Kernel(loops, (Store(made, places, Load(name, places)),))
            (self.first if name in self.known else before).append(copy)
        return self.made[key]


def near_of(store: Store, buffer: Buffer) -> Var | None:
    """The counter along which a store's neighbours lie side by side."""
    offset = buffer.offset(store.places)
    return next((term for term, factor in offset.terms if factor == 1 and isinstance(term, Var)), None)
