"""The value of an entry expression at all places of its free indices at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from sympy import Add, And, Expr, Mul, Not, Or, Piecewise, Pow, S, Symbol
from sympy.core.basic import Basic
from sympy.core.relational import Relational

from gradwright.errors import UsageError
from gradwright.execute import summation
from gradwright.execute.affine import indices_of, whole
from gradwright.execute.labelled import Labelled, combine, scalar, union
from gradwright.execute.numeric import COMPARISONS, FUNCTIONS, OPAQUE
from gradwright.tensor.nodes import (
    Apply,
    Delta,
    Entry,
    First,
    Index,
    Iverson,
    MaxOver,
    ProductOver,
    Sum,
    Tensor,
    Where,
)

Array = Any


class Evaluator:
    """Evaluates expressions of entries of ``values``.

    Args:
        values: The arrays of the named values.
        sizes: The number of places of each named axis.
        fixed: Indices that stand at one place, as the time of a recurrence does.
    """

    def __init__(
        self, values: Mapping[str, Array], sizes: Mapping[str, int], fixed: Mapping[Index, int] | None = None
    ) -> None:
        self.values = values
        self.sizes = sizes
        self.fixed = fixed or {}
        self._known: dict[Basic, Labelled] = {}
        self._applied: dict[tuple[str, tuple[str, ...]], Array] = {}

    def tensor(self, tensor: Tensor) -> Array:
        """The array of a tensor, one axis a free index."""
        value = self.of(tensor.entry).along(tensor.indices)
        shape = [whole(extent, self.sizes) for extent in tensor.shape]
        return np.array(np.broadcast_to(value, shape), dtype=np.result_type(np.float64, value.dtype))

    def extent(self, index: Index) -> int:
        """The number of places of an index's axis."""
        return whole(index.extent, self.sizes)

    def free(self, expr: Basic) -> set[Index]:
        """The free indices that do not stand at one place."""
        return indices_of(expr) - set(self.fixed)

    def inside(self, entry: Entry) -> Labelled:
        """Where the entry's indices lie on their axes."""
        return self.places(entry.indices, self.values[entry.name].shape)[-1]

    def of(self, expr: Basic) -> Labelled:
        """The value of an expression, each sub-expression evaluated once."""
        known = self._known.get(expr)
        if known is None:
            known = self._known[expr] = self._of(expr)
        return known

    def _of(self, expr: Basic) -> Labelled:
        evaluate = next(evaluate for kind, evaluate in _NODES if isinstance(expr, kind))
        return evaluate(self, expr)

    def applied(self, function: str, operands: tuple[str, ...]) -> Array:
        """The whole value of an opaque function; NaN where it has none."""
        if (function, operands) not in self._applied:
            if function not in OPAQUE:
                raise UsageError(f"no numeric meaning is known for the function {function}")
            arrays = [self.values[name] for name in operands]
            try:
                value = np.asarray(OPAQUE[function](*arrays))
            except np.linalg.LinAlgError:
                value = np.full(arrays[-1].shape, np.nan)
            self._applied[function, operands] = value
        return self._applied[function, operands]

    def places(self, indices: Sequence[Expr], shape: Sequence[int]) -> tuple[Labelled, ...]:
        """Each place as whole numbers that lie on the axis, then 1 where all of them did by themselves."""
        inside = scalar(True)
        found = []
        for index, extent in zip(indices, shape, strict=True):
            at = combine(lambda place: np.real(place).astype(np.intp), self.of(index))
            if at.array.size and (at.array.min() < 0 or at.array.max() >= extent):
                here = combine(lambda place, extent=extent: (place >= 0) & (place < extent), at)
                inside = combine(np.logical_and, inside, here)
                at = combine(lambda place, extent=extent: np.clip(place, 0, max(extent - 1, 0)), at)
            found.append(at)
        return (*found, inside)

    def look_up(self, array: Array, indices: Sequence[Expr]) -> Labelled:
        """Entries of an array; 0 outside it."""
        if array.ndim != len(indices):
            raise UsageError(f"an array of {len(indices)} axes is expected, got the shape {array.shape}")
        plain = all(isinstance(index, Index) and index not in self.fixed for index in indices)
        if plain and len(set(indices)) == len(indices):
            axes: tuple[Index, ...] = tuple(indices)
            if all(self.extent(index) == extent for index, extent in zip(axes, array.shape, strict=True)):
                return Labelled(axes, array)
        *places, inside = self.places(indices, array.shape)
        axes = union(places)
        if 0 in array.shape:
            return Labelled(axes, np.zeros([self.extent(index) for index in axes]))
        value = Labelled(axes, array[tuple(place.along(axes) for place in places)])
        return value if inside.array.all() else combine(lambda v, k: np.where(k, v, 0), value, inside)


def _entry(evaluator: Evaluator, expr: Entry) -> Labelled:
    if expr.name not in evaluator.values:
        raise UsageError(f"the value {expr.name} is missing")
    return evaluator.look_up(evaluator.values[expr.name], expr.indices)


def _apply(evaluator: Evaluator, expr: Apply) -> Labelled:
    return evaluator.look_up(evaluator.applied(expr.function, expr.operands), expr.indices)


def _symbol(evaluator: Evaluator, expr: Symbol) -> Labelled:
    if isinstance(expr, Index):
        if expr in evaluator.fixed:
            return scalar(evaluator.fixed[expr])
        return Labelled((expr,), np.arange(evaluator.extent(expr)))
    return scalar(whole(expr, evaluator.sizes))


