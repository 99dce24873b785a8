"""A loop program ready to run: its code, its memory, and calls with NumPy's arrays."""

from __future__ import annotations

import contextlib
import ctypes
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sympy import Expr, Symbol

from gradwright.errors import UsageError
from gradwright.execute.native import blas, fuse, machine
from gradwright.execute.native.build import loop_program
from gradwright.execute.native.layout import ALIGNMENT, Layout, layout
from gradwright.execute.native.learn import GRADIENT, SETTINGS, slot, with_update
from gradwright.execute.native.module import FIXED, ModuleWriter
from gradwright.execute.native.outside import Callbacks
from gradwright.execute.native.sharing import worthwhile
from gradwright.execute.native.threads import together
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
        begin = time.perf_counter()
        self.source, self.optimizer, self.dtype = source, optimizer, np.dtype(dtype)
        width = 8 if dtype == "float32" else 4
        self.program = _program(source, sizes, optimizer, width, lasting)
        self.planned = time.perf_counter() - begin  # seconds
        buffers = self.program.buffers
        parts = {GRADIENT: source.gradients} if optimizer else {}
        views = {slot("w"): source.parameters} if optimizer else {}
        self.layout = layout(self.program, parts, views, fuse.kept(self.program))
        self.threads = threads if threads > 1 and worthwhile(self.program, width) else 1
        writer = ModuleWriter(self.program, self.layout, dtype, self.threads, timed)
        text = writer.text()
        self.kernels = writer.kernels
        self.clock = np.zeros(len(self.kernels), np.int64)
        self._limits = blas.single if writer.uses_blas else contextlib.nullcontext
        blas.connect()
        self._held: dict[str, Array] = {}
        self._callbacks = Callbacks(writer.calls, self._view)
        self._code = machine.Code(machine.made(text))
        self._run = self._code.function("run", ctypes.c_void_p, *[ctypes.c_int64] * 3)
        self._memory = Memory.of(self.layout, self.dtype)
        self._shapes = {name: buffers[name].shape for name in source.outputs}

    def values(self, arrays: Mapping[str, Array], settings: Mapping[str, float] | None = None) -> dict[str, Array]:
        """The outputs for given values; the arrays are copies."""
        given = dict(arrays)
        if self.optimizer is not None:
            vector = np.concatenate([np.ravel(given[name]) for name in self.source.parameters])
            given |= {slot(name): vector for name in self.optimizer.slots}
            given[SETTINGS] = np.zeros(len(self.optimizer.settings))
        if self._call(given, 1, False):
            return {name: self._view(name).copy() for name in self.source.outputs}
        return {name: np.full(shape, np.nan, self.dtype) for name, shape in self._shapes.items()}

    def train(
        self, slots: Mapping[str, Array], data: Mapping[str, Array], settings: Mapping[str, float], count: int
    ) -> Array:
        """Training steps on one batch, in place; the losses before each, ending with one that is not finite.

        Args:
            slots: The optimizer's vectors.
            data: The batch, and constants.
            settings: The optimizer's settings; ``step`` is the number of the first step.
            count: How many steps.
        """
        assert self.optimizer is not None
        numbers = np.array([settings[name] for name in self.optimizer.settings], self.dtype)
        vectors = {name: np.ascontiguousarray(slots[name], self.dtype) for name in self.optimizer.slots}
        given = {**data, **{slot(name): vector for name, vector in vectors.items()}, SETTINGS: numbers}
        self._call(given, count, True)
        for name, vector in vectors.items():
            if vector is not slots[name]:  # of another kind or layout: a copy was trained
                slots[name][...] = vector
        return self._memory.losses[:count]

    def _call(self, given: Mapping[str, Array], count: int, learn: bool) -> bool:
        """Run the code; whether all functions of whole matrices had values."""
        memory = self._memory
        if len(memory.losses) < count:
            memory.losses = np.zeros(count, self.dtype)
        memory.losses[:count] = np.nan
        held = [self._given(name, given[name]) for name in self.layout.given]
        step = memory.step
        if self.optimizer is not None and "step" in self.optimizer.settings:
            settings = held[self.layout.given.index(SETTINGS)]
            step = settings[self.optimizer.settings.index("step") :]
        self._held = dict(zip(self.layout.given, held, strict=True))
        failed = self._callbacks.failed
        fixed = [memory.numbers, memory.integers, memory.sync, memory.losses, step, self.clock, failed]
        table = np.array([_address(array) for array in (*fixed, *held)], np.int64)
        assert len(fixed) == len(FIXED)
        with self._limits():
            place = _address(table)
            together(lambda share: self._run(place, share, count, int(learn)), self.threads)
        return self._callbacks.settle()

    def _given(self, name: str, array: Array) -> Array:
        buffer = self.program.buffers[name]
        kind = np.dtype(np.int64) if buffer.kind == "int64" else self.dtype
        if np.shape(array) != buffer.shape:
            raise UsageError(f"{name.lstrip('~')} must have the shape {buffer.shape}, got {np.shape(array)}")
        return np.ascontiguousarray(array, dtype=kind)

    def _view(self, name: str) -> Array:
        """A value where it lies, without its margins."""
        buffer = self.program.buffers[name]
        if name in self.layout.places:
            memory = self._memory.integers if buffer.kind == "int32" else self._memory.numbers
            start = self.layout.places[name]
        else:
            whole, start = self.layout.views.get(name, (name, 0))
            memory = self._held[whole].ravel()
        low = buffer.low or (0,) * len(buffer.shape)
        first = start + sum(margin * stride for margin, stride in zip(low, buffer.strides, strict=True))
        steps = [stride * memory.itemsize for stride in buffer.strides]
        return np.lib.stride_tricks.as_strided(memory[first:], buffer.shape, steps)


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
        first = -_address(numbers) // dtype.itemsize % spare
        return cls(numbers[first:], np.zeros(where.integers, np.int32), np.zeros(1, dtype))


def _address(array: Array) -> int:
    return int(array.__array_interface__["data"][0])


def _program(source: Source, sizes: Mapping[str, int], optimizer: Update | None, width: int, lasting: bool) -> Program:
    data = frozenset(source.inputs) - frozenset(source.parameters) if lasting else frozenset()
    program = loop_program(
        source.assignments, source.inputs, source.outputs, sizes, source.equations, width, data
    )
    if optimizer is not None:
        program = with_update(program, optimizer, source.parameters, source.gradients)
    return program

