"""A loop program as one LLVM module: a function a kernel, and those that carry out steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir

from gradwright.execute.native import (
    fuse,
    gather,
    loops,
    margins,
    outside,
    processor,
    threads,
)
from gradwright.execute.native import kernel as kernels
from gradwright.execute.native.form import FIXED
from gradwright.execute.native.index import Var
from gradwright.execute.native.layout import Layout
from gradwright.execute.native.nest import I32, I64, POINTER
from gradwright.execute.native.sharing import Meetings, Sharing, sharing
from gradwright.execute.native.signature import likeness, outer, used
from gradwright.execute.native.statement import Kernel, Outside, Program, Repeat, Statement, outside_in
from gradwright.execute.native.transpose import tile_of
from gradwright.execute.native.tree import KEY

OUTSIDE = ir.FunctionType(ir.VoidType(), [POINTER, I64])


class ModuleWriter:
    """Writes a program's module.

    Args:
        program: The program.
        where: Its layout.
        dtype: ``float32`` or ``float64``.
        shares: The number of threads.
        timed: Whether the time of each kernel is to be taken.
    """

    def __init__(
        self, program: Program, where: Layout, dtype: str, shares: int = 1, timed: bool = False
    ) -> None:
        self.program, self.where, self.shares, self.timed = program, where, shares, timed
        self.kernels: list[Kernel | Outside] = []
        self.calls = list(outside_in(program.statements))
        self.number = ir.FloatType() if dtype == "float32" else ir.DoubleType()
        self.width = 8 if dtype == "float32" else 4
        self.module = ir.Module(name="gradwright")
        self.functions: dict[Any, ir.Function] = {}
        self.kept = fuse.kept(program)
        self.counters: dict[Var, Any] = {}
        self.meetings = Meetings(program.buffers, shares, where.overlaps)

    def text(self) -> str:
        """The module; its function ``run(table, share, count, learn)`` carries out ``count`` steps."""
        type_ = ir.FunctionType(ir.VoidType(), [POINTER, I64, I64, I64])
        function = ir.Function(self.module, type_, "run")
        self.builder = builder = ir.IRBuilder(function.append_basic_block("entry"))
        self.table, self.share, count, learn = function.args
        self.pointers = self._pointers()
        with processor.small_numbers_as_zero(builder):
            self._steps(function, count, learn)
        builder.ret_void()
        return str(self.module)

    def _steps(self, function: ir.Function, count: Any, learn: Any) -> None:
        builder = self.builder
        for statement in self.program.once:
            self._statement(statement)
        before, body = builder.block, function.append_basic_block("step")
        after = function.append_basic_block("end")
        builder.branch(body)
        builder.position_at_end(body)
        number = builder.phi(I64)
        number.add_incoming(I64(0), before)
        self._gather(number)
        if KEY in self.pointers:
            self._tell(number)
        for statement in self.program.statements:
            self._statement(statement)
        learns = builder.icmp_signed("!=", learn, I64(0))
        if self.program.whole:
            with builder.if_then(builder.not_(learns)):
                for statement in self.program.whole:
                    self._statement(statement)
        self._meet()
        finite = self._finish(number)
        with builder.if_then(builder.and_(finite, learns)):
            for statement in self.program.update:
                self._statement(statement)
        self._count()
        following = builder.add(number, I64(1))
        number.add_incoming(following, builder.block)
        builder.cbranch(builder.and_(finite, builder.icmp_signed("<", following, count)), body, after)
        builder.position_at_end(after)

    def _gather(self, number: Any) -> None:
        """The batch of a step and its rate, where they come from a table."""
        builder, table = self.builder, self.fixed["batches"]
        function = gather.write(self.module, self.number, self.shares)
        with builder.if_then(builder.icmp_unsigned("!=", table, ir.Constant(POINTER, None))):
            builder.call(function, [table, number, self.share])
            if self.shares > 1:
                self._barrier()

    def _tell(self, number: Any) -> None:
        """What draws is told the step, each thread in a place of its own."""
        builder = self.builder
        place = builder.gep(self.pointers[KEY], [I64(1)], source_etype=I64)
        builder.store(builder.add(self.first, number), place, align=8)

    def _finish(self, number: Any) -> Any:
        """Write down the loss and what else is told of a step; whether the loss is finite."""
        builder, names = self.builder, (self.program.outputs[0], *self.program.told)
        loss, *others = (builder.load(self.pointers[name], typ=self.number, align=4) for name in names)
        if self.calls:
            failed = builder.icmp_signed("!=", builder.load(self.fixed["outside"], typ=I64, align=8), I64(0))
            loss = builder.select(failed, self.number(float("nan")), loss)
        row = builder.mul(number, I64(len(names)))
        for at, value in enumerate((loss, *others)):
            place = builder.gep(self.fixed["told"], [builder.add(row, I64(at))], source_etype=self.number)
            builder.store(value, place, align=4)
        return builder.fcmp_ordered("==", builder.fsub(loss, loss), self.number(0.0))

    def _count(self) -> None:
        """The number of the step goes up when all threads have read it; the first sees to it."""
        builder, place = self.builder, self.fixed["step"]
        self._meet()
        with builder.if_then(builder.icmp_signed("==", self.share, I64(0))):
            held = builder.load(place, typ=self.number, align=4)
            builder.store(builder.fadd(held, self.number(1.0)), place, align=4)

    def _pointers(self) -> dict[str, Any]:
        """The first number of each value."""
        builder = self.builder

        def entry(number: int) -> Any:
            place = builder.gep(self.table, [I64(number)], source_etype=POINTER)
            return builder.load(place, typ=POINTER, align=8)

        self.fixed = {name: entry(at) for at, name in enumerate(FIXED)}
        found = {name: entry(len(FIXED) + at) for at, name in enumerate(self.where.given)}
        for name, (whole, place) in self.where.views.items():
            found[name] = builder.gep(found[whole], [I64(place)], source_etype=self.number)
        for name, place in self.where.places.items():
            integer = self.program.buffers[name].kind == "int32"
            memory, kind = (self.fixed["integers"], I32) if integer else (self.fixed["numbers"], self.number)
            found[name] = builder.gep(memory, [I64(place)], source_etype=kind)
        if KEY in found:
            found[KEY], self.first = self._own_key(found[KEY])
        return found

    def _own_key(self, given: Any) -> tuple[Any, Any]:
        """A place for the key of what is drawn, and the number of the first step."""
        builder = self.builder
        first = builder.gep(given, [I64(1)], source_etype=I64)
        own = builder.bitcast(builder.alloca(I64, 2), POINTER)
        builder.store(builder.load(given, typ=I64, align=8), own, align=8)
        return own, builder.load(first, typ=I64, align=8)

    def _statement(self, statement: Statement) -> None:
        if isinstance(statement, Repeat):
            self._repeat(statement)
        elif isinstance(statement, Kernel):
            self._kernel(statement)
        else:
            self._outside(statement)

    def _outside(self, call: Outside) -> None:
        """NumPy is called back, by the first thread alone."""
        builder, name = self.builder, outside.SYMBOL
        function = self.module.globals.get(name) or ir.Function(self.module, OUTSIDE, name)
        arguments = [self.fixed["outside"], I64(self.calls.index(call))]

        def write() -> None:
            first = builder.icmp_signed("==", self.share, I64(0))
            with builder.if_then(first), processor.small_numbers_kept(builder):
                builder.call(function, arguments)

        self._meet()
        self._timed(call, None, write)
        self._meet()

    def _repeat(self, repeat: Repeat) -> None:
        builder, var = self.builder, repeat.var
        before, function = builder.block, builder.function
        body, after = function.append_basic_block("repeat"), function.append_basic_block("done")
        builder.branch(body)
        builder.position_at_end(body)
        count = builder.phi(I64)
        count.add_incoming(I64(0), before)
        last = I64(var.extent - 1)
        self.counters[var] = count if repeat.direction > 0 else builder.sub(last, count)
        self._meet()
        self.meetings.outer |= {var}
        for statement in repeat.body:
            self._statement(statement)
        if self.meetings.clash(self.meetings.all, self.meetings.all):
            self._meet()
        self.meetings.open = list(self.meetings.all)
        self.meetings.outer -= {var}
        following = builder.add(count, I64(1))
        count.add_incoming(following, builder.block)
        builder.cbranch(builder.icmp_signed("<", following, I64(var.extent)), body, after)
        builder.position_at_end(after)
        del self.counters[var]

    def _kernel(self, kernel: Kernel) -> None:
        buffers = self.program.buffers
        kernel = loops.joined(margins.checked(kernel, buffers), buffers)
        tile = tile_of(kernel, buffers, self.width)
        share = sharing(kernel, tile, self.shares)
        key = likeness(kernel, buffers, self.kept)
        if key not in self.functions:
            name = f"k{len(self.functions)}"
            self.functions[key] = kernels.write(
                self.module, name, kernel, buffers, self.number, tile, self.kept, share, self.shares
            )
        arguments = [self.pointers[buffer] for buffer in used(kernel)]
        arguments += [self.counters[var] for var in outer(kernel)]
        self._timed(kernel, share, lambda: self.builder.call(self.functions[key], [*arguments, self.share]))

    def _timed(self, kernel: Kernel | Outside, share: Sharing | None, write: Callable[[], Any]) -> None:
        """What a kernel does after the threads have met if they must, its time taken if that is wanted."""
        begin = self._now() if self.timed else None
        if self.shares > 1 and share is not None:
            assert isinstance(kernel, Kernel), kernel
            if self.meetings.before(kernel, share):
                self._barrier()
        write()
        if begin is not None:
            self._took(begin)
        self.kernels.append(kernel)

    def _now(self) -> Any:
        """The processor's count of cycles."""
        name = "llvm.readcyclecounter"
        type_ = ir.FunctionType(I64, [])
        function = self.module.globals.get(name) or ir.Function(self.module, type_, name)
        return self.builder.call(function, [])

    def _took(self, begin: Any) -> None:
        builder = self.builder
        with builder.if_then(builder.icmp_signed("==", self.share, I64(0))):
            spent = builder.sub(self._now(), begin)
            place = builder.gep(self.fixed["clock"], [I64(len(self.kernels))], source_etype=I64)
            builder.store(builder.add(builder.load(place, typ=I64, align=8), spent), place, align=8)

    def _meet(self) -> None:
        """All threads meet, if there are several, and what they did is known to all."""
        if self.shares > 1:
            self._barrier()
        self.meetings.clear()

    def _barrier(self) -> None:
        self.builder.call(threads.barrier(self.module, self.shares), [self.fixed["sync"]])
