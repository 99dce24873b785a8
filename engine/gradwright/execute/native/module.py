"""A loop program as one LLVM module: a function a kernel, and one that calls them in order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from llvmlite import ir

from gradwright.execute.native import kernel as kernels
from gradwright.execute.native import fuse, loops
from gradwright.execute.native.emit import I32, I64, POINTER
from gradwright.execute.native.tree import Kernel, Program, Repeat, Statement, Var

ALIGNMENT = 16


@dataclass(frozen=True)
class Layout:
    """Where the values lie.

    Args:
        places: For each made value how far into the memory of its kind it begins, in numbers.
        numbers: The length of the memory of numbers.
        integers: The length of the memory of whole numbers.
        given: The values that come from outside, in the order of their pointers.
    """

    places: Mapping[str, int]
    numbers: int
    integers: int
    given: tuple[str, ...]


def layout(program: Program) -> Layout:
    """A place of its own for each value."""
    places: dict[str, int] = {}
    totals = {"number": ALIGNMENT, "int32": ALIGNMENT}
    given = []
    for name, buffer in program.buffers.items():
        if buffer.given:
            given.append(name)
            continue
        places[name] = totals[buffer.kind]
        totals[buffer.kind] += -(-(buffer.size + ALIGNMENT) // ALIGNMENT) * ALIGNMENT
    return Layout(places, totals["number"], totals["int32"], tuple(given))


class ModuleWriter:
    """Writes a program's module.

    Args:
        program: The program.
        where: Its layout.
        dtype: ``float32`` or ``float64``.
        shares: The number of threads.
    """

    def __init__(self, program: Program, where: Layout, dtype: str, shares: int = 1) -> None:
        self.program, self.where, self.shares = program, where, shares
        self.number = ir.FloatType() if dtype == "float32" else ir.DoubleType()
        self.width = 8 if dtype == "float32" else 4
        self.module = ir.Module(name="gradwright")
        self.functions: dict[str, ir.Function] = {}
        self.kept = fuse.kept(program)

    def text(self) -> str:
        """The module; its function ``run(table, share)`` takes the pointers and the thread's number."""
        function = ir.Function(self.module, ir.FunctionType(ir.VoidType(), [POINTER, I64]), "run")
        self.builder = ir.IRBuilder(function.append_basic_block("entry"))
        self.table, self.share = function.args
        self.counters: dict[Var, Any] = {}
        self.pointers = self._pointers()
        for statement in self.program.statements:
            self._statement(statement)
        self.builder.ret_void()
        return str(self.module)

    def _pointers(self) -> dict[str, Any]:
        """The first number of each value: the table holds the two memories, then the given values."""
        builder = self.builder

        def entry(number: int) -> Any:
            place = builder.gep(self.table, [I64(number)], source_etype=POINTER)
            return builder.load(place, typ=POINTER, align=8)

        memories = {"number": (entry(0), self.number), "int32": (entry(1), I32)}
        self.sync = entry(2)
        found = {name: entry(3 + at) for at, name in enumerate(self.where.given)}
        for name, place in self.where.places.items():
            memory, kind = memories[self.program.buffers[name].kind]
            found[name] = builder.gep(memory, [I64(place)], source_etype=kind)
        return found

    def _statement(self, statement: Statement) -> None:
        if isinstance(statement, Repeat):
            self._repeat(statement)
        elif isinstance(statement, Kernel):
            self._kernel(statement)
        else:
            raise AssertionError(statement)

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
        for statement in repeat.body:
            self._statement(statement)
        following = builder.add(count, I64(1))
        count.add_incoming(following, builder.block)
        builder.cbranch(builder.icmp_signed("<", following, I64(var.extent)), body, after)
        builder.position_at_end(after)
        del self.counters[var]

    def _kernel(self, kernel: Kernel) -> None:
        buffers = self.program.buffers
        kernel = loops.joined(kernel, buffers)
        name = f"k{len(self.functions)}"
        function = kernels.write(
            self.module, name, kernel, buffers, self.number, self.width, self.kept, self.shares
        )
        self.functions[name] = function
        arguments = [self.pointers[buffer] for buffer in kernels.used(kernel)]
        arguments += [self.counters[var] for var in kernels.outer(kernel)]
        self.builder.call(function, [*arguments, self.share])
        if self.shares > 1:
            self._barrier()

    def _barrier(self) -> None:
        raise NotImplementedError
