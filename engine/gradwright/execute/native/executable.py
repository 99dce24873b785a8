"""A loop program ready to run: its code, its memory, and calls with NumPy's arrays."""

from __future__ import annotations

import contextlib
import ctypes
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sympy import Expr, Symbol

from gradwright.execute.native import blas, machine
from gradwright.execute.native.build import loop_program
from gradwright.execute.native.gather import Batches, Table, address
from gradwright.execute.native.learn import GRADIENT, SETTINGS, slot, with_update
from gradwright.execute.native.module import ALIGNMENT, FIXED, Layout, ModuleWriter, layout
from gradwright.execute.native.tree import Program
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
        source: What is compiled.
        sizes: The number of places of every axis.
        dtype: ``float32`` or ``float64``.
        threads: How many threads share the work.
        optimizer: The update of a training step; None for values alone.
        lasting: Whether ``train`` is called for many steps on the same data.
        timed: Whether ``clock`` is to hold the cycles that each of ``kernels`` took.

    Raises:
        UsageError: Something has no compiled form.
    """

    def __init__(
        self,
        source: Source,
        sizes: Mapping[str, int],
        dtype: str,
        threads: int = 1,
        optimizer: Update | None = None,
        lasting: bool = False,
        timed: bool = False,
    ) -> None:
        self.source, self.optimizer, self.dtype = source, optimizer, np.dtype(dtype)
        self.program = _program(source, sizes, optimizer, 8 if dtype == "float32" else 4, lasting)
        buffers = self.program.buffers
        parts = {GRADIENT: source.gradients} if optimizer else {}
        views = {slot("w"): source.parameters} if optimizer else {}
        self.layout = layout(self.program, parts, views)
        writer = ModuleWriter(self.program, self.layout, dtype, timed=timed)
        text = writer.text()
        self.kernels = writer.kernels
        self.clock = np.zeros(len(self.kernels), np.int64)
        self._limits = blas.single if writer.uses_blas else contextlib.nullcontext
        blas.connect()
        self._code = machine.Code(machine.made(text))
        self._run = self._code.function("run", ctypes.c_void_p, *[ctypes.c_int64] * 3)
        self._memory = Memory.of(self.layout, self.dtype)
        self._wholes: dict[str, tuple[Array, Array]] = {}
        self._batches: dict[str, Array] = {}
        self._shapes = {name: buffers[name].shape for name in source.outputs}

    def values(self, arrays: Mapping[str, Array]) -> dict[str, Array]:
        """The outputs for given values; the arrays are copies."""
        given = dict(arrays)
        if self.optimizer is not None:
            vector = np.concatenate([np.ravel(given[name]) for name in self.source.parameters])
            given |= {slot(name): vector for name in self.optimizer.slots}
            given[SETTINGS] = np.zeros(len(self.optimizer.settings))
        self._call(given, 1, False)
        return {name: self._output(name).copy() for name in self.source.outputs}

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
        used = [name for name in steps.arrays if name in self.layout.given]
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
        held = [self._given(name, given[name]) for name in self.layout.given]
        step = memory.step
        if self.optimizer is not None and "step" in self.optimizer.settings:
            settings = held[self.layout.given.index(SETTINGS)]
            step = settings[self.optimizer.settings.index("step") :]
        fixed = [memory.numbers, memory.integers, memory.sync, memory.losses, step, self.clock]
        places = [*map(address, fixed), 0 if batches is None else address(batches.numbers)]
        assert len(places) == len(FIXED)
        table = np.array([*places, *map(address, held)], np.int64)
        with self._limits():
            self._run(address(table), 0, count, int(learn))
        return memory.losses[:count]

    def _given(self, name: str, array: Array) -> Array:
        return np.ascontiguousarray(array, dtype=self._kind(name))

    def _kind(self, name: str) -> Any:
        return np.dtype(np.int64) if self.program.buffers[name].kind == "int64" else self.dtype

    def _output(self, name: str) -> Array:
        """A value in the memory, without its margins."""
        buffer, place = self.program.buffers[name], self.layout.places[name]
        whole = self._memory.numbers[place : place + buffer.size].reshape(buffer.lengths)
        low = buffer.low or (0,) * len(buffer.shape)
        return whole[tuple(slice(a, a + n) for a, n in zip(low, buffer.shape, strict=True))]


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
    def of(cls, where: Layout, dtype: Any) -> Memory:
        """The memory of a layout, its first number where a vector may begin."""
        spare = 64 // dtype.itemsize
        numbers = np.zeros(where.numbers + 2 * spare + ALIGNMENT, dtype)
        first = -address(numbers) // dtype.itemsize % spare
        return cls(numbers[first:], np.zeros(where.integers, np.int32), np.zeros(1, dtype))


def _program(source: Source, sizes: Mapping[str, int], optimizer: Update | None, width: int, lasting: bool) -> Program:
    data = frozenset(source.inputs) - frozenset(source.parameters) if lasting else frozenset()
    program = loop_program(
        source.assignments, source.inputs, source.outputs, sizes, source.equations, width, data
    )
    if optimizer is not None:
        program = with_update(program, optimizer, source.parameters, source.gradients)
    return program

