"""A loop program ready to run: its code, its memory, and calls with NumPy's arrays."""

from __future__ import annotations

import contextlib
import ctypes
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

from gradwright.errors import UsageError
from gradwright.execute.batches import Batches
from gradwright.execute.native import blas, form, fuse, machine
from gradwright.execute.native.build import loop_program
from gradwright.execute.native.form import Form, Given, Output
from gradwright.execute.native.gather import Table, address
from gradwright.execute.native.held import Memory, seen
from gradwright.execute.native.layout import Layout, layout
from gradwright.execute.native.learn import GRADIENT, SETTINGS, slot, with_update
from gradwright.execute.native.module import FIXED, ModuleWriter
from gradwright.execute.native.outside import Callbacks
from gradwright.execute.native.sharing import worthwhile
from gradwright.execute.native.statement import Kernel, Outside, Program, outside_in
from gradwright.execute.native.threads import together
from gradwright.execute.source import Source
from gradwright.execute.update import Update

Array = Any


class Executable:
    """A program compiled for given sizes.

    Args:
        source: What is compiled, or what gives it when it is needed.
        sizes: The number of places of every axis.
        dtype: ``float32`` or ``float64``.
        threads: How many threads share the work.
        optimizer: The update of a training step; None for values alone.
        lasting: Whether ``train`` is called for many steps on the same data.
        timed: Whether ``clock`` is to hold the cycles that each of ``kernels`` took.
        identity: Says which formulas these are, so that what was compiled before is used again without them;
            "" if nothing does.

    Raises:
        UsageError: Something has no compiled form.
    """

    def __init__(
        self,
        source: Source | Callable[[], Source],
        sizes: Mapping[str, int],
        dtype: str,
        threads: int = 1,
        optimizer: Update | None = None,
        lasting: bool = False,
        timed: bool = False,
        identity: str = "",
    ) -> None:
        self.optimizer, self.lasting, self.dtype = optimizer, lasting, np.dtype(dtype)
        self._source, self._sizes, self._threads, self._timed = source, dict(sizes), threads, timed
        self.planned = 0.0  # seconds
        name = form.key(identity, sizes, dtype, threads, optimizer, lasting) if identity and not timed else ""
        self.form, image = (form.kept(name) if name else None) or self._made(name)
        self.clock = np.zeros(len(self.kernels) if timed else 1, np.int64)
        self._limits = blas.single if self.form.blas else contextlib.nullcontext
        if self.form.blas:
            blas.connect()
        self._held: dict[str, Array] = {}
        self._callbacks = Callbacks(
            list(outside_in(self.program.statements)) if self.form.calls else [], self._view
        )
        self._code = machine.Code(image)
        self._run = self._code.function("run", ctypes.c_void_p, *[ctypes.c_int64] * 3)
        self._memory = Memory.of(self.form.numbers, self.form.integers, self.dtype)
        self._wholes: dict[str, tuple[Array, Array]] = {}
        self._batches: dict[str, Array] = {}

    def _made(self, name: str) -> tuple[Form, bytes]:
        """What is to be known of the program, and its machine code; kept under a name if it has one."""
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

    @property
    def _width(self) -> int:
        return 8 if self.dtype == np.float32 else 4

    @cached_property
    def program(self) -> Program:
        """The loop program; what was compiled before is called without it."""
        return _program(self.source, self._sizes, self.optimizer, self._width, self.lasting)

    @cached_property
    def layout(self) -> Layout:
        """Where the program's values lie."""
        parts = {GRADIENT: self.source.gradients} if self.optimizer else {}
        views = {slot("w"): self.source.parameters} if self.optimizer else {}
        return layout(self.program, parts, views, fuse.kept(self.program))

    @cached_property
    def _writer(self) -> tuple[ModuleWriter, str]:
        """The program's module and its text."""
        shares = self._threads if self._threads > 1 and worthwhile(self.program, self._width) else 1
        writer = ModuleWriter(self.program, self.layout, self.dtype.name, shares, self._timed)
        return writer, writer.text()

    @property
    def threads(self) -> int:
        """How many threads share the work: 1 where a step is too short for more."""
        return self.form.threads

    @property
    def kernels(self) -> list[Kernel | Outside]:
        """The kernels in the order of ``clock``."""
        return self._writer[0].kernels

    def _form(self) -> Form:
        buffers, (writer, _) = self.program.buffers, self._writer
        return Form(
            given={name: Given(buffers[name].kind, buffers[name].shape) for name in self.layout.given},
            outputs={name: self._place(name) for name in self.source.outputs},
            parameters=self.source.parameters,
            gradients=self.source.gradients,
            numbers=self.layout.numbers,
            integers=self.layout.integers,
            threads=writer.shares,
            blas=writer.uses_blas,
            calls=len(writer.calls),
            told=1 + len(self.program.told),
        )

    def _place(self, name: str) -> Output:
        """Where a made value lies, without its margins."""
        buffer, start = self.program.buffers[name], self.layout.places[name]
        low = buffer.low or (0,) * len(buffer.shape)
        first = start + sum(margin * stride for margin, stride in zip(low, buffer.strides, strict=True))
        return Output(first, buffer.shape, buffer.strides)

    def values(self, arrays: Mapping[str, Array]) -> dict[str, Array]:
        """The outputs for given values; the arrays are copies."""
        given = dict(arrays)
        if self.optimizer is not None:
            vector = np.concatenate([np.ravel(given[name]) for name in self.form.parameters])
            given |= {slot(name): vector for name in self.optimizer.slots}
            given[SETTINGS] = np.zeros(len(self.optimizer.settings))
        if self._call(given, 1, False):
            return {name: seen(self._memory.numbers, one).copy() for name, one in self.form.outputs.items()}
        return {name: np.full(one.shape, np.nan, self.dtype) for name, one in self.form.outputs.items()}

    def train(
        self,
        slots: Mapping[str, Array],
        data: Mapping[str, Array],
        settings: Mapping[str, float],
        steps: int | Batches,
    ) -> Array:
        """Training steps, in place; a row for each, ending with one whose loss is not finite.

        Args:
            slots: The optimizer's vectors.
            data: What is the same in all steps: the batch, or what has no examples, and constants.
            settings: The optimizer's settings; ``step`` is the number of the first step.
            steps: How many steps on one batch, or a batch for each step.

        Returns:
            The loss before each step, then what else is told of it (steps, told).
        """
        assert self.optimizer is not None
        numbers = np.array([settings[name] for name in self.optimizer.settings], self.dtype)
        vectors = {name: np.ascontiguousarray(slots[name], self.dtype) for name in self.optimizer.slots}
        given = {**data, **{slot(name): vector for name, vector in vectors.items()}, SETTINGS: numbers}
        count = len(steps.order) if isinstance(steps, Batches) else steps
        table = self._table(steps, numbers, given) if isinstance(steps, Batches) else None
        self._call(given, count, True, table)
        for name, vector in vectors.items():
            if vector is not slots[name]:  # of another kind or layout: a copy was trained
                slots[name][...] = vector
        told = self._memory.told[: count * self.form.told].reshape(count, -1)
        wrong = np.flatnonzero(~np.isfinite(told[:, 0]))
        return told[: wrong[0] + 1 if wrong.size else count].copy()

    def _table(self, batches: Batches, numbers: Array, given: dict[str, Array]) -> Table:
        """Where the batches come from; where they are to lie is added to the given values."""
        assert self.optimizer is not None and not self.lasting
        used = [name for name in batches.arrays if name in self.form.given]
        for name in used:
            shape = self.form.given[name].shape
            if name not in self._batches:
                self._batches[name] = np.zeros(shape, self._kind(name))
            given[name] = self._batches[name]
            assert batches.shape(name) == shape, (name, batches.shape(name), shape)
        whole = {name: self._whole(name, batches.arrays[name]) for name in used}
        rate = None
        if batches.rates is not None:
            rate = numbers[self.optimizer.settings.index("learning_rate") :]
        return Table.of(batches, whole, self._batches, rate)

    def _whole(self, name: str, array: Array) -> Array:
        """All examples as the program reads them; what was made of an array is kept for the next call."""
        known = self._wholes.get(name)
        if known is None or known[0] is not array:
            known = self._wholes[name] = array, np.ascontiguousarray(array, dtype=self._kind(name))
        return known[1]

    def _call(
        self, given: Mapping[str, Array], count: int, learn: bool, batches: Table | None = None
    ) -> bool:
        """Run the code; whether all functions of whole matrices had values."""
        memory, told = self._memory, count * self.form.told
        if len(memory.told) < told:
            memory.told = np.zeros(told, self.dtype)
        memory.told[:told] = np.nan
        self._held = {name: self._given(name, given[name]) for name in self.form.given}
        step = memory.step
        if self.optimizer is not None and "step" in self.optimizer.settings:
            step = self._held[SETTINGS][self.optimizer.settings.index("step") :]
        failed = self._callbacks.failed
        fixed = [memory.numbers, memory.integers, memory.sync, memory.told, step, self.clock, failed]
        places = [*map(address, fixed), 0 if batches is None else address(batches.numbers)]
        assert len(places) == len(FIXED)
        table = np.array([*places, *map(address, self._held.values())], np.int64)
        with self._limits():
            place = address(table)
            together(lambda share: self._run(place, share, count, int(learn)), self.threads)
        return self._callbacks.settle()

    def _given(self, name: str, array: Array) -> Array:
        shape = self.form.given[name].shape
        if np.shape(array) != shape:
            raise UsageError(f"{name.lstrip('~')} must have the shape {shape}, got {np.shape(array)}")
        return np.ascontiguousarray(array, dtype=self._kind(name))

    def _kind(self, name: str) -> Any:
        return np.dtype(np.int64) if self.form.given[name].kind == "int64" else self.dtype

    def _view(self, name: str) -> Array:
        """A value where it lies, without its margins."""
        buffer = self.program.buffers[name]
        if name in self.layout.places:
            memory = self._memory.integers if buffer.kind == "int32" else self._memory.numbers
            return seen(memory, self._place(name))
        whole, start = self.layout.views.get(name, (name, 0))
        return seen(self._held[whole].ravel(), Output(start, buffer.shape, buffer.strides))


def _program(
    source: Source, sizes: Mapping[str, int], optimizer: Update | None, width: int, lasting: bool
) -> Program:
    data = frozenset(source.inputs) - frozenset(source.parameters) if lasting else frozenset()
    program = loop_program(
        source.assignments, source.inputs, source.outputs, sizes, source.equations, width, data
    )
    if optimizer is not None:
        program = with_update(program, optimizer, source.parameters, source.gradients)
    return replace(program, told=source.told)
