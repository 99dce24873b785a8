"""Entries of stored values as pieces: whole axes, slices of axes, fixed places, diagonals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import sympy
from sympy import Expr

from gradwright.language.elementwise import stored
from gradwright.language.pieces import NoFormError, Piece, whole
from gradwright.language.tree import Call, Item, Negate, NewAxis, Slice, Tree
from gradwright.tensor.affine import coefficient
from gradwright.tensor.bounds import inside, same_length
from gradwright.tensor.nodes import Index

Shape = tuple[Expr, ...]


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
    scalar: Callable[[Expr], Tree],
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
        if len(moving) != 1 or coefficient(place, moving[0]) != 1:
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


def _slice(place: Expr, index: Index, extent: Expr, scalar: Callable[[Expr], Tree]) -> Slice:
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
    return Slice(None if start == 0 else scalar(start), None if stop == extent else scalar(stop))


def padded(tree: Tree, order: tuple[Index, ...]) -> Tree:
    """The tree with axes of one place put in where the order has them."""
    return Item(tree, tuple(NewAxis() if index.extent == 1 else Slice() for index in order))
