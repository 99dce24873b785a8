"""Reductions over axes, with ``axis`` and ``keepdims``, and over named indices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import sympy
from sympy import Expr, Integer, Lt

from gradwright.language.array import Array, Place, aligned, letter, over_all, total
from gradwright.language.extents import ONE, product, spell
from gradwright.language.options import axes_of, axis_of, flag, option
from gradwright.language.reader import Reader, Slot
from gradwright.language.scope import ReadError, Shape
from gradwright.language.table import Primitive
from gradwright.language.tree import Call, Name, Tree
from gradwright.language.tree import Sequence as Items
from gradwright.tensor.nodes import ZERO, Index, Iverson, MaxOver, ProductOver, Sum, fresh

Fold = Callable[[Expr, Sequence[Index]], Expr]


@dataclass(frozen=True)
class _Reduction:
    """An array and the axes of it that are reduced."""

    array: Array
    axes: tuple[int, ...]
    keep: bool

    @property
    def extents(self) -> Shape:
        return tuple(self.array.shape[axis] for axis in self.axes)

    @property
    def shape(self) -> Shape:
        if self.keep:
            return tuple(ONE if axis in self.axes else e for axis, e in enumerate(self.array.shape))
        return tuple(e for axis, e in enumerate(self.array.shape) if axis not in self.axes)

    def full(self, place: Place, inner: Place) -> Place:
        """The place in the array, from the place in the result and that on the reduced axes."""
        if len(self.axes) == len(self.array.shape):
            return inner
        rest, inside = iter(place), iter(inner)
        full = []
        for axis in range(len(self.array.shape)):
            if axis in self.axes:
                full.append(next(inside))
                if self.keep:
                    next(rest)
            else:
                full.append(next(rest))
        return tuple(full)

    def fold(self, fold: Fold, place: Place) -> Expr:
        indices, inner = over_all(self.extents)
        return fold(self.array.at(self.full(place, inner)), indices)


def _reduction(call: Call, reader: Reader) -> _Reduction:
    array = reader.array(call.arguments[0])
    axes = axes_of(option(call, "axis"), array.shape)
    return _Reduction(array, axes, flag(call, "keepdims"))


def _maximum(body: Expr, indices: Sequence[Index]) -> Expr:
    return MaxOver(body, *indices) if indices else body


def _minimum(body: Expr, indices: Sequence[Index]) -> Expr:
    return -MaxOver(-body, *indices) if indices else body


def _product(body: Expr, indices: Sequence[Index]) -> Expr:
    return ProductOver(body, *indices) if indices else body


def _mean(body: Expr, indices: Sequence[Index]) -> Expr:
    return Sum.over(body, indices) / product(tuple(index.extent for index in indices))


def _build(fold: Fold, call: Call, reader: Reader) -> Array:
    if len(call.arguments) > 1:
        return _over_names(fold, call, reader)
    part = _reduction(call, reader)
    return Array(part.shape, partial(part.fold, fold), open=part.array.open and bool(part.shape))


def _over_names(fold: Fold, call: Call, reader: Reader) -> Array:
    """``sum(i, body)`` and ``sum((i, j), body)``: the named indices run over the axes that they subscript."""
    *heads, body_tree = call.arguments
    names: list[str] = []
    for head in (item for tree in heads for item in (tree.items if isinstance(tree, Items) else (tree,))):
        if not isinstance(head, Name) or (reader.is_value(head.name) and head.name not in reader.slots):
            raise ReadError(
                f"{call.function} over named indices is written {call.function}(i, ...)",
                head.span,
                "give an axis as axis=0, and an index a letter that no value has",
            )
        if head.name in names or head.name in reader.slots:
            raise ReadError(
                f"the index {head.name} is bound already", head.span, "give each sum a letter of its own"
            )
        names.append(head.name)
    slots = {name: Slot() for name in names}
    with reader.binding(slots):
        body = reader.array(body_tree)
    for name, slot in slots.items():
        reader.run(name, slot, body_tree)

    def entry(place: Place) -> Expr:
        indices = []
        for name, slot in slots.items():
            assert slot.extent is not None, name
            slot.place = ZERO
            if slot.extent != ONE:
                slot.place = index = fresh(slot.extent, name)
                indices.append(index)
        return fold(body.at(place), indices)

    return Array(body.shape, entry, open=body.open)


def _build_var(root: bool, call: Call, reader: Reader) -> Array:
    part = _reduction(call, reader)
    count = product(part.extents)
    ddof = option(call, "ddof")
    divisor = count - (reader.extent(ddof) if ddof is not None else ZERO)

    def entry(place: Place) -> Expr:
        mean = part.fold(_mean, place)
        squares = part.fold(lambda body, indices: Sum.over((body - mean) ** 2, indices), place)
        return sympy.sqrt(squares / divisor) if root else squares / divisor

    return Array(part.shape, entry)


def _build_average(call: Call, reader: Reader) -> Array:
    weights_tree = option(call, "weights", 1)
    part = _reduction(Call(call.function, call.arguments[:1], _without(call, "weights"), call.span), reader)
    if weights_tree is None:
        return Array(part.shape, partial(part.fold, _mean))
    weights, shape = reader.array(weights_tree), part.array.shape
    if len(weights.shape) == 1 and len(part.axes) == 1:
        axis = part.axes[0]
        reader.broadcast(weights.shape, (shape[axis],), call)
        weigh: Callable[[Place], Expr] = lambda place: weights.at((place[axis],))  # noqa: E731
    else:
        if reader.broadcast(weights.shape, shape, call) != shape:
            raise ReadError(
                f"average: the weights are {spell(weights.shape)}, the values {spell(shape)}", call.span
            )
        weigh = aligned(weights, shape)

    def entry(place: Place) -> Expr:
        top = total(part.extents, lambda inner: _weighted(part, weigh, place, inner))
        bottom = total(part.extents, lambda inner: weigh(part.full(place, inner)))
        return top / bottom

    return Array(part.shape, entry)


def _weighted(part: _Reduction, weigh: Callable[[Place], Expr], place: Place, inner: Place) -> Expr:
    full = part.full(place, inner)
    return part.array.at(full) * weigh(full)


def _without(call: Call, *names: str) -> tuple[tuple[str, Tree], ...]:
    return tuple((name, tree) for name, tree in call.options if name not in names)


def _build_arg(call: Call, reader: Reader) -> Array:
    part = _reduction(call, reader)

    def entry(place: Place) -> Expr:
        raise ReadError(f"{call.function} has no index form", call.span)

    return Array(part.shape, entry)


def _build_cumsum(call: Call, reader: Reader) -> Array:
    array = reader.array(call.arguments[0])
    tree = option(call, "axis", 1)
    if tree is None and len(array.shape) != 1:
        raise ReadError("cumsum needs an axis", call.span, "write cumsum(X, axis=0)")
    axis = 0 if tree is None else axis_of(tree, array.shape)
    extent = array.shape[axis]

    def entry(place: Place) -> Expr:
        index = fresh(extent, letter(extent))
        body = array.at((*place[:axis], index, *place[axis + 1 :]))
        return Sum.over(body * Iverson(Lt(index, place[axis] + Integer(1), evaluate=False)), (index,))

    return Array(array.shape, entry)


def _build_cov(call: Call, reader: Reader) -> Array:
    array = reader.array(call.arguments[0])
    if len(array.shape) not in (1, 2):
        raise ReadError("cov takes a matrix or a vector", call.span)
    rows = flag(call, "rowvar", True)
    ddof = option(call, "ddof")
    ones = array.shape[0] if len(array.shape) == 1 else array.shape[1 if rows else 0]
    lost = reader.extent(ddof) if ddof is not None else Integer(not flag(call, "bias"))

    def at(variable: Place, sample: Expr) -> Expr:
        if not variable:
            return array.at((sample,))
        return array.at((variable[0], sample) if rows else (sample, variable[0]))

    def centred(variable: Place, sample: Expr) -> Expr:
        return at(variable, sample) - total((ones,), lambda inner: at(variable, inner[0])) / ones

    def entry(place: Place) -> Expr:
        one, other = (place[:1], place[1:]) if place else ((), ())
        return total((ones,), lambda inner: centred(one, inner[0]) * centred(other, inner[0])) / (ones - lost)

    variables = () if len(array.shape) == 1 else (array.shape[0 if rows else 1],) * 2
    return Array(variables, entry)


_OPTIONS = ("axis", "keepdims")
_MANY = 9

REDUCTIONS = (
    Primitive("sum", partial(_build, Sum.over), (1, _MANY), _OPTIONS),
    Primitive("mean", partial(_build, _mean), (1, _MANY), _OPTIONS),
    Primitive("prod", partial(_build, _product), (1, _MANY), _OPTIONS, ("product",)),
    Primitive("max", partial(_build, _maximum), (1, _MANY), _OPTIONS, ("amax",)),
    Primitive("min", partial(_build, _minimum), (1, _MANY), _OPTIONS, ("amin",)),
    Primitive("var", partial(_build_var, False), (1, 1), (*_OPTIONS, "ddof")),
    Primitive("std", partial(_build_var, True), (1, 1), (*_OPTIONS, "ddof")),
    Primitive("average", _build_average, (1, 2), (*_OPTIONS, "weights")),
    Primitive("argmax", _build_arg, (1, 1), _OPTIONS),
    Primitive("argmin", _build_arg, (1, 1), _OPTIONS),
    Primitive("cumsum", _build_cumsum, (1, 2), ("axis",)),
    Primitive("cov", _build_cov, (1, 1), ("bias", "rowvar", "ddof")),
)
