"""Distribute: products multiplied out and sums taken term by term, so that an expression is a sum of products."""

from __future__ import annotations

import sympy
from sympy import Expr

from gradwright.tensor.canonical import canonical
from gradwright.tensor.nodes import Sum
from gradwright.tensor.pull_out import pull_out


def distribute(expression: Expr) -> Expr:
    """The expression as a sum of products; every sum over an index is of one product."""
    result: Expr = canonical(pull_out(_distributed(expression)))
    return result


def _distributed(expression: Expr) -> Expr:
    match expression:
        case sympy.Add() | sympy.Mul():
            parts = [_distributed(part) for part in expression.args]  # type: ignore[arg-type]
            return sympy.expand_mul(expression.func(*parts))
        case Sum():
            body = sympy.expand_mul(_distributed(expression.body))
            return sympy.Add(*(Sum.over(term, expression.bound) for term in sympy.Add.make_args(body)))
        case _:
            return expression
