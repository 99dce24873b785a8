"""What the operators do to entries: sums, products, powers and comparisons."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sympy import Add, Eq, Expr, Ge, Gt, Le, Lt, Mul, Ne, Pow, Rational
from sympy.core.basic import Basic

from gradwright.language.array import Array, Place, aligned
from gradwright.language.scope import ReadError, Shape, Value
from gradwright.language.tree import Binary, Compare, Item, Name, Tree
from gradwright.tensor.nodes import Delta, Entry, Index, Iverson

_RELATIONS = {"<": Lt, "<=": Le, ">": Gt, ">=": Ge, "==": Eq, "!=": Ne}
_LARGEST_POWER_BITS = 20_000


def add(terms: list[tuple[str, Expr]]) -> Expr:
    """The sum of signed terms."""
    return Add(*(entry if sign == "+" else -entry for sign, entry in terms))


def multiply(tree: Binary) -> Callable[[list[tuple[str, Expr]]], Expr]:
    """How the factors and divisors of ``tree`` are joined; a division by 0 is refused there."""

    def combine(factors: list[tuple[str, Expr]]) -> Expr:
        if any(sign == "/" and entry == 0 for sign, entry in factors):
            raise ReadError("division by zero", tree.span)
        return Mul(*(entry if sign == "*" else Pow(entry, -1) for sign, entry in factors))

    return combine


def power(tree: Binary) -> Callable[[Expr, Expr], Expr]:
    """How base and exponent of ``tree`` are joined; a number too large to write out is refused."""

    def combine(base: Expr, exponent: Expr) -> Expr:
        if isinstance(base, Rational) and isinstance(exponent, Rational):
            bits = max(int(base.p).bit_length(), int(base.q).bit_length())
            if bits > 1 and abs(exponent) * bits > _LARGEST_POWER_BITS:
                raise ReadError("this power is too large a number to write out", tree.span)
            if base == 0 and exponent < 0:
                raise ReadError("division by zero", tree.span)
        return Pow(base, exponent)

    return combine


def relation(operator: str, left: Expr, right: Expr) -> Basic:
    """A comparison; it is decided at once only between numbers."""
    compare = _RELATIONS[operator]
    decided = left.is_number and right.is_number
    return compare(left, right) if decided else compare(left, right, evaluate=False)


def comparison(tree: Compare, left: Array, right: Array, shape: Shape, values: Mapping[str, Value]) -> Array:
    """The array of a comparison: 1 where it holds, else 0; equality of two places is a delta."""
    one, other = aligned(left, shape), aligned(right, shape)
    held = (_holds_places(tree.left, values), _holds_places(tree.right, values))

    def condition(place: Place) -> Basic:
        return relation(tree.operator, one(place), other(place))

    def entry(place: Place) -> Expr:
        first, second = one(place), other(place)
        places = (_is_place(first) or held[0], _is_place(second) or held[1])
        if tree.operator == "==" and all(places) and not all(held):
            return Delta(first, second)
        return Iverson(relation(tree.operator, first, second))

    return Array(shape, entry, condition=condition, open=left.open or right.open)


def _holds_places(tree: Tree, values: Mapping[str, Value]) -> bool:
    """Whether a tree is data that names places of an axis, or some of it."""
    head = tree.target if isinstance(tree, Item) else tree
    known = values.get(head.name) if isinstance(head, Name) else None
    return known is not None and known.domain.startswith("index ")


def _is_place(entry: Expr) -> bool:
    """Whether an expression is made of indices, sizes and numbers alone."""
    return any(isinstance(symbol, Index) for symbol in entry.free_symbols) and not entry.has(Entry)
