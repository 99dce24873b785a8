"""Affine index arithmetic: solve ``left = right`` for one index."""

from __future__ import annotations

from sympy import Expr, Integer

from gradwright.tensor.nodes import Index


def coefficient(expression: Expr, index: Index) -> int | None:
    """The whole-number coefficient of ``index`` in an affine expression, or None where it is not affine."""
    if expression == index:
        return 1
    if index not in expression.free_symbols:
        return 0
    total = 0
    for term, factor in expression.as_coefficients_dict().items():
        if term == index:
            if not factor.is_Integer:
                return None
            total = int(factor)
        elif index in term.free_symbols:
            return None
    return total


def solve(left: Expr, right: Expr, index: Index) -> Expr | None:
    """The expression that ``index`` must equal for ``left == right``, where its coefficient is 1 or -1."""
    difference = left - right
    factor = coefficient(difference, index)
    if factor is None or abs(factor) != 1:
        return None
    return (index - Integer(factor) * difference).expand()
