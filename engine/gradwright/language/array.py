"""An array that is not written out: its shape, and what its entry at a place is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sympy import And, Expr, Ge, Lt, Mod, Symbol, floor
from sympy.core.basic import Basic

from gradwright.language.extents import ONE
from gradwright.language.scope import Shape
from gradwright.tensor.nodes import ZERO, Index, Sum, Where, fresh

Place = tuple[Expr, ...]
Entry = Callable[[Place], Expr]


@dataclass(frozen=True, slots=True)
class Array:
    """A shape and a rule for the entry at a place; each use of the rule binds fresh indices.

    Args:
        shape: One extent an axis.
        at: The entry at a place: one index expression an axis, 0 for an axis of one place.
        padded: Whether the entry outside the axes' range is 0 by itself.
        name: The declared value that this is, if it is nothing else.
        condition: For a comparison, the relation at a place.
        open: Whether there may be more leading axes than are known yet (a recurrent value's first reading).
    """

    shape: Shape
    at: Entry
    padded: bool = False
    name: str = ""
    condition: Callable[[Place], Basic] | None = None
    open: bool = False

    def anywhere(self, place: Place) -> Expr:
        """The entry at a place that may lie outside the axes: 0 there."""
        if self.padded:
            return self.at(place)
        inside = [
            relation
            for index, extent in zip(place, self.shape, strict=True)
            if not within(index, extent)
            for relation in (Ge(index, 0), Lt(index, extent))
        ]
        return Where(And(*inside), self.at(place), ZERO) if inside else self.at(place)


def within(index: Expr, extent: Expr) -> bool:
    """Whether an index expression is known to lie on an axis of that extent."""
    return (isinstance(index, Index) and index.extent == extent) or bool(
        index.is_Integer and index.is_nonnegative
    )


def scalar(value: Expr) -> Array:
    """A number, a size or an index as an array without axes."""
    return Array((), lambda _: value)


def aligned(array: Array, shape: Shape) -> Entry:
    """The array's entry at a place of the larger shape that it is broadcast to."""
    if array.shape == shape:
        return array.at
    if not array.shape:
        return lambda _: array.at(())
    skip = len(shape) - len(array.shape)
    stretched = [extent == ONE for extent in array.shape]
    if not any(stretched):
        return lambda place: array.at(place[skip:])
    picks = tuple(-1 if one else skip + axis for axis, one in enumerate(stretched))
    return lambda place: array.at(tuple(ZERO if pick < 0 else place[pick] for pick in picks))


def letter(extent: Expr) -> str:
    """The first part of an index's name: its axis's name where it has one."""
    return extent.name.lower() if isinstance(extent, Symbol) else "i"


def over(extent: Expr, hint: str = "") -> tuple[tuple[Index, ...], Expr]:
    """Fresh indices that run over an axis, and the place on the axis that they make.

    An axis of one place needs none; an axis of ``n*d`` places (a flattened matrix) has two, ``i*d + j``.
    """
    if extent == ONE:
        return (), ZERO
    if extent.is_Mul and all(factor.is_Symbol for factor in extent.args):
        indices: tuple[Index, ...] = ()
        place: Expr = ZERO
        for factor in extent.args:
            index = fresh(factor, letter(factor))
            indices, place = (*indices, index), place * factor + index
        return indices, place
    index = fresh(extent, hint or letter(extent))
    return (index,), index


def over_all(extents: Sequence[Expr]) -> tuple[tuple[Index, ...], Place]:
    """Fresh indices and places for several axes."""
    pairs = [over(extent) for extent in extents]
    return tuple(index for indices, _ in pairs for index in indices), tuple(place for _, place in pairs)


def total(extents: Sequence[Expr], body: Callable[[Place], Expr]) -> Expr:
    """The sum of ``body`` over all places of the axes."""
    indices, place = over_all(extents)
    return Sum.over(body(place), indices)


def quotient(place: Expr, extent: Expr) -> tuple[Expr, Expr]:
    """A place on a flattened axis as (which block, where in the block); exact for one made by ``over``."""
    if extent == ONE:
        return place, ZERO
    _, inside = place.as_independent(extent) if place.is_Add else (place, ZERO)
    rest = place - inside
    if place.is_Add and getattr(rest, "extent", None) == extent:
        return (inside / extent), rest
    if getattr(place, "extent", None) == extent:
        return ZERO, place
    return floor(place / extent), Mod(place, extent)
