"""Ratios of exponentials that have a name: the logistic function and the softmax."""

from __future__ import annotations

from collections.abc import Callable

import sympy
from sympy import Expr, Pow, S

from gradwright.language.elementwise import combined
from gradwright.language.pieces import Order, Piece, whole
from gradwright.language.tree import Call, Tree
from gradwright.tensor.nodes import Index, Sum


def named_ratio(factors: list[Expr], piece: Callable[[Expr], Piece]) -> Piece | None:
    """The piece for ``exp(u)/sum(exp(u))`` or ``1/(1 + exp(-u))`` among the factors, which are then taken out."""
    for below in factors:
        if not (isinstance(below, Pow) and below.exp == -1):
            continue
        if isinstance(below.base, sympy.Add) and (argument := _logistic(below.base)) is not None:
            factors.remove(below)
            above = sympy.exp(argument)
            if above in factors:
                factors.remove(above)
            else:
                argument = -argument
            return combined([piece(argument)], lambda trees: Call("sigmoid", tuple(trees)))
        if isinstance(below.base, Sum) and (made := _softmax(below.base, factors, piece)) is not None:
            factors.remove(below)
            return made
    return None


def _logistic(base: Expr) -> Expr | None:
    """``u`` of ``1 + exp(u)``."""
    if len(base.args) != 2 or S.One not in base.args:
        return None
    other = next(term for term in base.args if term != 1)
    return other.args[0] if isinstance(other, sympy.exp) else None  # type: ignore[return-value]


def _softmax(base: Sum, factors: list[Expr], piece: Callable[[Expr], Piece]) -> Piece | None:
    if not isinstance(base.body, sympy.exp) or len(base.bound) != 1:
        return None
    (bound,) = base.bound
    argument = base.body.args[0]
    for above in factors:
        if not isinstance(above, sympy.exp):
            continue
        for index in above.free_symbols - argument.free_symbols:
            if isinstance(index, Index) and argument.xreplace({bound: index}) == above.args[0]:
                inner = piece(above.args[0])  # type: ignore[arg-type]
                factors.remove(above)
                return _over_axis(inner, index)
    return None


def _over_axis(inner: Piece, index: Index) -> Piece:
    def build(order: Order) -> Tree:
        options = (("axis", whole(order.index(index))),) if len(order) > 1 else ()
        return Call("softmax", (inner.build(order),), options)

    return Piece(inner.axes, build, inner.natural)
