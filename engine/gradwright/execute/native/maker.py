"""What makes a compiled program of its formulas: the loop program, its layout, its module, machine code."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property

from gradwright.execute.native import form, fuse, machine
from gradwright.execute.native.build import loop_program
from gradwright.execute.native.form import Form, Given, Output, slot
from gradwright.execute.native.formulas import GRADIENT, part
from gradwright.execute.native.layout import Layout, layout
from gradwright.execute.native.learn import with_update
from gradwright.execute.native.module import ModuleWriter
from gradwright.execute.native.sharing import worthwhile
from gradwright.execute.native.statement import Kernel, Outside, Program, outside_in
from gradwright.execute.source import Source
from gradwright.execute.update import Update


class Maker:
    """The stages from formulas to machine code; each is done when it is first asked for.

    Args:
        source: What is compiled, or what gives it when it is needed.
        sizes: The number of places of every axis.
        dtype: ``float32`` or ``float64``.
        threads: How many threads share the work.
        optimizer: The update of a training step; None for values alone.
        lasting: Whether many steps are done on the same data.
        timed: Whether the cycles of each of ``kernels`` are counted.
    """

    def __init__(
        self,
        source: Source | Callable[[], Source],
        sizes: Mapping[str, int],
        dtype: str,
        threads: int,
        optimizer: Update | None,
        lasting: bool,
        timed: bool,
    ) -> None:
        self._source, self._sizes, self._dtype, self._threads = source, sizes, dtype, threads
        self._optimizer, self._lasting, self._timed = optimizer, lasting, timed
        self._width = 8 if dtype == "float32" else 4
        self.planned = 0.0  # seconds

    def made(self, name: str) -> tuple[Form, bytes]:
        """What is to be known of the program, and its machine code; kept under a name if it has one.

        Raises:
            UsageError: Something has no compiled form.
        """
        begin = time.perf_counter()
        assert self.program.outputs
        self.planned = time.perf_counter() - begin
        text = self._writer[1]
        image, made = machine.made(text), self._form()
        if name:
            form.keep(name, made, machine.file(text))
        return made, image

    @cached_property
    def source(self) -> Source:
        """What is compiled."""
        return self._source if isinstance(self._source, Source) else self._source()

    @cached_property
    def program(self) -> Program:
        """The loop program."""
        source = self.source
        drawn = source.drawn if self._optimizer is not None else {}
        data = frozenset(source.inputs) - {*source.parameters, *drawn} if self._lasting else frozenset()
        program = loop_program(
            source.assignments,
            source.inputs,
            source.outputs,
            self._sizes,
            source.equations,
            self._width,
            data,
            self._threads,
            drawn,
        )
        if self._optimizer is not None:
            program = with_update(program, self._optimizer, source, self._sizes)
        return replace(program, told=source.told)

    @cached_property
    def layout(self) -> Layout:
        """Where the program's values lie."""
        parts = {GRADIENT: self.source.gradients} if self._optimizer else {}
        names = self._optimizer.slots if self._optimizer else ()
        views = {slot(name): [part(name, one) for one in self.source.parameters] for name in names}
        return layout(self.program, parts, views, fuse.kept(self.program))

    @cached_property
    def _writer(self) -> tuple[ModuleWriter, str]:
        """The program's module and its text."""
        shares = self._threads if self._threads > 1 and worthwhile(self.program, self._width) else 1
        writer = ModuleWriter(self.program, self.layout, self._dtype, shares, self._timed)
        return writer, writer.text()

    @property
    def kernels(self) -> list[Kernel | Outside]:
        """The kernels in the order in which they are timed."""
        return self._writer[0].kernels

    @property
    def calls(self) -> list[Outside]:
        """The functions without loops, by the numbers that the code has for them."""
        return list(outside_in(self.program.statements))

    def _form(self) -> Form:
        buffers, (writer, _) = self.program.buffers, self._writer
        return Form(
            given={name: Given(buffers[name].kind, buffers[name].shape) for name in self.layout.given},
            outputs={name: self.place(name) for name in self.source.outputs},
            parameters=self.source.parameters,
            gradients=self.source.gradients,
            numbers=self.layout.numbers,
            integers=self.layout.integers,
            threads=writer.shares,
            calls=len(writer.calls),
            told=1 + len(self.program.told),
        )

    def place(self, name: str) -> Output:
        """Where a made value lies, without its margins."""
        buffer, start = self.program.buffers[name], self.layout.places[name]
        low = buffer.low or (0,) * len(buffer.shape)
        first = start + sum(margin * stride for margin, stride in zip(low, buffer.strides, strict=True))
        return Output(first, buffer.shape, buffer.strides)
