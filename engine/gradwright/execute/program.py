"""A model's loss, gradients and training step as functions of arrays, compiled or interpreted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from sympy import Expr, Symbol

from gradwright.errors import UsageError
from gradwright.execute import average, compiling
from gradwright.execute.batches import Batches
from gradwright.execute.deferred import Deferred
from gradwright.execute.draw import Draws
from gradwright.execute.interpret import run
from gradwright.execute.interpreted import interpreted
from gradwright.execute.order import Group, needed, order
from gradwright.execute.prepare import prepare
from gradwright.execute.shown import check, checked, completed, shown
from gradwright.execute.source import Source
from gradwright.execute.state import State, flat, parts
from gradwright.execute.update import Update
from gradwright.language.scope import Value
from gradwright.tensor.nodes import Assignment

if TYPE_CHECKING:
    from gradwright.execute.native.executable import Executable

Array = Any


@dataclass
class Program:
    """A loss and its gradients as a function of parameters and data.

    Args:
        formulas: The forward values and their adjoints.
        parameters: The trained values.
        data: The given values; a training step draws some of them itself.
        loss: The name of the loss.
        predict: The name of the value that predicts ("" if there is none).
        scores: What is told of each step beside the loss: scalars of forward values.
        constants: Numbers that the formulas name.
        init: How each parameter starts, such as ``xavier``.
        running: Of values that an average over the steps stands for in predictions, the share that stays.
        exempt: The parameters that a decay of the weights leaves as they are.
        sizes: Sizes that the data does not fix, and sizes to expect.
        equations: Sizes that follow from others, such as ``Ho = H - kh + 1``.
        dtype: ``float32`` or ``float64``.
        backend: ``numba`` (machine code through llvmlite, Numba's compiler layer), or ``numpy`` (the
            interpreter, in float64).
        threads: How many threads share the compiled work.
    """

    formulas: Deferred
    parameters: Mapping[str, Value]
    data: Mapping[str, Value]
    loss: str
    predict: str = ""
    scores: tuple[Assignment, ...] = ()
    constants: Mapping[str, float] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)
    init: Mapping[str, str] = field(default_factory=dict)
    exempt: frozenset[str] = frozenset()
    running: Mapping[str, float] = field(default_factory=dict)
    equations: tuple[tuple[Symbol, Expr], ...] = ()
    dtype: str = "float64"
    backend: str = "numba"
    threads: int = 1
    _groups: tuple[Group, ...] = ()
    executables: dict[tuple[Any, ...], Executable] = field(default_factory=dict)
    _shown: dict[tuple[tuple[str, tuple[int, ...]], ...], dict[str, int]] = field(default_factory=dict)
    is_interpreted: bool = False
    _settled: Program | None = field(default=None, init=False)
    _last: tuple[Any, Executable | None] = field(default=(None, None), init=False)

    def __post_init__(self) -> None:
        if self.backend not in ("numba", "numpy"):
            raise UsageError(f"there is no backend {self.backend}", hint="use numba or numpy")
        if self.dtype not in ("float32", "float64"):
            raise UsageError(f"there is no dtype {self.dtype}", hint="use float32 or float64")
        if self.threads < 1:
            raise UsageError(f"{self.threads} threads can do no work", hint="use 1 or more")
        self.draws = Draws.of(self.data, self.constants)

    @property
    def assignments(self) -> tuple[Assignment, ...]:
        """The forward values, their adjoints, the scores; a ModelError where they can't be derived."""
        found = self.formulas.checked(self.loss, self.parameters)[0]
        return (*found, *self.scores)

    @property
    def adjoint_of(self) -> Mapping[str, str]:
        """For each parameter the name of its gradient; a ModelError where it can't be derived."""
        return self.formulas.checked(self.loss, self.parameters)[1]

    @property
    def outputs(self) -> tuple[str, ...]:
        """The loss, the gradients in the parameters' order, the prediction, the scores, the averaged."""
        wanted = [self.loss, *(self.adjoint_of[name] for name in self.parameters)]
        assigned = {assignment.name for assignment in self.assignments}
        others = [*([self.predict] if self.predict in assigned else []), *self.told[1:], *self.running]
        return tuple(dict.fromkeys([*wanted, *others]))

    @property
    def told(self) -> tuple[str, ...]:
        """What is told of each step: the loss, and the scores."""
        return (self.loss, *(score.name for score in self.scores))

    @property
    def inputs(self) -> dict[str, Value]:
        """All given values."""
        return {**self.data, **self.parameters, **{name: Value(()) for name in self.constants}}

    def executable(
        self, sizes: Mapping[str, int], optimizer: Update | None = None, lasting: bool = False
    ) -> Executable:
        """The program compiled for given sizes.

        Args:
            sizes: The number of places of every axis.
            optimizer: The update of a training step; None for values, which any does that draws nothing.
            lasting: Whether many steps are done on the same data; nothing but their losses is told then.
        """
        return compiling.executable(self, sizes, optimizer, lasting)

    def compiled_for(
        self, sizes: Mapping[str, int], optimizer: Update | None = None, lasting: bool = False
    ) -> Executable | None:
        """As ``executable``; None, with a warning the first time, where NumPy's interpreter has to do."""
        return compiling.executable_or_none(self, sizes, optimizer, lasting)

    @property
    def source(self) -> Source:
        """What there is to compile."""
        return compiling.source(self)

    def loss_and_gradients(
        self, params: Mapping[str, Array], data: Mapping[str, Array]
    ) -> tuple[float, dict[str, Array]]:
        """The loss, and its gradient by each parameter in the parameter's shape."""
        arrays = self._arrays(params, data)
        values = self._values(arrays)
        compiled = self.compiled_for(self.sizes_of(arrays))
        if compiled is not None:
            names = compiled.form.gradients
        else:
            names = tuple(self.adjoint_of[name] for name in self.parameters)
        gradients = {
            name: np.asarray(values[gradient]) for name, gradient in zip(self.parameters, names, strict=True)
        }
        return float(values[self.loss]), gradients

    def values(
        self,
        params: Mapping[str, Array],
        data: Mapping[str, Array],
        averages: Mapping[str, Array] | None = None,
    ) -> dict[str, Array]:
        """All outputs by name.

        Args:
            params: The parameters.
            data: The data.
            averages: A training's averages, which stand for a batch's own values; then without gradients.
        """
        if not averages:
            return self._values(self._arrays(params, data))
        if self._settled is None:
            self._settled = average.settled(self)
        return self._settled.values({}, {**data, **params, **averages})

    def _arrays(self, params: Mapping[str, Array], data: Mapping[str, Array]) -> dict[str, Array]:
        """All given values; the mean of one that is drawn in training, unless it is given."""
        if self.draws.chances:
            data = {**self.draws.means(self.sizes_of({**data, **params})), **data}
        return {
            **checked(data, self.data),
            **checked(params, self.parameters),
            **self.constants,
        }

    def _values(self, arrays: Mapping[str, Array]) -> dict[str, Array]:
        sizes = self.sizes_of(arrays)
        compiled = self.compiled_for(sizes)
        if compiled is not None:
            return compiled.values(arrays)
        results = run(self._ordered(), arrays, sizes)
        return {name: results[name].astype(self.dtype) for name in self.outputs}

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
        declared = {**self.data, **self.parameters}
        sizes = self.completed({**self.sizes, **shown(arrays, declared)})
        check(arrays, declared, sizes)
        return sizes

    def completed(self, sizes: Mapping[str, int]) -> dict[str, int]:
        """The sizes with those that follow from others."""
        return completed(sizes, self.equations)

    def start(self, params: Mapping[str, Array], optimizer: Update, seed: int = 0) -> State:
        """A state whose parameters are ``params`` and whose other slots are zeros."""
        vector = flat(params, self.parameters, self.dtype)
        slots = {slot: vector if slot == "w" else np.zeros_like(vector) for slot in optimizer.slots}
        return State(slots, seed=seed)

    def parameters_of(self, state: State, sizes: Mapping[str, int]) -> dict[str, Array]:
        """The parameters in a state, as views in their shapes."""
        return parts(state.slots["w"], self.parameters, sizes)

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
        return float(self.run(state, data, optimizer, settings, 1)[0, 0])

    def run(
        self,
        state: State,
        data: Mapping[str, Array],
        optimizer: Update,
        settings: Mapping[str, float],
        steps: int | Batches,
        lasting: bool = False,
    ) -> Array:
        """Training steps, in place; the compiled backend does them without Python between.

        Args:
            state: The parameters and the optimizer's slots.
            data: One batch, or, where each step has its own, the data that has no examples.
            optimizer: Its formulas.
            settings: The values of its settings, but for ``step``, which the state counts.
            steps: How many steps, or a batch for each.
            lasting: Whether many steps are done on one batch, so that what it alone decides is kept.

        Returns:
            What is told of each step: the loss before it, and the scores where each has its own batch (steps,
            told). A step whose loss is not finite is the last; it changes but the count.
        """
        batches = None if isinstance(steps, int) else steps
        first = data if batches is None else {**data, **batches.batch(0)}
        arrays = self.draws.given(first)
        if self.running and not state.averages:
            state.averages = average.begun(self, self.sizes_of(arrays))
        compiled = self._ready(arrays, optimizer, lasting and batches is None)
        if compiled is not None:
            given = {**arrays, **self.constants}
            numbers = {**settings, "step": float(state.count + 1)}
            told = compiled.train(state.slots, given, numbers, steps, state.seed, state.averages)
            state.count += len(told)
            return told
        return interpreted(self, state, arrays, optimizer, settings, steps)

    def _ready(self, arrays: Mapping[str, Array], optimizer: Update, lasting: bool) -> Executable | None:
        """As ``compiled_for``, for the sizes of data that has been checked; the last one is known at once."""
        key = [array.shape for array in arrays.values()], optimizer, lasting
        if self._last[0] != key:
            self._last = key, self.compiled_for(self.sizes_of(arrays), optimizer, lasting)
        return self._last[1]

    def prepare(self, data: Mapping[str, Array], optimizer: Update) -> None:
        """Do now what a first step on data of these shapes does first: compile, or order the formulas."""
        sizes = self.sizes_of(self.draws.given(data))
        if self.compiled_for(sizes, optimizer) is None:
            self._ordered()

    def _ordered(self) -> tuple[Group, ...]:
        """The formulas in an order in which the interpreter can carry them out."""
        if not self._groups:
            self._groups = order(prepare(needed(self.assignments, self.outputs)))
        return self._groups
