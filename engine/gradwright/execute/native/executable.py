"""A loop program ready to run: its code, its memory, and calls with NumPy's arrays."""

from __future__ import annotations

import contextlib
import ctypes
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from sympy import Expr, Symbol

from gradwright.execute.batches import Batches
from gradwright.execute.native import blas, form, fuse, machine
from gradwright.execute.native.build import loop_program
from gradwright.execute.native.form import Form, Output
from gradwright.execute.native.gather import Table, address
from gradwright.execute.native.layout import ALIGNMENT, Layout, layout
from gradwright.execute.native.learn import GRADIENT, SETTINGS, slot, with_update
from gradwright.execute.native.module import FIXED, ModuleWriter
from gradwright.execute.native.threads import together
from gradwright.execute.native.tree import Kernel, Program
from gradwright.execute.update import Update
from gradwright.language.scope import Value
from gradwright.tensor.nodes import Assignment

Array = Any


@dataclass(frozen=True)
class Source:
    """What is compiled.

    Args:
        assignments: The forward values and their adjoints.
        inputs: The given values.
        outputs: What is asked for: the loss, the gradients, others.
        parameters: The trained values, in the order in which an optimizer holds their numbers.
        gradients: Their gradients' names.
        equations: Sizes that follow from others.
    """

    assignments: tuple[Assignment, ...]
    inputs: Mapping[str, Value]
    outputs: tuple[str, ...]
    parameters: tuple[str, ...]
    gradients: tuple[str, ...]
    equations: tuple[tuple[Symbol, Expr], ...] = ()


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
        self.optimizer, self.lasting, self.threads, self.dtype = optimizer, lasting, threads, np.dtype(dtype)
        self._source, self._sizes, self._timed = source, dict(sizes), timed
        name = form.key(identity, sizes, dtype, threads, optimizer, lasting) if identity and not timed else ""
        known = form.kept(name) if name else None
        self.planned = 0.0  # seconds
        if known is None:
            begin = time.perf_counter()
            assert self.program.outputs
            self.planned = time.perf_counter() - begin
            image, code = machine.made(self._writer[1])
            known = self._form(), image
            if name:
                form.keep(name, known[0], code)
        self.form, image = known
        self.clock = np.zeros(len(self.kernels) if timed else 1, np.int64)
        self._limits = blas.single if self.form.blas else contextlib.nullcontext
        if self.form.blas:
            blas.connect()
        self._code = machine.Code(image)
        self._run = self._code.function("run", ctypes.c_void_p, *[ctypes.c_int64] * 3)
        self._memory = Memory.of(self.form.numbers, self.form.integers, self.dtype)
        self._wholes: dict[str, tuple[Array, Array]] = {}
        self._batches: dict[str, Array] = {}

    @cached_property
    def source(self) -> Source:
        """What is compiled."""
        return self._source if isinstance(self._source, Source) else self._source()

    @cached_property
    def program(self) -> Program:
        """The loop program; what was compiled before is called without it."""
        width = 8 if self.dtype == np.float32 else 4
        return _program(self.source, self._sizes, self.optimizer, width, self.lasting)

    @cached_property
    def layout(self) -> Layout:
        """Where the program's values lie."""
        parts = {GRADIENT: self.source.gradients} if self.optimizer else {}
        views = {slot("w"): self.source.parameters} if self.optimizer else {}
        return layout(self.program, parts, views, fuse.kept(self.program))

    @cached_property
    def _writer(self) -> tuple[ModuleWriter, str]:
        """The program's module and its text."""
        writer = ModuleWriter(self.program, self.layout, self.dtype.name, self.threads, self._timed)
        return writer, writer.text()

    @property
    def kernels(self) -> list[Kernel]:
        """The kernels in the order of ``clock``."""
        return self._writer[0].kernels

    def _form(self) -> Form:
        buffers, places = self.program.buffers, self.layout.places
        outputs = {}
        for name in self.source.outputs:
            one = buffers[name]
            low = one.low or (0,) * len(one.shape)
            outputs[name] = Output(places[name], one.shape, low, one.lengths)
        return Form(
            given={name: buffers[name].kind for name in self.layout.given},
            outputs=outputs,
            parameters=self.source.parameters,
            gradients=self.source.gradients,
            numbers=self.layout.numbers,
            integers=self.layout.integers,
            blas=self._writer[0].uses_blas,
        )

    def values(self, arrays: Mapping[str, Array]) -> dict[str, Array]:
        """The outputs for given values; the arrays are copies."""
        given = dict(arrays)
        if self.optimizer is not None:
            vector = np.concatenate([np.ravel(given[name]) for name in self.form.parameters])
            given |= {slot(name): vector for name in self.optimizer.slots}
            given[SETTINGS] = np.zeros(len(self.optimizer.settings))
        self._call(given, 1, False)
        return {name: self._output(name).copy() for name in self.form.outputs}

    def train(
        self,
        slots: Mapping[str, Array],
        data: Mapping[str, Array],
        settings: Mapping[str, float],
        steps: int | Batches,
    ) -> Array:
        """Training steps, in place; the losses before each, ending with one that is not finite.

        Args:
            slots: The optimizer's vectors.
            data: What is the same in all steps: the batch, or what has no examples, and constants.
            settings: The optimizer's settings; ``step`` is the number of the first step.
            steps: How many steps on one batch, or a batch for each step.
        """
        assert self.optimizer is not None
        numbers = np.array([settings[name] for name in self.optimizer.settings], self.dtype)
        given = {**data, **{slot(name): slots[name] for name in self.optimizer.slots}, SETTINGS: numbers}
        if isinstance(steps, int):
            return self._call(given, steps, True)
        used = [name for name in steps.arrays if name in self.form.given]
        whole = {name: self._whole(name, steps.arrays[name]) for name in used}
        made = {name: self._blank(name, steps.shape(name)) for name in used}
        rate = None
        if steps.rates is not None:
            rate = numbers[self.optimizer.settings.index("learning_rate") :]
        return self._call({**given, **made}, len(steps.order), True, Table.of(steps, whole, made, rate))

    def _whole(self, name: str, array: Array) -> Array:
        """All examples as the program reads them; what was made of an array is kept for the next call."""
        known = self._wholes.get(name)
        if known is None or known[0] is not array:
            known = self._wholes[name] = array, self._given(name, array)
        return known[1]

    def _blank(self, name: str, shape: tuple[int, ...]) -> Array:
        """Memory for a batch."""
        known = self._batches.get(name)
        if known is None or known.shape != shape:
            known = self._batches[name] = np.zeros(shape, self._kind(name))
        return known

    def _call(
        self, given: Mapping[str, Array], count: int, learn: bool, batches: Table | None = None
    ) -> Array:
        memory = self._memory
        if len(memory.losses) < count:
            memory.losses = np.zeros(count, self.dtype)
        memory.losses[:count] = np.nan
        held = [self._given(name, given[name]) for name in self.form.given]
        step = memory.step
        if self.optimizer is not None and "step" in self.optimizer.settings:
            settings = held[list(self.form.given).index(SETTINGS)]
            step = settings[self.optimizer.settings.index("step") :]
        fixed = [memory.numbers, memory.integers, memory.sync, memory.losses, step, self.clock]
        places = [*map(address, fixed), 0 if batches is None else address(batches.numbers)]
        assert len(places) == len(FIXED)
        table = np.array([*places, *map(address, held)], np.int64)
        with self._limits():
            place = address(table)
            together(lambda share: self._run(place, share, count, int(learn)), self.threads)
        return memory.losses[:count]

    def _given(self, name: str, array: Array) -> Array:
        return np.ascontiguousarray(array, dtype=self._kind(name))

    def _kind(self, name: str) -> Any:
        return np.dtype(np.int64) if self.form.given[name] == "int64" else self.dtype

    def _output(self, name: str) -> Array:
        """A value in the memory, without its margins."""
        one = self.form.outputs[name]
        whole = self._memory.numbers[one.place : one.place + math.prod(one.lengths)].reshape(one.lengths)
        return whole[tuple(slice(a, a + n) for a, n in zip(one.low, one.shape, strict=True))]


@dataclass
class Memory:
    """The memory of a program: made once, used at every call.

    Args:
        numbers: All made values, and zeros around them.
        integers: All made whole numbers.
    """

    numbers: Array
    integers: Array
    losses: Array
    sync: Array = field(default_factory=lambda: np.zeros(64, np.int64))
    step: Array = field(default_factory=lambda: np.zeros(1))

    @classmethod
    def of(cls, count: int, integers: int, dtype: Any) -> Memory:
        """Memory for so many numbers, the first of which lies where a vector may begin."""
        spare = 64 // dtype.itemsize
        numbers = np.zeros(count + 2 * spare + ALIGNMENT, dtype)
        first = -address(numbers) // dtype.itemsize % spare
        return cls(numbers[first:], np.zeros(integers, np.int32), np.zeros(1, dtype))


def _program(
    source: Source, sizes: Mapping[str, int], optimizer: Update | None, width: int, lasting: bool
) -> Program:
    data = frozenset(source.inputs) - frozenset(source.parameters) if lasting else frozenset()
    program = loop_program(
        source.assignments, source.inputs, source.outputs, sizes, source.equations, width, data
    )
    if optimizer is not None:
        program = with_update(program, optimizer, source.parameters, source.gradients)
    return program
