"""The values of named formulas, recurrences included, in any field of numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
from sympy import Integer

from gradwright.execute.evaluate import Evaluation
from gradwright.execute.fields import FLOAT, Field
from gradwright.execute.function import Work
from gradwright.execute.intime import in_time
from gradwright.execute.named import stacked
from gradwright.language.scope import Composite, ReadError, Scope, Value
from gradwright.language.shapes import infer_formulas
from gradwright.language.tree import Formula, Number, Tree, substitute
from gradwright.model.sort import Group, groups

Array = Any
Extents = Mapping[str, tuple[int, ...]]


def evaluate_formulas(
    formulas: Sequence[Formula],
    arrays: Mapping[str, Any],
    sizes: Mapping[str, int],
    composites: Mapping[str, Composite] | None = None,
    field: Field = FLOAT,
    work: float = np.inf,
    extents: Extents | None = None,
) -> dict[str, Array]:
    """The value of every formula's target.

    A recurrence along its leading index is carried out place by place, forwards (``h[t-1]``) or backwards
    (``h[t+1]``); an entry outside its axis is 0.

    Args:
        formulas: In any order.
        arrays: The given values.
        sizes: The number of places of each named axis.
        composites: The functions that are formulas.
        field: The numbers to compute in.
        work: How many entries may be computed on the way.
        extents: Shapes of targets, where they are known; the others' are found.

    Raises:
        ReadError: Formulas are cyclic, shapes clash, or nothing says how far an index runs.
        TooLargeError: More entries than ``work`` would have to be computed.

    >>> from gradwright.language.parse import parse_formulas
    >>> running = parse_formulas("s[t] = s[t-1] + x[t]")
    >>> evaluate_formulas(running, {"x": [1.0, 2.0, 4.0]}, {})["s"]
    array([1., 3., 7.])
    """
    try:
        ordered = groups(formulas)
    except ReadError:
        shapes = {name: np.shape(array) for name, array in arrays.items()}
        shapes |= extents or _inferred(formulas, shapes, sizes, composites or {})
        ordered = groups(in_time(formulas, shapes, composites or {}))
    return values_of(ordered, arrays, sizes, composites, field, work, extents)


def values_of(
    ordered: Sequence[Group],
    arrays: Mapping[str, Any],
    sizes: Mapping[str, int],
    composites: Mapping[str, Composite] | None = None,
    field: Field = FLOAT,
    work: float = np.inf,
    extents: Extents | None = None,
) -> dict[str, Array]:
    """The same for formulas that are in order already."""
    known = dict(extents or {})
    with field.context(), np.errstate(all="ignore"):
        given = {name: field.wrap(array) for name, array in arrays.items()}
        run = Evaluation(given, sizes, composites or {}, field, Work(work))
        for group in ordered:
            if group.direction:
                _recur(group, run, known)
                continue
            for formula in group.formulas:
                lead = known.get(formula.target, (0,) * len(formula.indices))
                value = _value(formula.body, formula.indices, lead, run)
                run.arrays[formula.target] = field.wrap(value)
        targets = (formula.target for group in ordered for formula in group.formulas)
        return {name: run.arrays[name] for name in targets}


def _value(body: Tree, indices: Sequence[str], lengths: Sequence[int], run: Evaluation) -> Array:
    """The body's value with the given indices as leading axes; a length of 0 is found."""
    if not indices:
        return run.value(body)
    return stacked(body, dict(zip(indices, lengths, strict=False)), run)


def _recur(group: Group, run: Evaluation, extents: Extents) -> None:
    """Carry a recurrence out; before (or after) its first place there are zeros."""
    shapes = dict(extents)
    if any(formula.target not in shapes for formula in group.formulas):
        given = {name: np.shape(array) for name, array in run.arrays.items()}
        shapes |= _inferred(group.formulas, given, run.sizes, run.composites)
    for formula in group.formulas:
        run.arrays[formula.target] = _zeros(shapes[formula.target], run)
    length = shapes[group.formulas[0].target][0]
    for place in range(length) if group.direction > 0 else range(length - 1, -1, -1):
        for formula in group.formulas:
            target, (time, *rest) = formula.target, formula.indices
            with run.binding({time: np.asarray(place)}, 0):
                run.arrays[target][place] = _value(formula.body, rest, shapes[target][1:], run)


def _zeros(shape: tuple[int, ...], run: Evaluation) -> Array:
    run.work.spend(int(np.prod(shape)))
    kind = np.result_type(np.float64, *(np.asarray(array).dtype for array in run.arrays.values()))
    return np.array(run.field.wrap(np.zeros(shape)), dtype=kind)


def _inferred(
    formulas: Sequence[Formula],
    shapes: Extents,
    sizes: Mapping[str, int],
    composites: Mapping[str, Composite],
) -> dict[str, tuple[int, ...]]:
    """The shapes of all targets: inferred as from formulas whose sizes are all numbers."""
    numbers: dict[str, Tree] = {n: Number(Fraction(size)) for n, size in sizes.items() if n not in shapes}
    plain = [replace(formula, body=substitute(formula.body, numbers)) for formula in formulas]
    values = {name: Value(tuple(map(Integer, shape))) for name, shape in shapes.items()}
    found, _ = infer_formulas(plain, Scope(values, composites), sizes)
    return {name: tuple(map(int, shape)) for name, shape in found.items()}