def _other(evaluator: Evaluator, expr: Expr) -> Labelled:
    """A number or a function of scalars."""
    if not expr.args or expr.is_number:
        return scalar(int(expr) if expr.is_Integer else float(expr) if expr.is_extended_real else np.nan)
    function = FUNCTIONS.get(expr.func)
    if function is None:
        raise UsageError(
            f"no numeric meaning is known for {expr.func.__name__}({', '.join(map(str, expr.args))})"
        )
    return combine(function, *(combine(_inexact, evaluator.of(argument)) for argument in expr.args))


def _sum(evaluator: Evaluator, expr: Add) -> Labelled:
    return combine(lambda *parts: sum(parts[1:], parts[0]), *(evaluator.of(term) for term in expr.args))


def _power(evaluator: Evaluator, expr: Pow) -> Labelled:
    base, exponent = expr.args
    if exponent.is_Integer:
        power = int(exponent)
        if power < 0:
            return combine(
                lambda x: 1 / x**-power if power != -1 else 1 / x, combine(_inexact, evaluator.of(base))
            )
        return combine(lambda x: x**power, evaluator.of(base))
    if exponent == S.Half:
        return combine(np.sqrt, evaluator.of(base))
    return combine(np.power, combine(_inexact, evaluator.of(base)), evaluator.of(exponent))


def _inexact(value: Array) -> Array:
    return value if np.asarray(value).dtype.kind in "fc" else np.asarray(value, np.float64)


def _extreme(evaluator: Evaluator, expr: MaxOver) -> Labelled:
    rows, axes = _rows(evaluator, expr.body, expr.bound)
    best = np.real(rows).argmax(axis=-1)
    return Labelled(axes, np.take_along_axis(rows, best[..., None], -1)[..., 0])


def _all(evaluator: Evaluator, expr: ProductOver) -> Labelled:
    rows, axes = _rows(evaluator, expr.body, expr.bound)
    return Labelled(axes, np.prod(rows, axis=-1))


def _rows(evaluator: Evaluator, body: Expr, bound: Sequence[Index]) -> tuple[Array, tuple[Index, ...]]:
    """The body with the bound axes as one last axis (row-major), and the other axes."""
    value = evaluator.of(body)
    rest = tuple(index for index in value.axes if index not in bound)
    shape = [evaluator.extent(index) for index in bound]
    array = value.along((*rest, *bound))
    array = np.broadcast_to(array, (*array.shape[: len(rest)], *shape))
    return array.reshape(*array.shape[: len(rest)], -1), rest


def _first(evaluator: Evaluator, expr: First) -> Labelled:
    rows, axes = _rows(evaluator, expr.body, expr.bound)
    best = Labelled(axes, np.real(rows).argmax(axis=-1))
    shape = [evaluator.extent(index) for index in expr.bound]
    *places, inside = evaluator.places(expr.at, shape)
    here: Labelled = scalar(0)
    for place, extent in zip(places, shape, strict=True):
        here = combine(lambda left, right, extent=extent: left * extent + right, here, place)
    return combine(lambda a, b, k: ((a == b) & k).astype(np.float64), best, here, inside)


def _delta(evaluator: Evaluator, expr: Delta) -> Labelled:
    left, right = (evaluator.of(side) for side in expr.args)
    return combine(lambda a, b: (np.real(a) == np.real(b)).astype(np.float64), left, right)


def _condition(evaluator: Evaluator, expr: Basic) -> Labelled:
    if isinstance(expr, Relational):
        left, right = (evaluator.of(side) for side in expr.args)
        return combine(lambda a, b: COMPARISONS[expr.func](np.real(a), np.real(b)), left, right)
    parts = [_condition(evaluator, part) for part in expr.args]
    if isinstance(expr, Not):
        return combine(np.logical_not, parts[0])
    if isinstance(expr, And | Or):
        join: Callable[..., Array] = np.logical_and if isinstance(expr, And) else np.logical_or
        result = parts[0]
        for part in parts[1:]:
            result = combine(join, result, part)
        return result
    return scalar(bool(expr))


def _where(evaluator: Evaluator, expr: Where) -> Labelled:
    condition, yes, no = expr.args
    return combine(np.where, _condition(evaluator, condition), evaluator.of(yes), evaluator.of(no))


def _piecewise(evaluator: Evaluator, expr: Piecewise) -> Labelled:
    result = scalar(np.nan)
    for value, condition in reversed([case.args for case in expr.args]):
        result = combine(np.where, _condition(evaluator, condition), evaluator.of(value), result)
    return result


_NODES: tuple[tuple[Any, Callable[[Evaluator, Any], Labelled]], ...] = (
    (Entry, _entry),
    (Apply, _apply),
    (Symbol, _symbol),
    (Add, _sum),
    (Mul, lambda evaluator, expr: summation.multiply(evaluator, expr.args)),
    (Pow, _power),
    (Sum, lambda evaluator, expr: summation.total(evaluator, expr.body, expr.bound)),
    (MaxOver, _extreme),
    (ProductOver, _all),
    (First, _first),
    (Delta, _delta),
    (
        Iverson,
        lambda evaluator, expr: combine(lambda x: x.astype(np.float64), _condition(evaluator, expr.args[0])),
    ),
    (Where, _where),
    (Piecewise, _piecewise),
    (Expr, _other),
)
