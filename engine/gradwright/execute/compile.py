"""Assignments compiled by Numba into one function that fills the arrays of the wanted values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sympy import Expr, Symbol

from gradwright.errors import ModelError, UsageError
from gradwright.execute import cache
from gradwright.execute.affine import whole
from gradwright.execute.lowering.emit import emit
from gradwright.execute.lowering.plan import plan
from gradwright.execute.order import needed, order
from gradwright.execute.prepare import prepare
from gradwright.language.scope import Value
from gradwright.tensor.nodes import Assignment, Index

Array = Any


@dataclass(frozen=True)
class Compiled:
    """A compiled function and how to call it.

    Args:
        function: ``core(sizes..., inputs..., outputs...)``, compiled at its first call or loaded.
        module: The name of the generated module that holds it.
        path: The file of its source.
        sizes: The named axes in order.
        inputs: The given values in order.
        outputs: The values given back in order.
        shapes: The extents of inputs and outputs.
        integers: The inputs that hold whole numbers.
    """

    function: Callable[..., None]
    module: str
    path: str
    sizes: tuple[str, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    shapes: Mapping[str, tuple[Expr, ...]]
    integers: frozenset[str]
    dtype: str

    def given(self, name: str, array: Array) -> Any:
        """An input as the function takes it: a contiguous array, or a number."""
        kind = np.int64 if name in self.integers else np.dtype(self.dtype)
        if not self.shapes[name]:
            return kind(array) if kind is np.int64 else np.dtype(self.dtype).type(array)
        return np.ascontiguousarray(array, dtype=kind)

    def blank(self, name: str, sizes: Mapping[str, int]) -> Array:
        """An array for an output; one place where the value has no axes."""
        extents = [whole(extent, sizes) for extent in self.shapes[name]]
        return np.empty(extents or [1], self.dtype)

    def run(self, arrays: Mapping[str, Array], sizes: Mapping[str, int]) -> dict[str, Array]:
        """The outputs' values, each in its own shape."""
        made = {name: self.blank(name, sizes) for name in self.outputs}
        given = [self.given(name, arrays[name]) for name in self.inputs]
        self.function(*(sizes[name] for name in self.sizes), *given, *made.values())
        return {name: array if self.shapes[name] else array[0] for name, array in made.items()}


def compile_numba(
    assignments: Sequence[Assignment],
    inputs: Mapping[str, Value],
    outputs: Sequence[str],
    sizes: Mapping[str, int] | None = None,
    dtype: str = "float64",
    threads: int = 1,
) -> Compiled:
    """Compile what the outputs need.

    Args:
        assignments: In any order; recurrences run along their leading axis.
        inputs: The given values.
        outputs: The names of the assigned values to give back.
        sizes: Sizes to expect, which choose between equal ways; the function takes any.
        dtype: ``float32`` or ``float64``.
        threads: One thread is used, whatever is asked for.

    Raises:
        ModelError: An output is assigned nowhere, or the assignments are cyclic.
        UsageError: Something has no compiled form; the hint says to use the NumPy backend.
    """
    if dtype not in ("float32", "float64"):
        raise UsageError(f"{dtype} is not a dtype that can be compiled", hint="use float32 or float64")
    known = {assignment.name for assignment in assignments}
    for name in outputs:
        if name not in known:
            raise ModelError(f"{name} is asked for but assigned nowhere")
    groups = order(prepare(needed(assignments, outputs)))
    lowered = plan(groups, {name: value.shape for name, value in inputs.items()}, sizes or {})
    axes = sorted(
        {name for statement in _extents(lowered.shapes.values(), assignments) for name in statement}
    )
    title = f"Values of {', '.join(outputs)}."
    source = emit(lowered, axes, list(inputs), outputs, dtype, title)
    module = cache.module("core", source)
    return Compiled(
        module.core,
        module.__name__,
        str(module.__file__),
        tuple(axes),
        tuple(inputs),
        tuple(outputs),
        {name: lowered.shapes[name] for name in (*inputs, *outputs)},
        lowered.integers & set(inputs),
        dtype,
    )


def _extents(shapes: Any, assignments: Sequence[Assignment]) -> list[set[str]]:
    """The names of the sizes that occur."""
    found = [{str(symbol) for symbol in extent.free_symbols} for shape in shapes for extent in shape]
    for assignment in assignments:
        symbols = assignment.tensor.entry.atoms(Symbol)
        found.append({symbol.name for symbol in symbols if not isinstance(symbol, Index)})
        indices = {symbol for symbol in symbols if isinstance(symbol, Index)}
        found += [{str(size) for size in index.extent.free_symbols} for index in indices]
    return found
