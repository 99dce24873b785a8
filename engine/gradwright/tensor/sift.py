"""Sift: a delta under a sum fixes an index, which is then put in its place."""

from __future__ import annotations

import sympy
from sympy import Expr, Mul, S
from sympy.core.basic import Basic

from gradwright.tensor.affine import solve
from gradwright.tensor.instantiate import replace_indices
from gradwright.tensor.nodes import Apply, Delta, Entry, First, Index, Iverson, Sum, Where


def sift(expression: Expr) -> Expr:
    """Remove the deltas of every sum by substituting the index they fix.

    Args:
        expression: An index expression; its deltas may hold affine indices such as ``s*i + p``.

    Returns:
        An equal expression with every solvable delta gone; a strided one, or one of a gather, keeps its delta.
        So does one whose index might leave its axis where no entry would make the term 0.
    """
    changed = _rebuild(expression)
    if not isinstance(changed, Sum) or not changed.has(Delta):
        return changed
    body = changed.body
    if isinstance(body, sympy.Add) or any(isinstance(f, sympy.Add) and f.has(Delta) for f in Mul.make_args(body)):
        terms = sympy.Add.make_args(_spread(body))
        return sympy.Add(*(sift_term(term, changed.bound) for term in terms))
    return sift_term(body, changed.bound)


def sift_term(term: Expr, bound: tuple[Index, ...]) -> Expr:
    """The sum of one product over ``bound`` with its solvable deltas used up."""
    factors = list(Mul.make_args(term))
    remaining = list(bound)
    progress = True
    while progress:
        progress = False
        for delta in [factor for factor in factors if isinstance(factor, Delta)]:
            found = _choose(delta, remaining, factors)
            if found is None:
                continue
            index, place = found
            factors.remove(delta)
            values: dict[Basic, Basic] = {index: place}
            product = Mul(*(replace_indices(factor, values) for factor in factors))
            factors = list(Mul.make_args(product))
            remaining.remove(index)
            progress = True
            break
    return Sum.over(Mul(*factors), remaining)


def _choose(delta: Delta, bound: list[Index], factors: list[Expr]) -> tuple[Index, Expr] | None:
    """The bound index that the delta fixes most simply, and the place it is fixed at."""
    best: tuple[int, Index, Expr] | None = None
    left, right = delta.args
    for index in bound:
        place = solve(left, right, index)  # type: ignore[arg-type]
        if place is not None and _stays_on_axis(factors, index, place):
            plain = isinstance(place, Index) and place.extent == index.extent
            cost = 0 if plain else 1 + len(place.free_symbols)
            if best is None or cost < best[0]:
                best = (cost, index, place)
    return best[1:] if best else None


def _stays_on_axis(factors: list[Expr], index: Index, place: Expr) -> bool:
    """Whether the place lies on the index's axis, or an entry among the factors vanishes where it doesn't."""
    if isinstance(place, Index) and place.extent == index.extent:
        return True
    if not any(isinstance(symbol, Index) for symbol in place.free_symbols):
        return True
    return any(isinstance(factor, Entry) and index in factor.indices for factor in factors)


def _spread(body: Expr) -> Expr:
    """The product multiplied out over those of its factors that are sums holding a delta."""
    plain, sums = S.One, []
    for factor in Mul.make_args(body):
        if isinstance(factor, sympy.Add) and factor.has(Delta):
            sums.append(factor)
        else:
            plain *= factor
    terms = [plain]
    for factor in sums:
        terms = [term * part for term in terms for part in factor.args]
    return sympy.Add(*terms)


def _rebuild(expression: Expr) -> Expr:
    if not expression.args or isinstance(expression, Entry | Apply | First | Delta | Iverson):
        return expression
    if isinstance(expression, Sum):
        inner = sift(expression.body)
        return expression if inner is expression.body else Sum.over(inner, expression.bound)
    if isinstance(expression, Where):
        condition, yes, no = expression.args
        return Where(condition, sift(yes), sift(no))  # type: ignore[arg-type]
    arguments = [sift(argument) for argument in expression.args]  # type: ignore[arg-type]
    if all(new is old for new, old in zip(arguments, expression.args, strict=True)):
        return expression
    result: Expr = expression.func(*arguments)
    return result
