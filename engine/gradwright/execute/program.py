"""A model's loss, gradients and training step as functions of arrays, compiled or interpreted."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from sympy import Expr, Symbol

from gradwright.errors import ModelError, SlowerWarning, UsageError, nearest
from gradwright.execute import fallback
from gradwright.execute import update as updates
from gradwright.execute.affine import closed, whole
from gradwright.execute.interpret import run
from gradwright.execute.order import Group, needed, order
from gradwright.execute.prepare import prepare
from gradwright.execute.update import Update
from gradwright.language.scope import Value
from gradwright.tensor.nodes import Assignment

if TYPE_CHECKING:
    from gradwright.execute.native.executable import Executable, Source

Array = Any


@dataclass
class State:
    """What a training step changes: each of the optimizer's slots is one vector of all parameters' numbers.

    Args:
        slots: The vectors by name, the parameters ``w`` first.
        count: The number of steps done.
    """

    slots: dict[str, Array]
    count: int = 0


@dataclass
class Program:
    """A loss and its gradients as a function of parameters and data.

    Args:
        assignments: The forward values and their adjoints.
        parameters: The trained values.
        data: The given values.
        loss: The name of the loss.
        adjoint_of: For each parameter the name of its gradient.
        predict: The name of the value that predicts ("" if there is none).
        constants: Numbers that the formulas name.
        init: How each parameter starts, such as ``xavier``.
        sizes: Sizes that the data does not fix, and sizes to expect.
        equations: Sizes that follow from others, such as ``Ho = H - kh + 1``.
        dtype: ``float32`` or ``float64``.
        backend: ``numba`` (machine code through llvmlite, Numba's compiler layer), or ``numpy`` (the
            interpreter, in float64).
    """

    assignments: tuple[Assignment, ...]
    parameters: Mapping[str, Value]
    data: Mapping[str, Value]
    loss: str
    adjoint_of: Mapping[str, str]
    predict: str = ""
    constants: Mapping[str, float] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)
    init: Mapping[str, str] = field(default_factory=dict)
    equations: tuple[tuple[Symbol, Expr], ...] = ()
    dtype: str = "float64"
    backend: str = "numba"
    threads: int = 1
    _groups: tuple[Group, ...] = ()
    _executables: dict[tuple[tuple[str, int], ...], Executable] = field(default_factory=dict)
    _shown: dict[tuple[tuple[str, tuple[int, ...]], ...], dict[str, int]] = field(default_factory=dict)
    is_interpreted: bool = False

    def __post_init__(self) -> None:
        if self.backend not in ("numba", "numpy"):
            raise UsageError(f"there is no backend {self.backend}", hint="use numba or numpy")
        if self.dtype not in ("float32", "float64"):
            raise UsageError(f"there is no dtype {self.dtype}", hint="use float32 or float64")
        known = {assignment.name for assignment in self.assignments}
        for name in self.parameters:
            if self.adjoint_of.get(name) not in known:
                raise ModelError(f"the loss {self.loss} does not depend on the parameter {name}")

    @property
    def outputs(self) -> tuple[str, ...]:
        """What is computed: the loss, the gradients in the parameters' order, the prediction."""
        wanted = [self.loss, *(self.adjoint_of[name] for name in self.parameters)]
        assigned = {assignment.name for assignment in self.assignments}
        return tuple(dict.fromkeys([*wanted, *([self.predict] if self.predict in assigned else [])]))

    @property
    def _inputs(self) -> dict[str, Value]:
        return {**self.data, **self.parameters, **{name: Value(()) for name in self.constants}}

    def executable(self, sizes: Mapping[str, int], optimizer: Update | None = None) -> Executable:
        """The program compiled for given sizes, with an optimizer's update if one is named."""
        key = tuple(sorted(sizes.items()))
        known = self._executables.get(key)
        if known is None or (optimizer is not None and known.optimizer is not optimizer):
            known = self._executables[key] = fallback.native().Executable(
                self.source, sizes, self.dtype, self.threads, optimizer
            )
        return known

    @property
    def source(self) -> Source:
        """What there is to compile."""
        gradients = tuple(self.adjoint_of[name] for name in self.parameters)
        parameters = tuple(self.parameters)
        found: Source = fallback.native().Source(
            self.assignments, self._inputs, self.outputs, parameters, gradients, self.equations
        )
        return found

    def compiled_for(self, sizes: Mapping[str, int], optimizer: Update | None = None) -> Executable | None:
        """As ``executable``; None, with a warning the first time, where NumPy's interpreter has to do."""
        if self.backend != "numba" or self.is_interpreted:
            return None
        try:
            return self.executable(sizes, optimizer)
        except (ImportError, UsageError, RuntimeError) as error:
            self.is_interpreted = True
            warnings.warn(
                f"{fallback.cause(error)}; NumPy interprets the formulas, which is slower", SlowerWarning, 3
            )
            return None

    def loss_and_gradients(
        self, params: Mapping[str, Array], data: Mapping[str, Array]
    ) -> tuple[float, dict[str, Array]]:
        """The loss, and its gradient by each parameter in the parameter's shape."""
        values = self.values(params, data)
        gradients = {name: np.asarray(values[self.adjoint_of[name]]) for name in self.parameters}
        return float(values[self.loss]), gradients

    def values(self, params: Mapping[str, Array], data: Mapping[str, Array]) -> dict[str, Array]:
        """All outputs by name."""
        arrays = {
            **self._checked(data, self.data),
            **self._checked(params, self.parameters),
            **self.constants,
        }
        sizes = self.sizes_of(arrays)
        compiled = self.compiled_for(sizes)
        if compiled is not None:
            return compiled.values(arrays)
        if not self._groups:
            self._groups = order(prepare(needed(self.assignments, self.outputs)))
        results = run(self._groups, arrays, sizes)
        return {name: results[name].astype(self.dtype) for name in self.outputs}

    def _vector(self, arrays: Mapping[str, Array]) -> Array:
        """All parameters' numbers as one vector."""
        return np.concatenate([np.ravel(arrays[name]) for name in self.parameters]).astype(self.dtype)

    def _parts(self, vector: Array, sizes: Mapping[str, int]) -> dict[str, Array]:
        """Views of a vector of all parameters' numbers in the parameters' shapes."""
        found, at = {}, 0
        for name, value in self.parameters.items():
            shape = [whole(extent, sizes) for extent in value.shape]
            count = math.prod(shape)
            found[name] = vector[at : at + count].reshape(shape)
            at += count
        assert at == vector.size, (at, vector.size)
        return found

    def _checked(self, given: Mapping[str, Array], declared: Mapping[str, Value]) -> dict[str, Array]:
        arrays = {}
        for name in declared:
            if name not in given:
                raise UsageError(f"the value {name} is missing", hint=nearest(name, given))
            arrays[name] = np.asarray(given[name])
        return arrays

    def sizes_of(self, arrays: Mapping[str, Array]) -> dict[str, int]:
        """The axes' sizes that the arrays' shapes show; the program's own where no array shows one.

        Raises:
            UsageError: An array has the wrong number of axes, or two arrays show different sizes.
        """
        key = tuple((name, np.shape(array)) for name, array in arrays.items())
        if key not in self._shown:
            if len(self._shown) > 64:
                self._shown.clear()
            self._shown[key] = self._sizes_of(arrays)
        return self._shown[key]

    def _sizes_of(self, arrays: Mapping[str, Array]) -> dict[str, int]:
        found: dict[str, int] = {}
        where: dict[str, str] = {}
        declared = {**self.data, **self.parameters}
        for name, value in declared.items():
            shape = np.shape(arrays[name]) if name in arrays else None
            if shape is None:
                continue
            if len(shape) != len(value.shape):
                names = ", ".join(map(str, value.shape))
                raise UsageError(f"{name} is ({names}), got an array of shape {shape}")
            for extent, number in zip(value.shape, shape, strict=True):
                axis = str(extent) if extent.is_Symbol else ""
                if axis and found.setdefault(axis, number) != number:
                    raise UsageError(f"{axis} is {found[axis]} in {where[axis]} but {number} in {name}")
                where.setdefault(axis, name)
        sizes = self.completed({**self.sizes, **found})
        for name, value in declared.items():
            expected = tuple(whole(extent, sizes) for extent in value.shape)
            if name in arrays and expected != np.shape(arrays[name]):
                raise UsageError(f"{name} must have the shape {expected}, got {np.shape(arrays[name])}")
        return sizes

    def completed(self, sizes: dict[str, int]) -> dict[str, int]:
        """The sizes with those that follow from others."""
        for left, right in closed(self.equations).items():
            if {str(symbol) for symbol in right.free_symbols} <= set(sizes):
                number = whole(right, sizes)
                if number < 1:
                    raise UsageError(f"{left} = {right} is {number}: the sizes are too small")
                sizes[str(left)] = number
        return sizes

    def start(self, params: Mapping[str, Array], optimizer: Update) -> State:
        """A state whose parameters are ``params`` and whose other slots are zeros."""
        vector = self._vector(params)
        return State({slot: vector if slot == "w" else np.zeros_like(vector) for slot in optimizer.slots})

    def parameters_of(self, state: State, sizes: Mapping[str, int]) -> dict[str, Array]:
        """The parameters in a state, as views in their shapes."""
        return self._parts(state.slots["w"], sizes)

    def step(
        self, state: State, data: Mapping[str, Array], optimizer: Update, settings: Mapping[str, float]
    ) -> float:
        """One training step, in place; where the loss is not finite nothing is changed but the count.

        Args:
            state: The parameters and the optimizer's slots.
            data: One batch.
            optimizer: Its formulas.
            settings: The values of its settings, but for ``step``, which the state counts.

        Returns:
            The loss before the step.
        """
        arrays = self._checked(data, self.data)
        sizes = self.sizes_of(arrays)
        state.count += 1
        numbers = {**settings, "step": float(state.count)}
        compiled = self.compiled_for(sizes, optimizer)
        if compiled is not None:
            data = {**arrays, **self.constants}
            return float(compiled.train(state.slots, data, numbers, 1)[0])
        loss, gradients = self.loss_and_gradients(self.parameters_of(state, sizes), arrays)
        if math.isfinite(loss):
            updates.in_numpy(optimizer, {**state.slots, "g": self._vector(gradients)}, numbers)
        return loss
