"""Flatten: a sum of products that hold sums becomes one sum over all indices, to compare contractions."""

from __future__ import annotations

from sympy import Expr, Mul
from sympy.core.basic import Basic

from gradwright.tensor.instantiate import freshen
from gradwright.tensor.nodes import Apply, Entry, First, Index, Sum


def flatten(expression: Expr) -> Expr:
    """The expression with every sum that is a factor under another sum joined with it."""
    if len(expression.atoms(Sum)) < 2:
        return expression
    result: Expr = _flatten(expression)
    return result


def _flatten(node: Basic) -> Basic:
    if not node.args or isinstance(node, Entry | Apply | First):
        return node
    arguments = [_flatten(argument) for argument in node.args]
    if any(new is not old for new, old in zip(arguments, node.args, strict=True)):
        node = node.func(*arguments)
    if not isinstance(node, Sum):
        return node
    bound: list[Index] = list(node.bound)
    factors: list[Expr] = []
    for part in Mul.make_args(node.body):
        if isinstance(part, Sum):
            inner = freshen(part)
            assert isinstance(inner, Sum)
            bound.extend(inner.bound)
            factors.append(inner.body)
        else:
            factors.append(part)
    return Sum(Mul(*factors), *bound) if len(bound) > len(node.bound) else node
