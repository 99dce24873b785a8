"""A kernel as a function of LLVM: block loops around one tile of places, whose values stay in registers.

The tile is some lanes along one loop (the vector) times a few places along others. Every expression is
written once for the places that differ in it, as far outside as its counters allow; so a sum of products
over a tile is the register-blocked loop of a matrix product, whatever indices it has.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from llvmlite import ir

from gradwright.execute.native import operations
from gradwright.execute.native.buffer import Buffer
from gradwright.execute.native.index import Divided, Item, Place, Var
from gradwright.execute.native.statement import Store
from gradwright.execute.native.tiling import Tiling
from gradwright.execute.native.tree import Const, Expr, Load, Op, Reduce, Test, Whole, walk

I64, I32, POINTER = ir.IntType(64), ir.IntType(32), ir.PointerType()
UNROLLED = 40
"""A loop of a reduction is written out if that makes no more terms than this."""
SIGNS = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="}
SPLIT = 8
"""A reduction has about so many accumulators at least: an addition takes four cycles, two start in each."""
LONGEST, SUMMED = 4096, 256
"""A sum over so many places is taken in blocks of so many."""
Value = Any
Cells = Sequence[list[Any]]
Instance = Mapping[Var, int]


@dataclass
class Frame:
    """Code at one depth of loops.

    Args:
        vars: The counters that are known here and not further out.
        block: Where the code of this depth goes on.
        conditional: Whether it is carried out under a condition.
        memo: Values known here.
    """

    vars: set[Var]
    block: ir.Block
    conditional: bool = False
    memo: dict[Any, Value] = field(default_factory=dict)


class Emitter:
    """Writes the body of one kernel.

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
        self.pointers, self.buffers, self.number, self.tiling = pointers, buffers, number, tiling
        self.function = function
        self.entry = function.append_basic_block("entry")
        start = function.append_basic_block("start")
        self.builder = ir.IRBuilder(self.entry)
        self.leap = self.builder.branch(start)
        self.builder.position_at_end(start)
        self.frames = [Frame(set(counters), start)]
        self.base: dict[Var, Value] = dict(counters)
        self.vector: Var | None = tiling.vector
        self.lanes = 1
        self.counts: dict[Var, int] = {}
        self.homes: dict[int, Frame] = {}
        self.forward: dict[tuple[str, tuple[Place, ...]], Store] = {}

    # loops

    @contextlib.contextmanager
    def loop(self, var: Var, begin: Value, end: Value, base: Any = None) -> Iterator[Value]:
        """A loop from ``begin`` below ``end``, at least once; ``base(i)`` is the counter's value."""
        builder = self.builder
        self._resume()
        before = builder.block
        body = self.function.append_basic_block(f"loop.{var.name}")
        after = self.function.append_basic_block(f"end.{var.name}")
        builder.branch(body)
        self.frames[-1].block = before
        builder.position_at_end(body)
        counter = builder.phi(I64)
        counter.add_incoming(begin, before)
        self.frames.append(Frame({var}, body))
        self.base[var] = base(counter) if base else counter
        yield counter
        self._resume()
        following = builder.add(counter, I64(1), flags=["nsw"])
        counter.add_incoming(following, builder.block)
        builder.cbranch(builder.icmp_signed("<", following, end), body, after)
        self.frames.pop()
        del self.base[var]
        self.frames[-1].block = after
        builder.position_at_end(after)

    @contextlib.contextmanager
    def condition(self, truth: Value) -> Iterator[None]:
        """Code that is carried out where a truth, the same on all lanes, holds."""
        builder = self.builder
        self._resume()
        before = builder.block
        inner = self.function.append_basic_block("then")
        after = self.function.append_basic_block("fi")
        builder.cbranch(truth, inner, after)
        self.frames[-1].block = before
        builder.position_at_end(inner)
        self.frames.append(Frame(set(), inner, conditional=True))
        yield
        self._resume()
        builder.branch(after)
        self.frames.pop()
        self.frames[-1].block = after
        builder.position_at_end(after)

    def _resume(self) -> None:
        self.builder.position_at_end(self.frames[-1].block)

    @contextlib.contextmanager
    def _into(self, frame: Frame) -> Iterator[None]:
        """Write into a frame: further out, before the loop that was opened in it."""
        held, frames = self.builder.block, self.frames
        self.frames = frames[: frames.index(frame) + 1]
        if frame is not frames[-1]:
            self._stand(frame.block)
        yield
        self.frames = frames
        if frame is not frames[-1]:
            self._stand(held)

    def _stand(self, block: ir.Block) -> None:
        """Go on in a block: at its end, or before the jump that ends it."""
        if block.is_terminated:
            self.builder.position_before(block.terminator)
        else:
            self.builder.position_at_end(block)

    def cell(self, type_: ir.Type, start: Value) -> Value:
        """A variable; LLVM keeps it in a register."""
        builder, held = self.builder, self.builder.block
        builder.position_before(self.leap)
        made = builder.alloca(type_)
        self._stand(held)
        builder.store(start, made)
        return made

    # values

    def type(self, lanes: int, of: ir.Type | None = None) -> ir.Type:
        """The type of some numbers side by side."""
        of = of or self.number
        return ir.VectorType(of, lanes) if lanes > 1 else of

    def spread(self, value: Value) -> Value:
        """The value on every lane."""
        if self.lanes == 1 or isinstance(value.type, ir.VectorType):
            return value
        if isinstance(value, ir.Constant):
            return ir.Constant(self.type(self.lanes, value.type), [value.constant] * self.lanes)
        frame = self.homes.get(id(value), self.frames[-1])
        key = ("spread", id(value), self.lanes)
        if key not in frame.memo:
            with self._into(frame):
                frame.memo[key] = operations.splat(self.builder, value, self.lanes)
        return frame.memo[key]

    def value(self, expr: Expr, inst: Instance) -> Value:
        """The value of an expression at one place of the tile: a number, or a vector if lanes differ."""
        if isinstance(expr, Const):
            return ir.Constant(self.number, expr.value)
        if isinstance(expr, Load) and (expr.buffer, expr.places) in self.forward:
            return self.value(self.forward[expr.buffer, expr.places].value, inst)
        key = (expr, *((var, inst[var]) for var in self.tiling.tile if var in expr.vars and var in inst))
        depth = self._depth(expr.vars)
        for frame in self.frames[depth:]:
            if key in frame.memo:
                return frame.memo[key]
        if isinstance(expr, Reduce):
            self._reduce((expr,), expr, inst)
            return self.frames[-1].memo[key]
        chain = _sums(expr)
        if len(chain) > 1 and len(chain) == len(expr.children):
            self._reduce(chain, expr, inst)
            return self.frames[-1].memo[key]
        if any(isinstance(node, Reduce) or self._forwarded(node) for node in _top(expr)):
            frame = self.frames[-1]
        else:
            frame = self.frames[max(depth, self._barrier())]
        with self._into(frame):
            made = self._made(expr, inst)
        frame.memo[key] = made
        self.homes[id(made)] = frame
        return made

    def _depth(self, vars_: frozenset[Var]) -> int:
        """The innermost frame that knows one of the counters."""
        return max((at for at, frame in enumerate(self.frames) if frame.vars & vars_), default=0)

    def _barrier(self) -> int:
        """The frame beyond which nothing is moved outside: what a condition guards stays under it."""
        return max((at for at, frame in enumerate(self.frames) if frame.conditional), default=0)

    def _forwarded(self, node: Expr) -> bool:
        return isinstance(node, Load) and (node.buffer, node.places) in self.forward

    def _made(self, expr: Expr, inst: Instance) -> Value:
        match expr:
            case Load():
                return self._load(expr, inst)
            case Whole():
                lanes = self.lanes if self.vector in expr.vars else 1
                parts = [self.place(expr.place, inst, lane) for lane in range(lanes)]
                return operations.pack(
                    self.builder, [self.builder.sitofp(part, self.number) for part in parts]
                )
            case Test():
                return self._test(expr, inst)
            case Op(name="guarded"):
                return self._guarded(expr, inst)
            case Op(name="div") if self._depth(expr.args[1].vars) < self._depth(expr.vars):
                inverse = Op(
                    "div", (Const(1.0), expr.args[1])
                )  # the same for many: one division, then products
                return self._made(Op("mul", (expr.args[0], inverse)), inst)
            case Op(name="only"):
                return self.value(expr.args[1], inst)
            case Op():
                parts, chain = expr.args, _sums(expr)
                if len(chain) > 1:
                    parts = (*(part for part in parts if part not in chain), Op("add", chain))
                args = [self.value(part, inst) for part in parts]
                if any(isinstance(argument.type, ir.VectorType) for argument in args):
                    args = [self.spread(argument) for argument in args]
                return operations.apply(self.builder, expr.name, args)
        raise AssertionError(expr)

    def _test(self, expr: Test, inst: Instance) -> Value:
        lanes = self.lanes if self.vector in expr.vars else 1
        truths = [self._hold([expr], inst, lane) for lane in range(lanes)]
        return operations.pack(self.builder, truths)

    # places

    def place(self, place: Place, inst: Instance, lane: int = 0) -> Value:
        """A whole number at a place of the tile and a lane."""
        key = (
            place,
            lane,
            *((var, inst[var]) for var in self.tiling.tile if var in place.vars and var in inst),
        )
        frame = self.frames[max(self._depth(place.vars), self._barrier())]
        if key not in frame.memo:
            with self._into(frame):
                frame.memo[key] = self._place(place, inst, lane)
        return frame.memo[key]

    def _place(self, place: Place, inst: Instance, lane: int) -> Value:
        builder = self.builder
        total, const = None, place.const
        for term, factor in place.terms:
            if isinstance(term, Var):
                part = self.base[term]
                const += factor * self._shift(term, inst, lane)
            elif isinstance(term, Item):
                part = self._item(term, inst, lane)
            else:
                part = self._divided(term, inst, lane)
            part = builder.mul(part, I64(factor), flags=["nsw"]) if factor != 1 else part
            total = part if total is None else builder.add(total, part, flags=["nsw"])
        if total is None:
            return I64(const)
        return builder.add(total, I64(const), flags=["nsw"]) if const else total

    def _shift(self, var: Var, inst: Instance, lane: int) -> int:
        """How far a counter is beyond its block's first place."""
        if var is self.vector:
            return self.tiling.starts(var, self.lanes)[inst.get(var, 0)] + lane
        return inst.get(var, 0)

    def _item(self, item: Item, inst: Instance, lane: int) -> Value:
        """An entry of whole numbers; 0 outside its axes."""
        buffer, kind = self.buffers[item.buffer], self._kind(item.buffer)
        at = self.place(buffer.offset(item.places), inst, lane)
        tests = buffer.tests(item.places)
        inside = self._hold(tests, inst, lane) if tests else None
        if inside is not None:
            at = self.builder.select(inside, at, I64(0))
        found = self._read(item.buffer, kind, at, 1)
        found = found if kind is I64 else self.builder.sext(found, I64)
        return found if inside is None else self.builder.select(inside, found, I64(0))

    def _hold(self, tests: Sequence[Test], inst: Instance, lane: int) -> Value:
        """Whether tests hold on a lane."""
        truths = [
            self.builder.icmp_signed(SIGNS[test.relation], self.place(test.place, inst, lane), I64(0))
            for test in tests
        ]
        return operations.apply(self.builder, "and", truths)

    def _divided(self, term: Divided, inst: Instance, lane: int) -> Value:
        bounds = term.place.range()
        low = bounds[0] if bounds else -(2**40)
        lift = -(low // term.divisor) if low < 0 else 0
        inside = self.place(term.place + Place(lift * term.divisor), inst, lane)
        if term.kind == "mod":
            return self.builder.urem(inside, I64(term.divisor))
        found = self.builder.udiv(inside, I64(term.divisor))
        return self.builder.sub(found, I64(lift)) if lift else found

    # memory

    def _kind(self, buffer: str) -> ir.Type:
        kind = self.buffers[buffer].kind
        return self.number if kind == "number" else I32 if kind == "int32" else I64

    def step(self, offset: Place) -> int | None:
        """How far the lanes of an access lie apart; None where data decides."""
        if self.vector is None or self.vector not in offset.vars:
            return 0
        inner = [term for term, _ in offset.terms if not isinstance(term, Var)]
        return None if any(self.vector in term.vars for term in inner) else offset.factor(self.vector)

    def _load(self, load: Load, inst: Instance, truth: Value | None = None) -> Value:
        offset = self.buffers[load.buffer].offset(load.places)
        kind, step = self._kind(load.buffer), self.step(offset)
        many = truth is not None and isinstance(truth.type, ir.VectorType)
        if many and step == 1:
            return self._number(self._masked(load.buffer, kind, self.place(offset, inst), truth))
        if step in (0, 1) and not many:
            lanes = self.lanes if step else 1
            at = self.place(offset, inst)
            if truth is not None:
                at = self.builder.select(truth, at, I64(0))
            return self._number(self._read(load.buffer, kind, at, lanes))
        parts = []
        for lane in range(self.lanes):
            at = self.place(offset, inst, lane)
            if truth is not None:
                own = self.builder.extract_element(truth, I32(lane)) if many else truth
                at = self.builder.select(own, at, I64(0))
            parts.append(self._read(load.buffer, kind, at, 1))
        return self._number(operations.pack(self.builder, parts))

    def _read(self, buffer: str, kind: ir.Type, at: Value, lanes: int) -> Value:
        pointer = self.builder.gep(self.pointers[buffer], [at], source_etype=kind)
        width = 8 if isinstance(kind, ir.DoubleType) or kind is I64 else 4
        return self.builder.load(pointer, typ=self.type(lanes, kind), align=width)

    def _masked(self, buffer: str, kind: ir.Type, at: Value, truth: Value) -> Value:
        """Numbers side by side, only those read whose truth holds; 0 for the others."""
        builder, type_ = self.builder, self.type(self.lanes, kind)
        pointer = builder.gep(self.pointers[buffer], [at], source_etype=kind)
        letter = (
            f"i{kind.width}" if isinstance(kind, ir.IntType) else "f32" if kind == ir.FloatType() else "f64"
        )
        name = f"llvm.masked.load.v{self.lanes}{letter}.p0"
        known = self.function.module.globals.get(name)
        signature = ir.FunctionType(type_, [POINTER, I32, truth.type, type_])
        function = known or ir.Function(self.function.module, signature, name)
        width = 8 if isinstance(kind, ir.DoubleType) or kind is I64 else 4
        return builder.call(function, [pointer, I32(width), truth, ir.Constant(type_, None)])

    def _number(self, value: Value) -> Value:
        inner = value.type.element if isinstance(value.type, ir.VectorType) else value.type
        if inner in (I32, I64):
            lanes = value.type.count if isinstance(value.type, ir.VectorType) else 1
            return self.builder.sitofp(value, self.type(lanes))
        return value

    def _guarded(self, expr: Op, inst: Instance) -> Value:
        """A load where a truth holds, else 0; memory is read inside the buffer at any rate."""
        truth = self.value(expr.args[0], inst)
        load = expr.args[1]
        assert isinstance(load, Load), load
        found = self._load(load, inst, truth)
        zero = ir.Constant(found.type, None) if isinstance(found.type, ir.VectorType) else self.number(0.0)
        if isinstance(truth.type, ir.VectorType) and not isinstance(found.type, ir.VectorType):
            found = self.spread(found)
            zero = ir.Constant(found.type, None)
        return self.builder.select(truth, found, zero)

    def store(self, store: Store, inst: Instance, value: Value) -> None:
        """Write a value at one place of the tile, or add it; nothing is written where it must not be."""
        truth = only_where(store.value)
        found = None if truth is None else self.value(truth, inst)
        if found is None:
            self._store(store, inst, value)
        elif not isinstance(found.type, ir.VectorType):
            with self.condition(found):
                self._store(store, inst, value)
        else:
            offset, kind = self.buffers[store.buffer].offset(store.places), self._kind(store.buffer)
            value = self.spread(value)
            for lane in range(self.lanes):
                part = self.builder.extract_element(value, I32(lane))
                with self.condition(self.builder.extract_element(found, I32(lane))):
                    self._write(store, kind, self.place(offset, inst, lane), part)

    def _store(self, store: Store, inst: Instance, value: Value) -> None:
        offset = self.buffers[store.buffer].offset(store.places)
        kind, step = self._kind(store.buffer), self.step(offset)
        if step == 1 or self.lanes == 1:
            value = self.spread(value) if step else value
            self._write(store, kind, self.place(offset, inst), value)
            return
        value = self.spread(value)
        for lane in range(self.lanes):
            part = self.builder.extract_element(value, I32(lane))
            self._write(store, kind, self.place(offset, inst, lane), part)

    def _write(self, store: Store, kind: ir.Type, at: Value, value: Value) -> None:
        builder = self.builder
        pointer = builder.gep(self.pointers[store.buffer], [at], source_etype=kind)
        width = 8 if isinstance(kind, ir.DoubleType) else 4
        if kind is I32:
            lanes = value.type.count if isinstance(value.type, ir.VectorType) else 1
            value = builder.fptosi(value, self.type(lanes, I32))
        elif store.add:
            value = builder.fadd(builder.load(pointer, typ=value.type, align=width), value)
        builder.store(value, pointer, align=width)

    # reductions

    def _reduce(self, chain: Sequence[Reduce], name: Expr, inst: Instance) -> None:
        """Carry out a reduction at every place of the tile at once; the results are remembered.

        Sums that are added to one another go on in the same accumulators.
        """
        tile = [var for var in self.tiling.tile if var in name.vars and var in inst]
        slow = sorted(tile, key=lambda var: -self.counts[var])  # what few places share stays in registers
        combos = []
        for at in itertools.product(*(range(self.counts[var]) for var in slow)):
            found = dict(zip(slow, at, strict=True))
            combos.append({var: found[var] for var in tile})
        cells = None
        before = self.vector, self.lanes
        for expr in chain:
            over = self._by_distance(expr)
            if before[0] is None or before[1] == 1:
                self.vector = self.tiling.along(expr)
                if self.vector is not None:
                    over.remove(self.vector)
                    over.append(self.vector)
            cells = cells or [self._start(expr, name, combo) for combo in combos]
            self._nest(expr, over, combos, cells)
        assert cells is not None
        results = [self._finish(chain[-1], cell) for cell in cells]
        self.vector, self.lanes = before
        for combo, result in zip(combos, results, strict=True):
            self.frames[-1].memo[(name, *combo.items())] = result

    def _by_distance(self, expr: Reduce) -> list[Var]:
        """The loops of a reduction, that along which memory is read in the smallest steps last."""
        if expr.kind == "argmax":
            return list(expr.over)
        loads = [node for node in walk(expr.body) if isinstance(node, Load)]
        offsets = [self.buffers[load.buffer].offset(load.places) for load in loads]
        return sorted(expr.over, key=lambda var: -max((abs(o.factor(var)) for o in offsets), default=0))

    def _start(self, expr: Reduce, name: Expr, combo: Instance) -> list[Value]:
        own = self.vector in expr.over
        lanes = self.tiling.width if own else self.lanes if self.vector in name.vars else 1
        start = {"sum": 0.0, "prod": 1.0, "max": float("-inf"), "argmax": float("-inf")}[expr.kind]
        cells = [self.cell(self.type(lanes), operations.constant(self.type(lanes), start))]
        if expr.kind == "argmax":
            cells.append(self.cell(self.type(lanes), operations.constant(self.type(lanes), 0.0)))
        return cells

    def _nest(self, expr: Reduce, over: Sequence[Var], combos: Sequence[Instance], cells: Cells) -> None:
        """The loops of a reduction, the last of which may be the vector's."""
        if not over:
            for combo, cell in zip(combos, cells, strict=True):
                self._gather(expr, expr.body, combo, cell)
            return
        var, *rest = over
        if var is self.vector:
            self.lanes = self.tiling.width
            self._run(expr, var, self.lanes, var.extent // self.lanes, combos, cells)
            if var.extent % self.tiling.width:
                self._tail(expr, var, combos, cells)
        elif var.extent * len(combos) <= UNROLLED:
            for at in range(var.extent):
                self._fixed(var, at, lambda: self._nest(expr, rest, combos, cells))
        elif rest:
            with self.loop(var, I64(0), I64(var.extent)):
                self._nest(expr, rest, combos, cells)
        else:
            self._run(expr, var, 1, var.extent, combos, cells)

    def _run(
        self, expr: Reduce, var: Var, step: int, rounds: int, combos: Sequence[Instance], cells: Cells
    ) -> None:
        """The innermost loop; few sums are each split in several, since one waits for its last addition.

        A sum over very many places is taken block by block, so that it stays exact.
        """
        split = 1 if expr.kind == "argmax" else max(1, min(SPLIT // len(cells), rounds))
        if rounds >= LONGEST and expr.kind == "sum":
            block, first = SUMMED, rounds // SUMMED
            with self.loop(Var(f"{var.name}b", first), I64(0), I64(first)):
                begin = self.builder.mul(self.base_of_last(), I64(block), flags=["nsw"])
                self._split(expr, var, step, (begin, block), split, combos, cells)
            rest = (I64(first * block), rounds - first * block)
        else:
            rest = (I64(0), rounds)
        self._split(expr, var, step, rest, split, combos, cells)

    def base_of_last(self) -> Value:
        """The counter of the innermost loop."""
        return self.base[next(iter(self.frames[-1].vars))]

    def _split(
        self,
        expr: Reduce,
        var: Var,
        step: int,
        part: tuple[Value, int],
        split: int,
        combos: Sequence[Instance],
        cells: Cells,
    ) -> None:
        """Some rounds of the innermost loop with several accumulators for each place."""
        builder, (begin, rounds) = self.builder, part
        split = min(split, rounds)
        if rounds == 0:
            return
        several = [cells] + [[self._start(expr, expr, combo) for combo in combos] for _ in range(split - 1)]
        whole = rounds // split

        def place(number: Value, more: int) -> Value:
            at = builder.add(begin, builder.add(builder.mul(number, I64(split)), I64(more)), flags=["nsw"])
            return builder.mul(at, I64(step), flags=["nsw"]) if step > 1 else at

        counter = Var(f"{var.name}s", whole)
        with self.loop(counter, I64(0), I64(whole)):
            number = self.base[counter]
            for more, own in enumerate(several):
                self._placed(var, place(number, more), lambda: self._nest(expr, (), combos, own))  # noqa: B023
        for more in range(whole * split, rounds):
            at = builder.add(begin, I64(more), flags=["nsw"])
            at = builder.mul(at, I64(step), flags=["nsw"]) if step > 1 else at
            self._placed(var, at, lambda: self._nest(expr, (), combos, cells))
        for own in several[1:]:
            for cell, other in zip(cells, own, strict=True):
                self._join(expr, builder.load(other[0], typ=other[0].allocated_type), cell)

    def _placed(self, var: Var, at: Value, write: Callable[[], None]) -> None:
        """Code for one place of a counter."""
        self.frames.append(Frame({var}, self.builder.block))
        self.base[var] = at
        write()
        self.frames.pop()
        self.frames[-1].block = self.builder.block
        del self.base[var]

    def _fixed(self, var: Var, at: int, write: Callable[[], None]) -> None:
        self._placed(var, I64(at), write)

    def _tail(self, expr: Reduce, var: Var, combos: Sequence[Instance], cells: Cells) -> None:
        """The last places of a vector along a reduction: fewer lanes, put among neutral ones."""
        width = self.tiling.width
        self.lanes = var.extent % width

        def write() -> None:
            for combo, cell in zip(combos, cells, strict=True):
                value = self.spread(self.value(expr.body, combo))
                neutral = {"sum": 0.0, "prod": 1.0}.get(expr.kind, float("-inf"))
                self._join(expr, operations.widen(self.builder, value, width, neutral), cell)

        self._fixed(var, var.extent - self.lanes, write)
        self.lanes = width

    def _gather(self, expr: Reduce, body: Expr, combo: Instance, cell: list[Value]) -> None:
        """Take one term into the accumulator of a place; a condition that all lanes share skips work."""
        builder = self.builder
        if isinstance(body, Op) and body.name == "select" and expr.kind == "sum":
            truth, yes, no = body.args
            if no == Const(0.0) and self.vector not in truth.vars:
                with self.condition(self.value(truth, combo)):
                    self._gather(expr, yes, combo, cell)
                return
        if expr.kind == "sum" and isinstance(body, Op) and body.name == "mul":
            left = self.value(body.args[0] if len(body.args) == 2 else Op("mul", body.args[:-1]), combo)
            right = self.value(body.args[-1], combo)
            held = builder.load(cell[0], typ=cell[0].allocated_type)
            if isinstance(held.type, ir.VectorType):
                left, right = self.spread(left), self.spread(right)
            builder.store(operations.apply(builder, "fma", [left, right, held]), cell[0])
            return
        value = self.value(body, combo)
        if isinstance(cell[0].allocated_type, ir.VectorType):
            value = self.spread(value)
        if expr.kind == "argmax":
            self._first(expr, value, combo, cell)
        else:
            self._join(expr, value, cell)

    def _join(self, expr: Reduce, value: Value, cell: list[Value]) -> None:
        held = self.builder.load(cell[0], typ=cell[0].allocated_type)
        name = {"sum": "add", "prod": "mul", "max": "max"}[expr.kind]
        self.builder.store(operations.apply(self.builder, name, [held, value]), cell[0])

    def _first(self, expr: Reduce, value: Value, combo: Instance, cell: list[Value]) -> None:
        """The first place of the greatest value so far."""
        builder = self.builder
        number = Place(0)
        for var in expr.over:
            number = number.times(var.extent) + Place(0, ((var, 1),))
        here = self.value(Whole(number), combo)
        held, where = (builder.load(one, typ=one.allocated_type) for one in cell)
        if isinstance(held.type, ir.VectorType):
            here = self.spread(here)
        # A value that is none counts as the greatest, and the first such as the first maximum.
        greater = builder.fcmp_unordered(">", value, held)
        better = builder.and_(greater, builder.fcmp_ordered("ord", held, held))
        builder.store(builder.select(better, value, held), cell[0])
        builder.store(builder.select(better, here, where), cell[1])

    def _finish(self, expr: Reduce, cell: list[Value]) -> Value:
        held = self.builder.load(cell[-1], typ=cell[-1].allocated_type)
        if self.vector in expr.over and isinstance(held.type, ir.VectorType):
            name = {"sum": "add", "prod": "mul", "max": "max"}[expr.kind]
            return operations.across(self.builder, name, held)
        return held


def only_where(value: Expr) -> Expr | None:
    """Where a value is to be stored; None where it always is."""
    return value.args[0] if isinstance(value, Op) and value.name == "only" else None


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
