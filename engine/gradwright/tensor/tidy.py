"""Identities of the elementary functions that SymPy does not apply by itself: each holds wherever both sides do."""

from __future__ import annotations

import sympy
from sympy import Expr, Mul, Pow
from sympy.core.basic import Basic

from gradwright.tensor.nodes import Apply, Entry, Where


def tidy(expression: Expr) -> Expr:
    """``sinh/cosh`` as ``tanh``, ``sign(x)/abs(x)`` as ``1/x``, ``abs(x)*sign(x)`` as ``x``."""
    if not expression.has(sympy.sinh, sympy.sign, sympy.cosh, Where):
        return expression
    result: Expr = _tidy(expression)  # type: ignore[assignment]
    return result


def _tidy(node: Basic) -> Basic:
    if not node.args or isinstance(node, Entry | Apply):
        return node
    arguments = [_tidy(argument) for argument in node.args]
    if any(new is not old for new, old in zip(arguments, node.args, strict=True)):
        node = node.func(*arguments)
    if isinstance(node, sympy.Add):
        return _of_cases(node)
    return _of_product(node) if isinstance(node, Mul) else node


def _of_cases(total: sympy.Add) -> Expr:
    """Two cases of one condition with the same factor in front, as one."""
    merged: dict[tuple[Basic, Expr], tuple[Expr, Expr]] = {}
    rest: list[Expr] = []
    for term in total.args:
        cases = [part for part in Mul.make_args(term) if isinstance(part, Where)]
        if len(cases) != 1:
            rest.append(term)  # type: ignore[arg-type]
            continue
        condition, yes, no = cases[0].args
        front = Mul(*(part for part in Mul.make_args(term) if part is not cases[0]))
        before = merged.get((condition, front), (sympy.S.Zero, sympy.S.Zero))
        merged[condition, front] = (before[0] + yes, before[1] + no)  # type: ignore[operator]
    return sympy.Add(*rest, *(front * Where(c, yes, no) for (c, front), (yes, no) in merged.items()))


def _of_product(product: Mul) -> Expr:
    factors = list(product.args)
    for part in product.args:
        if isinstance(part, sympy.sinh) and (below := Pow(sympy.cosh(part.args[0]), -1)) in factors:
            factors.remove(part)
            factors.remove(below)
            factors.append(sympy.tanh(part.args[0]))
        elif isinstance(part, sympy.sign) and part in factors:
            inner = part.args[0]
            for other, equal in ((Pow(sympy.Abs(inner), -1), 1 / inner), (sympy.Abs(inner), inner)):  # type: ignore[operator]
                if other in factors:
                    factors.remove(part)
                    factors.remove(other)
                    factors.append(equal)
                    break
    return Mul(*factors)
