"""Sums in closed forms: like terms joined, a number or a call that all terms share in front."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from gradwright.language.pieces import scale
from gradwright.language.tree import Binary, Call, Negate, Number, Tree

Order = Callable[[Tree], int | None]


def total(tree: Tree, order: Order) -> Tree:
    """A sum with like terms joined and a number that all terms share in front.

    Args:
        tree: A sum.
        order: Tells how many axes a tree's value has: a term that cancels stays if it alone has them.
    """
    terms: dict[Tree, Fraction] = {}
    for factor, term in _terms(tree, Fraction(1)):
        terms[term] = terms.get(term, Fraction(0)) + factor
    kept = [(factor, term) for term, factor in terms.items() if factor != 0]
    gone = [term for term, factor in terms.items() if factor == 0]
    if gone and not _covered(gone, kept, order):
        return tree
    front = _front(kept[0][1])
    if len(kept) > 1 and front is not None and all(_front(term) == front for _, term in kept):
        inner = _rebuilt([(factor, term.right) for factor, term in kept if isinstance(term, Binary)])
        return (
            Binary("*", front, inner)
            if not isinstance(inner, Negate)
            else Negate(Binary("*", front, inner.operand))
        )
    return _rebuilt(kept)


def _covered(gone: list[Tree], kept: list[tuple[Fraction, Tree]], order: Order) -> bool:
    """Whether what is kept of a sum surely has all the axes of what cancels."""
    least = max((order(term) or 0 for _, term in kept), default=-1)
    return all(order(term) is not None and (order(term) or 0) <= least for term in gone)


def _front(term: Tree) -> Tree | None:
    """The call (a determinant, a norm) that a term begins with as a factor."""
    if isinstance(term, Binary) and term.operator == "*" and isinstance(term.left, Call):
        return term.left if term.left.function in ("det", "norm2", "norm", "trace") else None
    return None


def _rebuilt(kept: list[tuple[Fraction, Tree]]) -> Tree:
    """The sum of terms, a number that all share in front."""
    shared = abs(kept[0][0])
    if len(kept) == 1 or any(abs(factor) != shared for factor, _ in kept):
        shared = Fraction(1)
    sign = -1 if all(factor < 0 for factor, _ in kept) else 1
    kept.sort(key=lambda pair: sign * pair[0] < 0)
    total: Tree | None = None
    for factor, term in kept:
        size = scale(abs(factor) / shared, term)
        if total is None:
            total = Negate(size) if sign * factor < 0 else size
        else:
            total = Binary("-" if sign * factor < 0 else "+", total, size)
    assert total is not None
    return scale(sign * shared, total)


def _terms(tree: Tree, factor: Fraction) -> list[tuple[Fraction, Tree]]:
    """The terms of a sum with the number in front of each."""
    match tree:
        case Binary(operator="+"):
            return _terms(tree.left, factor) + _terms(tree.right, factor)
        case Binary(operator="-"):
            return _terms(tree.left, factor) + _terms(tree.right, -factor)
        case Negate():
            return _terms(tree.operand, -factor)
        case Number():
            return [(factor * tree.value, Number(Fraction(1)))]
        case _:
            value, rest = number_in_front(tree)
            return [(factor * value, rest)]


def number_in_front(tree: Tree) -> tuple[Fraction, Tree]:
    """The number in front of a product, and the rest."""
    match tree:
        case Binary(operator="*", left=Number(value=value), right=rest):
            return value, rest
        case Binary(operator="@", left=left, right=right):
            value, rest = number_in_front(left)
            return value, Binary("@", rest, right) if value != 1 else tree
        case Binary(operator="/", left=rest, right=Number(value=value)) if value != 0:
            factor, rest = number_in_front(rest)
            return factor / value, rest
        case _:
            return Fraction(1), tree
