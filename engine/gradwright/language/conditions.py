"""Conditions, cases, maxima and where they are taken, as pieces."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import sympy
from sympy import Expr

from gradwright.language.elementwise import combined, nest, stored
from gradwright.language.pieces import NoFormError, Order, Piece, quotient, reduce_call, whole
from gradwright.language.tree import Call, Compare, Item, Negate, Tree
from gradwright.tensor.nodes import Delta, Entry, First, Index, MaxOver, ProductOver, Where

RELATIONS = {"Gt": ">", "Ge": ">=", "Lt": "<", "Le": "<=", "Eq": "==", "Ne": "!=",
             "StrictGreaterThan": ">", "GreaterThan": ">=", "StrictLessThan": "<", "LessThan": "<=",
             "Equality": "==", "Unequality": "!="}  # fmt: skip

MakePiece = Callable[[Expr], Piece]


def condition(node: Expr, piece: MakePiece) -> Piece:
    """A condition as an array of 0 and 1."""
    if isinstance(node, sympy.And):
        parts = [condition(part, piece) for part in sympy.ordered(node.args)]
        return combined(parts, lambda trees: quotient(Fraction(1), trees, []))
    operator = RELATIONS.get(type(node).__name__)
    if operator is None:
        raise NoFormError
    left, right = node.args
    if operator == ">" and right == 0:
        return combined([piece(left)], lambda trees: Call("step", tuple(trees)))
    if operator == "<" and left == 0:
        return combined([piece(right)], lambda trees: Call("step", tuple(trees)))
    both = [piece(left), piece(right)]
    return combined(both, lambda trees: Compare(operator, trees[0], trees[1]))


def sides(delta: Delta) -> tuple[Expr, Expr]:
    """The two places that a delta compares; one that is the same for all entries stands last."""
    left, right = delta.args
    return (left, right) if left.has(Index) or left.has(Entry) else (right, left)


def cases(node: Where, piece: MakePiece) -> Piece:
    """``where(condition, yes, no)``."""
    asked, yes, no = node.args
    operator = RELATIONS.get(type(asked).__name__)
    if operator is None:
        raise NoFormError
    parts = [piece(part) for part in (*asked.args, yes, no)]
    return combined(
        parts, lambda trees: Call("where", (Compare(operator, trees[0], trees[1]), trees[2], trees[3]))
    )


def extremum(node: Expr, piece: MakePiece) -> Piece:
    """The larger or smaller of several arrays, entry by entry."""
    word = "maximum" if isinstance(node, sympy.Max) else "minimum"
    parts = [piece(part) for part in sympy.ordered(node.args)]
    return combined(parts[::-1], lambda trees: nest(word, trees))


def over_axes(node: MaxOver | ProductOver, piece: MakePiece) -> Piece:
    """The maximum (a minimum where it is one of negatives) or the product over axes."""
    function, body = ("max" if isinstance(node, MaxOver) else "prod"), node.body
    least = isinstance(node, MaxOver) and body.could_extract_minus_sign()
    inner = piece(-body if least else body)
    axes = inner.axes - set(node.bound)
    if len(inner.axes) != len(axes) + len(node.bound):
        raise NoFormError

    def build(order: Order) -> Tree:
        return (
            Negate(reduce_call("min", inner, order, node.bound))
            if least
            else reduce_call(function, inner, order, node.bound)
        )

    return Piece(axes, build, tuple(index for index in inner.natural if index in axes))


def first(node: First, piece: MakePiece, extent: Callable[[Expr], Tree]) -> Piece:
    """Where the first maximum stands, as rows of the identity: ``eye(m)[argmax(X, axis=1)]``."""
    if len(node.bound) != 1 or not isinstance(node.at[0], Index):
        raise NoFormError
    (bound,), (at,) = node.bound, node.at
    assert isinstance(at, Index)
    inner = piece(node.body)
    rest = tuple(index for index in inner.natural if index != bound)
    if bound not in inner.axes or at in inner.axes or at.extent != bound.extent:
        raise NoFormError
    body = node.body
    word = "argmax"
    if body.could_extract_minus_sign():
        word, inner = "argmin", piece(-body)
    full = (*rest, bound)
    options = (("axis", whole(len(rest))),) if rest else ()
    tree = Item(Call("eye", (extent(at.extent),)), (Call(word, (inner.build(full),), options),))
    return stored(tree, (*rest, at))
