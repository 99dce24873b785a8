"""Conditions under which places of an axis are summed, where these are not all of it."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from gradwright.language.scope import ReadError
from gradwright.language.tex.indices import Index
from gradwright.language.tex.limits import COMPARED, integer
from gradwright.language.tex.nodes import Head, Node, Symbol
from gradwright.language.tex.pieces import Extent, Unknown, found, meet
from gradwright.language.tree import Binary, Compare, Name, Number, Tree

if TYPE_CHECKING:
    from gradwright.language.tex.resolve import Resolver


def ends(resolver: Resolver, index: Index, lower: Node | None, upper: Node | None, head: Head) -> list[Tree]:
    """The conditions under which places are summed, where these are not all of the axis."""
    conditions: list[Tree] = []
    start = index.start
    if start is None:
        start = resolver.base(head.span)
    place = Name(index.name, head.span)
    number = integer(lower)
    if lower is not None and number != start:
        least = resolver.piece(lower).tree
        conditions.append(Compare(">=", _shifted(place, start), least, lower.span))
    if upper is None:
        return conditions
    end = resolver.piece(upper)
    if end.rank:
        raise ReadError("a bound is a number", upper.span, "write the name of an axis, or a number")
    extent = found(index.extent)
    if isinstance(end.tree, Name) and end.tree.name == "inf":
        raise ReadError("a sum without end is not read", upper.span, "write its last index")
    if isinstance(extent, Unknown) and isinstance(end.tree, Name) and start == 1:
        meet(extent, end.tree.name)
        return conditions
    if not _is_last(end.tree, extent, start):
        _check_end(end.tree, extent, index.name, start, upper)
        conditions.append(Compare("<=", _shifted(place, start), end.tree, upper.span))
    return conditions


def _check_end(end: Tree, extent: Extent, name: str, start: int, upper: Node) -> None:
    """Refuse a bound that is another axis's size, or behind the last place."""
    beyond = isinstance(end, Number) and isinstance(extent, int) and end.value > extent - 1 + start
    if beyond or (isinstance(end, Name) and isinstance(extent, str) and (start == 1 or end.name == extent)):
        raise ReadError(
            f"{name} runs over the axis {extent} here, which does not end at this bound",
            upper.span,
            f"write {extent if start else f'{extent}-1'} above the sign",
        )


def _is_last(end: Tree, extent: Extent, start: int) -> bool:
    """Whether a bound is the last place of an axis."""
    if isinstance(extent, int):
        return isinstance(end, Number) and end.value == extent - 1 + start
    if start == 1:
        return isinstance(end, Name) and end.name == str(extent)
    return (
        isinstance(end, Binary)
        and end.operator == "-"
        and end.left == Name(str(extent))
        and isinstance(end.right, Number)
        and end.right.value == 1
    )


def _shifted(place: Tree, start: int) -> Tree:
    return Binary("+", place, Number(Fraction(start), "", place.span), place.span) if start else place


def condition_of(resolver: Resolver, sign: str, left: Node, right: Node) -> Tree:
    """The comparison below a sign, of places where both sides are indices."""
    sides: list[tuple[Tree, Index | None]] = []
    for side in (left, right):
        if isinstance(side, Symbol) and side.name in (*resolver.indices, *resolver.free):
            index = resolver.index(side)
            sides.append((Name(side.name, side.span), index))
        else:
            sides.append((resolver.piece(side).tree, None))
    (one, first), (other, second) = sides
    if first is None or second is None:
        # A number is compared with what the index stands for, not with its place.
        one = first.value(left.span).tree if first is not None else one
        other = second.value(right.span).tree if second is not None else other
    elif sign in ("!=", "="):
        meet(first.extent, second.extent)
    return Compare(COMPARED[sign], one, other, left.span)
