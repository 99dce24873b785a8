"""How far an index expression reaches: what is always on an axis, what conditions always or never hold."""

from __future__ import annotations

import sympy
from sympy import Expr, Integer, Symbol
from sympy.core.basic import Basic
from sympy.core.relational import Relational
from sympy.logic.boolalg import Boolean

from gradwright.tensor.affine import coefficient
from gradwright.tensor.nodes import Apply, Delta, Entry, First, Index, Iverson, Where


def nonnegative(expression: Expr) -> bool:
    """Whether an expression in sizes is surely at least 0, each size being at least 1."""
    if expression.is_Integer:
        return bool(expression >= 0)
    if not expression.free_symbols <= {symbol for symbol in expression.free_symbols if symbol.is_positive}:
        return False
    shifted = {symbol: Symbol(f"{symbol}_", nonnegative=True) + 1 for symbol in expression.free_symbols}
    grown = sympy.expand(expression.xreplace(shifted))
    return bool(grown.is_nonnegative)


def same_length(one: Expr, other: Expr) -> bool:
    """Whether two extents are those of one axis.

    A named axis may be joined with a compound extent (``Ho`` with ``H - kh + 1``) by an equation; it is taken
    to be, unless the two surely differ.
    """
    if one == other:
        return True
    plain = isinstance(one, Symbol) + isinstance(other, Symbol)
    if plain != 1 or not one.free_symbols or not other.free_symbols:
        return bool(sympy.expand(one - other) == 0)
    difference = sympy.expand(one - other)
    return not nonnegative(difference - 1) and not nonnegative(-difference - 1)


def reach(expression: Expr) -> tuple[Expr, Expr] | None:
    """The least and the greatest value of an affine index expression; None where it is not affine."""
    low = high = expression
    for index in [symbol for symbol in expression.free_symbols if isinstance(symbol, Index)]:
        factor = coefficient(expression, index)
        if factor is None:
            return None
        last = index.extent - 1
        low = low.xreplace({index: Integer(0) if factor > 0 else last})
        high = high.xreplace({index: last if factor > 0 else Integer(0)})
    return low, high


def inside(place: Expr, extent: Expr) -> tuple[bool, bool]:
    """Whether a place is surely not before the first, and surely not after the last place of an axis."""
    span = reach(place)
    if span is None:
        return False, False
    return nonnegative(span[0]), nonnegative(sympy.expand(extent - 1 - span[1]))


def on_axis(place: Expr, extent: Expr) -> Expr:
    """1 where the place is on an axis of that extent, else 0; only what is not sure is asked."""
    after, before = inside(place, extent)
    index = next((s for s in place.free_symbols if isinstance(s, Index)), None)
    start = place - index if index is not None else place
    lower = Integer(1) if after else Iverson(sympy.Ge(place, 0))
    if not after and index is not None and start.is_Integer:
        lower = Iverson(sympy.Ge(index, -start))
    return lower if before else lower * Iverson(sympy.Lt(place, extent))


def decide(condition: Basic) -> Basic:
    """The condition, or ``true`` or ``false`` where the ranges of its indices decide it."""
    if isinstance(condition, sympy.And | sympy.Or | sympy.Not):
        return condition.func(*(decide(part) for part in condition.args))
    if not isinstance(condition, Relational) or not condition.has(Index):
        return condition
    difference = condition.lhs - condition.rhs
    if not all(isinstance(s, Index) or s.is_positive for s in difference.free_symbols) or difference.has(
        Entry
    ):
        return condition
    span = reach(difference)
    if span is None:
        return condition
    low, high = (sympy.expand(end) for end in span)
    match condition:
        case sympy.StrictGreaterThan():
            return _known(nonnegative(low - 1), nonnegative(-high), condition)
        case sympy.GreaterThan():
            return _known(nonnegative(low), nonnegative(-high - 1), condition)
        case sympy.StrictLessThan():
            return _known(nonnegative(-high - 1), nonnegative(low), condition)
        case sympy.LessThan():
            return _known(nonnegative(-high), nonnegative(low - 1), condition)
        case sympy.Eq() | sympy.Ne():
            apart = nonnegative(low - 1) or nonnegative(-high - 1)
            if not apart:
                return condition
            return sympy.false if isinstance(condition, sympy.Eq) else sympy.true
        case _:
            return condition


def _known(always: bool, never: bool, condition: Basic) -> Basic:
    if always:
        known: Boolean = sympy.true
        return known
    return sympy.false if never else condition


def decided(expression: Expr) -> Expr:
    """The expression without conditions on indices that always or never hold."""
    if not expression.has(Iverson, Where):
        return expression
    result: Expr = _decided(expression)
    return result


def _decided(node: Basic) -> Basic:
    if not node.args or isinstance(node, Entry | Apply | Delta | First):
        return node
    if isinstance(node, Iverson):
        return Iverson(decide(node.args[0]))
    if isinstance(node, Where):
        condition, yes, no = node.args
        return Where(decide(condition), _decided(yes), _decided(no))
    arguments = [_decided(argument) for argument in node.args]
    if all(new is old for new, old in zip(arguments, node.args, strict=True)):
        return node
    return node.func(*arguments)
