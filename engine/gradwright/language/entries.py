"""Entries of stored values as pieces: whole axes, slices of axes, fixed places, diagonals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import sympy
from sympy import Expr

from gradwright.language.elementwise import stored
from gradwright.language.pieces import NoFormError, Piece, whole
from gradwright.language.tree import Binary, Call, Item, Negate, NewAxis, Sequence, Slice, Tree
from gradwright.tensor.affine import coefficient
from gradwright.tensor.bounds import inside, same_length
from gradwright.tensor.nodes import Index

Shape = tuple[Expr, ...]
Scalar = Callable[[Expr], Tree]


@dataclass(frozen=True)
class Reading:
    """How an expression is read.

    Args:
        fixed: Free indices that are named subscripts, no axes.
        shapes: The shapes of named values; a value whose shape is not told is as long as its indices run.
    """

    fixed: frozenset[Index] = frozenset()
    shapes: Mapping[str, Shape] = field(default_factory=dict)


def subscripted(
    base: Tree,
    places: tuple[Expr, ...],
    shape: Shape | None,
    reading: Reading,
    scalar: Scalar,
) -> Piece:
    """A value at its indices.

    A plain one is an axis, a shifted one a slice, a fixed one a subscript, a repeated one a diagonal.
    """
    axes: list[Index] = []
    selectors: list[Tree] = []
    for position, place in enumerate(places):
        moving = [s for s in place.free_symbols if isinstance(s, Index) and s not in reading.fixed]
        if not moving:
            selectors.append(scalar(place))
            continue
        if len(moving) != 1:
            return _reshaped(base, places, shape, reading, scalar)
        if coefficient(place, moving[0]) != 1:
            raise NoFormError
        axes.append(moving[0])
        extent = moving[0].extent if shape is None else shape[position]
        selectors.append(_slice(place, moving[0], extent, scalar))
    while selectors and selectors[-1] == Slice():
        selectors.pop()
    tree = Item(base, tuple(selectors)) if selectors else base
    if len(set(axes)) == len(axes):
        return stored(tree, tuple(axes))
    if len(axes) == 2:
        return stored(Call("diagonal", (tree,)), (axes[0],))
    raise NoFormError


def _reshaped(
    base: Tree,
    places: tuple[Expr, ...],
    shape: Shape | None,
    reading: Reading,
    scalar: Scalar,
) -> Piece:
    """A value read as one of more axes: ``m*i + j`` on an axis of ``n*m`` places."""
    axes: list[Index] = []
    for position, place in enumerate(places):
        digits = _digits(place)
        if digits is None or set(digits) & reading.fixed:
            raise NoFormError
        count = sympy.Mul(*(digit.extent for digit in digits))
        if shape is not None and not same_length(sympy.expand(count), sympy.expand(shape[position])):
            raise NoFormError
        axes.extend(digits)
    if len(set(axes)) != len(axes):
        raise NoFormError
    return stored(Call("reshape", (base, Sequence(tuple(scalar(axis.extent) for axis in axes)))), tuple(axes))


def _digits(place: Expr) -> list[Index] | None:
    """The indices that a place is counted by, the slowest first."""
    rest = sympy.expand(place)
    step: Expr = sympy.S.One
    found: list[Index] = []
    while rest != 0:
        index = next((s for s in rest.free_symbols if isinstance(s, Index) and rest.coeff(s) == step), None)
        if index is None:
            return None
        found.insert(0, index)
        rest = sympy.expand(rest - step * index)
        step = sympy.expand(step * index.extent)
    return found


def _slice(place: Expr, index: Index, extent: Expr, scalar: Scalar) -> Slice:
    """The part of an axis that ``index + offset`` runs through."""
    start = sympy.expand(place - index)
    stop = sympy.expand(start + index.extent)
    if start == 0 and same_length(stop, extent):
        return Slice()
    literal = start.is_Integer and stop.is_Integer and start >= 0
    if not literal and not all(inside(place, extent)):
        raise NoFormError
    behind = sympy.expand(extent - stop)
    if behind.is_Integer and behind > 0:
        return Slice(None if start == 0 else scalar(start), Negate(whole(int(behind))))
    if not index.extent.is_Integer or start.as_coeff_Add()[0] != 0 or start == 0:
        return Slice(None if start == 0 else scalar(start), None if stop == extent else scalar(stop))
    return Slice(scalar(start), None if stop == extent else Binary("+", scalar(start), scalar(index.extent)))


def padded(tree: Tree, order: tuple[Index, ...]) -> Tree:
    """The tree with axes of one place put in where the order has them."""
    return Item(tree, tuple(NewAxis() if index.extent == 1 else Slice() for index in order))
