"""A kernel's expressions and stores as LLVM's instructions, at the places of one tile.

The tile is some lanes along one loop (the vector) times a few places along others. Every expression is
written once for the places that differ in it, as far outside as its counters allow; so a sum of products
over a tile is the register-blocked loop of a matrix product, whatever indices it has.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from llvmlite import ir

from gradwright.execute.native import operations, words
from gradwright.execute.native.access import Access
from gradwright.execute.native.buffer import Buffer
from gradwright.execute.native.index import Place, Var
from gradwright.execute.native.nest import I32, I64, Nest
from gradwright.execute.native.places import Instance, Places
from gradwright.execute.native.reductions import Reducer
from gradwright.execute.native.statement import Store
from gradwright.execute.native.tiling import Tiling
from gradwright.execute.native.tree import KEY, Const, Draw, Expr, Load, Op, Reduce, Test, Whole, only_where

Value = Any


class Emitter:
    """Writes the body of one kernel.

    ``counts`` holds how many places of the tile there are along its counters, ``forward`` the stores whose
    values are used at the same place.

    Args:
        function: The function to fill.
        pointers: The buffers' first numbers.
        counters: The counters of the repetitions around the kernel.
        buffers: All buffers.
        number: LLVM's type of a number.
        tiling: The tile.
    """

    def __init__(
        self,
        function: ir.Function,
        pointers: Mapping[str, Value],
        counters: Mapping[Var, Value],
        buffers: Mapping[str, Buffer],
        number: ir.Type,
        tiling: Tiling,
    ) -> None:
        self.nest = Nest(function, counters)
        self.builder = self.nest.builder
        self.access = Access(self.builder, pointers, buffers, number)
        self.places = Places(self.nest, self.access, tiling)
        self.counts: dict[Var, int] = {}
        self.forward: dict[tuple[str, tuple[Place, ...]], Store] = {}
        self._reducer = Reducer(self.nest, self.places, self.value)

    # values

    def value(self, expr: Expr, inst: Instance) -> Value:
        """The value of an expression at one place of the tile: a number, or a vector if lanes differ."""
        if isinstance(expr, Const):
            return ir.Constant(self.access.number, expr.value)
        if isinstance(expr, Load) and self._is_forwarded(expr):
            return self.value(self.forward[expr.buffer, expr.places].value, inst)
        nest, key = self.nest, (expr, *self.places.key(expr.vars, inst))
        for frame in nest.frames[nest.depth(expr.vars) :]:
            if key in frame.memo:
                return frame.memo[key]
        chain = (expr,) if isinstance(expr, Reduce) else _sums(expr)
        if isinstance(expr, Reduce) or len(chain) == len(expr.children) > 1:
            self._reducer.reduce(chain, expr, inst, self.counts)
            return nest.inner.memo[key]
        stays = any(isinstance(node, Reduce) or self._is_forwarded(node) for node in _top(expr))
        frame = nest.inner if stays else nest.outermost(expr.vars)
        with nest.into(frame):
            made = self._made(expr, inst)
        frame.memo[key] = made
        nest.settle(made, frame)
        return made

    def _is_forwarded(self, node: Expr) -> bool:
        return isinstance(node, Load) and (node.buffer, node.places) in self.forward

    def _made(self, expr: Expr, inst: Instance) -> Value:
        match expr:
            case Load():
                return self._load(expr, inst)
            case Draw():
                return self._drawn(expr, inst)
            case Whole():
                return self.places.whole(expr.place, inst, self.access.number)
            case Test():
                return self.places.test(expr, inst)
            case Op(name="guarded"):
                return self._guarded(expr, inst)
            case Op(name="div") if self.nest.depth(expr.args[1].vars) < self.nest.depth(expr.vars):
                inverse = Op(
                    "div", (Const(1.0), expr.args[1])
                )  # the same for many: one division, then products
                return self._made(Op("mul", (expr.args[0], inverse)), inst)
            case Op(name="only" | "within"):
                return self.value(expr.args[1], inst)
            case Op():
                return self._applied(expr, inst)
        raise AssertionError(expr)

    def _applied(self, expr: Op, inst: Instance) -> Value:
        parts, chain = expr.args, _sums(expr)
        if len(chain) > 1:
            parts = (*(part for part in parts if part not in chain), Op("add", chain))
        args = [self.value(part, inst) for part in parts]
        if any(isinstance(argument.type, ir.VectorType) for argument in args):
            args = [self.places.spread(argument) for argument in args]
        return operations.apply(self.builder, expr.name, args)

    def _drawn(self, draw: Draw, inst: Instance) -> Value:
        builder, places, step = self.builder, self.places, self.places.step(draw.place)
        lanes = places.lanes_for(draw.vars)
        shifts = [0] if step is not None else range(lanes)
        at = [builder.trunc(places.place(draw.place, inst, lane), I32) for lane in shifts]
        first = operations.pack(builder, at) if step is None else operations.splat(builder, at[0], lanes)
        if step and lanes > 1:
            first = builder.add(first, ir.Constant(first.type, [step * lane for lane in range(lanes)]))
        key = self.nest.known((KEY, draw.number, lanes), self.nest.frames[0], lambda: self._key(draw, lanes))
        return words.drawn(builder, (key[0], key[2]), (first, key[1]), draw.chance, self.access.number)

    def _key(self, draw: Draw, lanes: int) -> list[Value]:
        """The seed, the step and which value it is, on every lane."""
        read = [self.builder.trunc(self.access.read(KEY, I64(at), 1), I32) for at in range(2)]
        return [operations.splat(self.builder, word, lanes) for word in (*read, I32(draw.number))]

    # loads

    def _load(self, load: Load, inst: Instance, truth: Value | None = None) -> Value:
        places, access = self.places, self.access
        offset = access.buffers[load.buffer].offset(load.places)
        step = places.step(offset)
        many = truth is not None and isinstance(truth.type, ir.VectorType)
        if many and step == 1:
            return access.as_number(access.masked(load.buffer, places.place(offset, inst), truth))
        if step in (0, 1) and not many:
            at = places.place(offset, inst)
            if truth is not None:
                at = self.builder.select(truth, at, I64(0))
            return access.as_number(access.read(load.buffer, at, places.lanes if step else 1))
        parts = []
        for lane in range(places.lanes):
            at = places.place(offset, inst, lane)
            if truth is not None:
                own = self.builder.extract_element(truth, I32(lane)) if many else truth
                at = self.builder.select(own, at, I64(0))
            parts.append(access.read(load.buffer, at, 1))
        return access.as_number(operations.pack(self.builder, parts))

    def _guarded(self, expr: Op, inst: Instance) -> Value:
        """A load where a truth holds, else 0; memory is read inside the buffer at any rate."""
        truth, load = self.value(expr.args[0], inst), expr.args[1]
        assert isinstance(load, Load), load
        found = self._load(load, inst, truth)
        if isinstance(truth.type, ir.VectorType):
            found = self.places.spread(found)
        is_vector = isinstance(found.type, ir.VectorType)
        zero = ir.Constant(found.type, None) if is_vector else self.access.number(0.0)
        return self.builder.select(truth, found, zero)

    # stores

    def store(self, store: Store, inst: Instance, value: Value) -> None:
        """Write a value at one place of the tile, or add it; nothing is written where it must not be."""
        truth = only_where(store.value)
        found = None if truth is None else self.value(truth, inst)
        if found is None:
            self._store(store, inst, value)
        elif not isinstance(found.type, ir.VectorType):
            with self.nest.condition(found):
                self._store(store, inst, value)
        else:
            offset = self.access.buffers[store.buffer].offset(store.places)
            value = self.places.spread(value)
            for lane in range(self.places.lanes):
                part = self.builder.extract_element(value, I32(lane))
                with self.nest.condition(self.builder.extract_element(found, I32(lane))):
                    self.access.write(store, self.places.place(offset, inst, lane), part)

    def _store(self, store: Store, inst: Instance, value: Value) -> None:
        places, offset = self.places, self.access.buffers[store.buffer].offset(store.places)
        step = places.step(offset)
        if step == 1 or places.lanes == 1:
            value = places.spread(value) if step else value
            self.access.write(store, places.place(offset, inst), value)
            return
        value = places.spread(value)
        for lane in range(places.lanes):
            part = self.builder.extract_element(value, I32(lane))
            self.access.write(store, places.place(offset, inst, lane), part)


def _sums(expr: Expr) -> tuple[Reduce, ...]:
    """The sums among the terms of a sum, if they run over the same places."""
    if not isinstance(expr, Op) or expr.name != "add":
        return ()
    found = tuple(term for term in expr.args if isinstance(term, Reduce) and term.kind == "sum")
    return found if len({term.vars for term in found}) == 1 else ()


def _top(expr: Expr) -> Iterator[Expr]:
    """The nodes of an expression, down to reductions."""
    yield expr
    if not isinstance(expr, Reduce):
        for child in expr.children:
            yield from _top(child)
