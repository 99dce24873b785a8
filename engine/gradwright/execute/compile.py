"""Assignments compiled by Numba into one function that fills the arrays of the wanted values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sympy import Expr, Symbol

from gradwright.errors import ModelError, UsageError
from gradwright.execute import cache
from gradwright.execute.affine import closed, whole
from gradwright.execute.lowering.emit import Body, body, module_text
from gradwright.execute.lowering.plan import plan
from gradwright.execute.order import needed, order
from gradwright.execute.prepare import prepare, with_sizes
from gradwright.language.scope import Value
from gradwright.tensor.nodes import Assignment, Index

Array = Any


@dataclass(frozen=True)
class Signature:
    """What a compiled function takes and gives back.

    Args:
        sizes: The named axes in order.
        inputs: The given values in order.
        outputs: The values given back in order.
        shapes: The extents of inputs and outputs.
        integers: The inputs that hold whole numbers.
    """

    sizes: tuple[str, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    shapes: Mapping[str, tuple[Expr, ...]]
    integers: frozenset[str]
    dtype: str

    def given(self, name: str, array: Array) -> Any:
        """An input as the function takes it: a contiguous array, or a number."""
        kind = np.int64 if name in self.integers else np.dtype(self.dtype).type
        if not self.shapes[name]:
            return kind(array)
        return np.ascontiguousarray(array, dtype=kind)

    def blank(self, name: str, sizes: Mapping[str, int]) -> Array:
        """An array for an output; one place where the value has no axes."""
        extents = [whole(extent, sizes) for extent in self.shapes[name]]
        return np.empty(extents or [1], self.dtype)


@dataclass(frozen=True)
class Compiled:
    """A compiled function.

    Args:
        function: ``core(sizes..., inputs..., outputs...)``, compiled at its first call or loaded.
        path: The file of its source.
        signature: What it takes.
    """

    function: Callable[..., None]
    path: str
    signature: Signature

    def run(self, arrays: Mapping[str, Array], sizes: Mapping[str, int]) -> dict[str, Array]:
        """The outputs' values, each in its own shape; NaN where a matrix to be inverted is singular."""
        signature = self.signature
        made = {name: signature.blank(name, sizes) for name in signature.outputs}
        given = [signature.given(name, arrays[name]) for name in signature.inputs]
        try:
            self.function(*(sizes[name] for name in signature.sizes), *given, *made.values())
        except np.linalg.LinAlgError:
            for array in made.values():
                array.fill(np.nan)
        return {name: array if signature.shapes[name] else array[0] for name, array in made.items()}


def compile_numba(
    assignments: Sequence[Assignment],
    inputs: Mapping[str, Value],
    outputs: Sequence[str],
    sizes: Mapping[str, int] | None = None,
    dtype: str = "float64",
    threads: int = 1,
    equations: Sequence[tuple[Symbol, Expr]] = (),
) -> Compiled:
    """Compile what the outputs need.

    Args:
        assignments: In any order; recurrences run along their leading axis.
        inputs: The given values.
        outputs: The names of the assigned values to give back.
        sizes: Sizes to expect, which choose between equal ways; the function takes any.
        dtype: ``float32`` or ``float64``.
        threads: One thread is used, whatever is asked for.
        equations: Sizes that follow from others.

    Raises:
        ModelError: An output is assigned nowhere, or the assignments are cyclic.
        UsageError: Something has no compiled form; the hint says to use the NumPy backend.
    """
    signature, lines = write(assignments, inputs, outputs, sizes, dtype, equations)
    arguments = [*lines.sizes, *lines.inputs, *lines.outputs]
    title = f"Values of {', '.join(outputs)}."
    module = cache.module("core", module_text("core", arguments, lines.lines, dtype, title))
    return Compiled(module.core, str(module.__file__), signature)


def write(
    assignments: Sequence[Assignment],
    inputs: Mapping[str, Value],
    outputs: Sequence[str],
    sizes: Mapping[str, int] | None,
    dtype: str,
    equations: Sequence[tuple[Symbol, Expr]],
) -> tuple[Signature, Body]:
    """What the outputs need as the lines of a function; the arguments are those of ``compile_numba``."""
    if dtype not in ("float32", "float64"):
        raise UsageError(f"{dtype} is not a dtype that can be compiled", hint="use float32 or float64")
    names = {assignment.name for assignment in assignments}
    for name in outputs:
        if name not in names:
            raise ModelError(f"{name} is asked for but assigned nowhere")
    known = closed(equations)
    assignments = with_sizes(needed(assignments, outputs), known)
    shapes = {name: tuple(extent.xreplace(known) for extent in value.shape) for name, value in inputs.items()}
    prepared = needed(prepare(assignments), outputs)
    lowered = plan(order(prepared), shapes, sizes or {})
    axes = sorted({name for found in _extents(lowered.shapes.values(), assignments) for name in found})
    own = {name: lowered.shapes[name] for name in (*inputs, *outputs)}
    whole_inputs = lowered.integers & set(inputs)
    signature = Signature(tuple(axes), tuple(inputs), tuple(outputs), own, whole_inputs, dtype)
    return signature, body(lowered, axes, list(inputs), outputs)


def _extents(shapes: Any, assignments: Sequence[Assignment]) -> list[set[str]]:
    """The names of the sizes that occur."""
    found = [{str(symbol) for symbol in extent.free_symbols} for shape in shapes for extent in shape]
    for assignment in assignments:
        symbols = assignment.tensor.entry.atoms(Symbol)
        found.append({symbol.name for symbol in symbols if not isinstance(symbol, Index)})
        indices = {symbol for symbol in symbols if isinstance(symbol, Index)}
        found += [{str(size) for size in index.extent.free_symbols} for index in indices]
    return found
