"""A compiled program ready to run: its code, its memory, and calls with NumPy's arrays."""

from __future__ import annotations

import ctypes
import importlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from gradwright.errors import UsageError
from gradwright.execute.batches import Batches
from gradwright.execute.draw import BITS
from gradwright.execute.native import form, loader, outside
from gradwright.execute.native.form import FIXED, SETTINGS, Output, average, slot
from gradwright.execute.native.held import Memory, address, seen
from gradwright.execute.native.outside import Callbacks
from gradwright.execute.native.table import Table
from gradwright.execute.native.together import together
from gradwright.execute.native.tree import KEY
from gradwright.execute.source import Source
from gradwright.execute.update import Update

if TYPE_CHECKING:
    from gradwright.execute.native.layout import Layout
    from gradwright.execute.native.maker import Maker
    from gradwright.execute.native.statement import Kernel, Outside, Program

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
        self._asked = source, dict(sizes), dtype, threads, optimizer, lasting, timed
        name = form.key(identity, sizes, dtype, threads, optimizer, lasting) if identity and not timed else ""
        self.form, image = (form.kept(name) if name else None) or self.maker.made(name)
        self.clock = np.zeros(len(self.kernels) if timed else 1, np.int64)
        self._code = loader.load(image, outside.addresses())
        self._run = self._code.function("run", ctypes.c_void_p, *[ctypes.c_int64] * 3)
        self._callbacks = Callbacks(self.maker.calls if self.form.calls else [], self._view)
        self._places = {name: len(FIXED) + at for at, name in enumerate(self.form.given)}
        self._kinds = {
            name: np.dtype(np.int64) if one.kind == "int64" else self.dtype
            for name, one in self.form.given.items()
        }
        self._averages = [name for name in self.form.given if name.startswith(average(""))]
        self._slots = {slot(name): name for name in (optimizer.slots if optimizer else ())}
        self._held: dict[str, Array] = {}
        self._seen: dict[str, Array] = {}
        self._pointers = np.zeros(len(FIXED) + len(self._places), np.int64)
        self._begin = address(self._pointers)
        self._numbers = np.zeros(len(optimizer.settings) if optimizer else 0, self.dtype)
        self.use(Memory.of(self.form.numbers, self.form.integers, self.dtype))
        self._wholes: dict[str, tuple[Array, Array]] = {}
        self._batches: dict[str, Array] = {}

    @cached_property
    def maker(self) -> Maker:
        """What makes, or made, the program; what was compiled before is called without it."""
        made: Maker = _late("maker").Maker(*self._asked)
        return made

    @property
    def source(self) -> Source:
        """What is compiled."""
        return self.maker.source

    @property
    def program(self) -> Program:
        """The loop program."""
        return self.maker.program

    @property
    def layout(self) -> Layout:
        """Where the program's values lie."""
        return self.maker.layout

    @property
    def kernels(self) -> list[Kernel | Outside]:
        """The kernels in the order of ``clock``."""
        return self.maker.kernels

    @property
    def threads(self) -> int:
        """How many threads share the work: 1 where a step is too short for more."""
        return self.form.threads

    def use(self, memory: Memory) -> None:
        """Compute in this memory from now on."""
        self._memory = memory
        fixed = [memory.numbers, memory.integers, memory.sync, memory.told, memory.step]
        places = [*map(address, [*fixed, self.clock, self._callbacks.failed]), 0]
        assert len(places) == len(FIXED)
        self._pointers[: len(FIXED)] = places
        if self.optimizer is not None and "step" in self.optimizer.settings:
            step = self._numbers[self.optimizer.settings.index("step") :]
            self._pointers[FIXED.index("step")] = address(step)

    def values(self, arrays: Mapping[str, Array]) -> dict[str, Array]:
        """The outputs for given values; the arrays are copies."""
        given = dict(arrays)
        if self.optimizer is not None:
            vector = np.concatenate([np.ravel(given[name]) for name in self.form.parameters])
            given |= dict.fromkeys(self._slots, vector)
            given[SETTINGS] = self._numbers
            given |= {name: np.zeros(self.form.given[name].shape) for name in self._averages}
        if self._call(given, 1, False):
            return {name: seen(self._memory.numbers, one).copy() for name, one in self.form.outputs.items()}
        return {name: np.full(one.shape, np.nan, self.dtype) for name, one in self.form.outputs.items()}

    def train(
        self,
        slots: Mapping[str, Array],
        data: Mapping[str, Array],
        settings: Mapping[str, float],
        steps: int | Batches,
        seed: int = 0,
        averages: Mapping[str, Array] | None = None,
    ) -> Array:
        """Training steps, in place; a row for each, ending with one whose loss is not finite.

        Args:
            slots: The optimizer's vectors.
            data: What is the same in all steps: the batch, or what has no examples, and constants.
            settings: The optimizer's settings; ``step`` is the number of the first step.
            steps: How many steps on one batch, or a batch for each step.
            seed: Of what is drawn in every step.
            averages: Of values that have an average over the steps, that average.

        Returns:
            The loss before each step, then what else is told of it (steps, told).
        """
        assert self.optimizer is not None
        self._numbers[:] = [settings[name] for name in self.optimizer.settings]
        vectors = {place: slots[name] for place, name in self._slots.items()}
        vectors |= {average(name): array for name, array in (averages or {}).items()}
        given = {**data, **vectors, SETTINGS: self._numbers}
        if KEY in self.form.given:
            given[KEY] = np.array([seed % 2**BITS, int(settings["step"])])
        count = len(steps.order) if isinstance(steps, Batches) else steps
        self._call(given, count, True, self._table(steps, given) if isinstance(steps, Batches) else None)
        for name, vector in vectors.items():
            if vector is not self._held[name]:  # of another kind or layout: a copy was trained
                vector[...] = self._held[name]
        told = self._memory.told[: count * self.form.told].reshape(count, -1)
        wrong = np.flatnonzero(~np.isfinite(told[:, 0])) if count > 1 else told[:0]
        return told[: wrong[0] + 1 if wrong.size else count].copy()

    def _table(self, batches: Batches, given: dict[str, Array]) -> Table:
        """Where the batches come from; where they are to lie is added to the given values."""
        assert self.optimizer is not None and not self.lasting
        used = [name for name in batches.arrays if name in self.form.given]
        for name in used:
            shape = self.form.given[name].shape
            if name not in self._batches:
                self._batches[name] = np.zeros(shape, self._kinds[name])
            given[name] = self._batches[name]
            assert batches.shape(name) == shape, (name, batches.shape(name), shape)
        whole = {name: self._whole(name, batches.arrays[name]) for name in used}
        rate = None
        if batches.rates is not None:
            rate = self._numbers[self.optimizer.settings.index("learning_rate") :]
        return Table.of(batches, whole, self._batches, rate)

    def _whole(self, name: str, array: Array) -> Array:
        """All examples as the program reads them; what was made of an array is kept for the next call."""
        known = self._wholes.get(name)
        if known is None or known[0] is not array:
            known = self._wholes[name] = array, np.ascontiguousarray(array, dtype=self._kinds[name])
        return known[1]

    def _call(
        self, given: Mapping[str, Array], count: int, learn: bool, batches: Table | None = None
    ) -> bool:
        """Run the code; whether all functions of whole matrices had values."""
        told = count * self.form.told
        if len(self._memory.told) < told:
            self.use(replace(self._memory, told=np.zeros(told, self.dtype)))
        self._memory.told[:told] = np.nan
        for name in self._places:
            if self._seen.get(name) is not given[name]:
                self._bind(name, given[name])
        self._pointers[FIXED.index("batches")] = 0 if batches is None else address(batches.numbers)
        together(lambda share: self._run(self._begin, share, count, int(learn)), self.form.threads)
        return self._callbacks.settle()

    def _bind(self, name: str, array: Array) -> None:
        """Compute with a given value; it is seen again at once if it was no copy, or can't have changed."""
        held = self._held[name] = self._given(name, array)
        self._pointers[self._places[name]] = address(held)
        self._seen[name] = array if held is array or isinstance(array, float) else None

    def _given(self, name: str, array: Array) -> Array:
        shape = self.form.given[name].shape
        if np.shape(array) != shape:
            raise UsageError(f"{name.lstrip('~')} must have the shape {shape}, got {np.shape(array)}")
        return np.ascontiguousarray(array, dtype=self._kinds[name])

    def _view(self, name: str) -> Array:
        """A value where it lies, without its margins."""
        buffer = self.program.buffers[name]
        if name in self.layout.places:
            memory = self._memory.integers if buffer.kind == "int32" else self._memory.numbers
            return seen(memory, self.maker.place(name))
        whole, start = self.layout.views.get(name, (name, 0))
        return seen(self._held[whole].ravel(), Output(start, buffer.shape, buffer.strides))


def _late(name: str) -> Any:
    """A module that only some programs need: what compiles them."""
    return importlib.import_module(f"gradwright.execute.native.{name}")
