"""Distribute: products multiplied out, sums taken term by term: an expression as a sum of products."""

from __future__ import annotations

import sympy
from sympy import Expr

from gradwright.tensor.canonical import canonical
from gradwright.tensor.nodes import Entry, Sum
from gradwright.tensor.pull_out import pull_out
from gradwright.tensor.tidy import one_sign


def distribute(expression: Expr) -> Expr:
    """The expression as a sum of products; every sum over an index is of one product."""
    result: Expr = canonical(pull_out(_distributed(expression)))
    return result


def cancel(expression: Expr) -> Expr:
    """The expression multiplied out, quotients first, so that ``p*(1 - p)*(y/p)`` becomes ``(1 - p)*y``."""
    result: Expr = sympy.expand_mul(_cancelled(expression))
    return result


def _cancelled(expression: Expr) -> Expr:
    if not expression.args or not expression.has(sympy.Add):
        return expression
    if isinstance(expression, sympy.Mul):
        quotients = [part for part in expression.args if isinstance(part, sympy.Add) and _has_quotient(part)]
        if quotients:
            rest = sympy.Mul(*(part for part in expression.args if part is not quotients[0]))
            return sympy.Add(*(_cancelled(one_sign(rest * term)) for term in quotients[0].args))
    if isinstance(expression, sympy.Add):
        return sympy.Add(*(_cancelled(term) for term in expression.args))
    if isinstance(expression, Sum):
        return Sum.over(_cancelled(expression.body), expression.bound)
    return expression


def _has_quotient(total: sympy.Add) -> bool:
    """Whether a term of a sum is divided by something that is no plain size."""
    return any(
        part.as_base_exp()[1].could_extract_minus_sign() and not part.is_Symbol and part.has(Entry)
        for term in total.args
        for part in sympy.Mul.make_args(term)
    )


def _distributed(expression: Expr) -> Expr:
    match expression:
        case sympy.Add() | sympy.Mul():
            parts = [_distributed(part) for part in expression.args]
            return sympy.expand_mul(expression.func(*parts))
        case Sum():
            body = sympy.expand_mul(_distributed(expression.body))
            return sympy.Add(*(Sum.over(term, expression.bound) for term in sympy.Add.make_args(body)))
        case _:
            return expression
