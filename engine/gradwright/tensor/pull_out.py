"""Pull out: what a sum does not depend on leaves it; a sum of independent factors is a product of sums."""

from __future__ import annotations

import sympy
from sympy import Expr, Mul, S

from gradwright.tensor.canonical import canonical, complexity
from gradwright.tensor.nodes import Apply, Delta, Entry, First, Index, Iverson, Sum, Where


def pull_out(expression: Expr) -> Expr:
    """Move factors out of the sums that do not bind them; split a sum of terms where that shortens it."""
    if not expression.args or isinstance(expression, Entry | Apply | First | Delta | Iverson):
        return expression
    if isinstance(expression, Sum):
        return _components(pull_out(expression.body), expression.bound)
    if isinstance(expression, Where):
        condition, yes, no = expression.args
        return Where(condition, pull_out(yes), pull_out(no))
    arguments = [pull_out(argument) for argument in expression.args]
    if all(new is old for new, old in zip(arguments, expression.args, strict=True)):
        return expression
    result: Expr = expression.func(*arguments)
    return result


def _of_group(members: list[Expr], bound: list[Index]) -> Expr:
    """The sum of connected factors; the sum of several terms is split where that is shorter."""
    if len(members) == 1 and isinstance(members[0], First) and _is_somewhere(members[0], bound):
        return S.One
    whole = Sum.over(Mul(*members), bound)
    if len(members) == 1 and isinstance(members[0], sympy.Add):
        parts = sympy.Add(*(canonical(_components(term, tuple(bound))) for term in members[0].args))
        if complexity(parts) < complexity(whole):
            return parts
    return whole


def _is_somewhere(node: First, bound: list[Index]) -> bool:
    """Whether the place of a maximum runs through all places: it is at exactly one of them."""
    extents = [index.extent for index in node.bound]
    mine = [place.extent for place in node.at if isinstance(place, Index) and place in bound]
    return extents == mine and len(set(node.at)) == len(bound) and not set(bound) & node.body.free_symbols


def _components(body: Expr, bound: tuple[Index, ...]) -> Expr:
    """The sum over ``bound`` of a product, as a product of smaller sums over unconnected indices."""
    factors = list(Mul.make_args(body))
    if isinstance(body, sympy.Add):
        content, rest = body.primitive()
        factors = [content, rest] if content != 1 else [body]
    outside: Expr = S.One
    groups: list[tuple[set[Index], list[Expr]]] = []
    for factor in factors:
        used = set(bound) & factor.free_symbols
        if not used:
            outside *= factor
            continue
        joined: tuple[set[Index], list[Expr]] = (used, [factor])
        apart = []
        for group in groups:
            if group[0] & joined[0]:
                joined = (group[0] | joined[0], group[1] + joined[1])
            else:
                apart.append(group)
        groups = [*apart, joined]
    seen: set[Index] = set().union(*(group[0] for group in groups)) if groups else set()
    for index in bound:
        if index not in seen:
            outside *= index.extent
    for indices, members in groups:
        outside *= _of_group(members, [index for index in bound if index in indices])
    return outside
