"""Sift: a delta under a sum fixes an index, which is then put in its place."""

from __future__ import annotations

from collections.abc import Mapping

import sympy
from sympy import Expr, Mul, S
from sympy.core.basic import Basic

from gradwright.tensor.affine import solve
from gradwright.tensor.bounds import decided, inside, on_axis, same_length
from gradwright.tensor.instantiate import replace_indices
from gradwright.tensor.nodes import Apply, Delta, Entry, First, Index, Iverson, Sum, Where
from gradwright.tensor.radix import split

Shapes = Mapping[str, tuple[Expr, ...]]


def sift(expression: Expr, shapes: Shapes | None = None) -> Expr:
    """Remove the deltas of every sum by substituting the index they fix.

    Args:
        expression: An index expression; its deltas may hold affine indices such as ``s*i + p``.
        shapes: The shapes of the named values: an entry is 0 outside them. A value whose shape is not told
            is taken to be as long as the indices that read it run.

    Returns:
        An equal expression with every solvable delta gone; a strided one, or a gather's, keeps its delta.
        Where the fixed index might leave its axis and no entry makes the term 0 there, a condition does, or
        the delta stays.
    """
    return decided(_sift(expression, shapes or {}))


def _sift(expression: Expr, shapes: Shapes) -> Expr:
    changed = _rebuild(expression, shapes)
    if not isinstance(changed, Sum) or not changed.has(Delta, Where, Iverson):
        return changed
    body = _with_deltas(changed.body, changed.bound)
    if not body.has(Delta):
        return changed
    if isinstance(body, sympy.Add) or any(
        isinstance(f, sympy.Add) and f.has(Delta) for f in Mul.make_args(body)
    ):
        terms = sympy.Add.make_args(_spread(body))
        return sympy.Add(*(sift_term(term, changed.bound, shapes) for term in terms))
    return sift_term(body, changed.bound, shapes)


def sift_term(term: Expr, bound: tuple[Index, ...], shapes: Shapes | None = None) -> Expr:
    """The sum of one product over ``bound`` with its solvable deltas used up."""
    factors = list(Mul.make_args(term))
    remaining = list(bound)
    while (made := split(factors, remaining)) is not None:
        factors, remaining = made
    progress = True
    while progress:
        progress = False
        for delta in [factor for factor in factors if isinstance(factor, Delta)]:
            found = _choose(delta, remaining, factors, shapes or {})
            if found is None:
                continue
            index, place, condition = found
            factors.remove(delta)
            values: dict[Basic, Basic] = {index: place}
            product = Mul(condition, *(replace_indices(factor, values) for factor in factors))
            factors = list(Mul.make_args(product))
            remaining.remove(index)
            progress = True
            break
    return Sum.over(Mul(*factors), remaining)


def _choose(
    delta: Delta, bound: list[Index], factors: list[Expr], shapes: Shapes
) -> tuple[Index, Expr, Expr] | None:
    """The bound index that a delta fixes most simply, its place, and the condition that it is on its axis."""
    best: tuple[int, Index, Expr, Expr] | None = None
    left, right = delta.args
    for index in bound:
        place = solve(left, right, index)
        if place is None:
            continue
        plain = isinstance(place, Index) and place.extent == index.extent
        sure = plain or all(inside(place, index.extent)) or _vanishes(factors, index, shapes)
        if not sure and (_spans(place) > 1 or _spans(place, bound)):
            continue
        cost = 0 if plain else 1 + len(place.free_symbols) + (0 if sure else 10)
        if best is None or cost < best[0]:
            best = (cost, index, place, S.One if sure else on_axis(place, index.extent))
    return best[1:] if best else None


def _with_deltas(body: Expr, bound: tuple[Index, ...]) -> Expr:
    """The body with a delta for each factor that is 0 but at one place of a bound index.

    Such a factor is ``where(t < 1, x, 0)``.
    """
    factors: list[Expr] = []
    for factor in Mul.make_args(body):
        delta = None
        if isinstance(factor, Iverson) or (isinstance(factor, Where) and factor.args[2] == 0):
            delta = _at_one_place(factor.args[0], bound)
        if delta is not None:
            factors.append(delta)
        if delta is None or isinstance(factor, Where):
            factors.append(factor if delta is None else factor.args[1])
    return Mul(*factors)


def _at_one_place(condition: Basic, bound: tuple[Index, ...]) -> Expr | None:
    """The delta that a condition is: an index equals a place, or is not after the first one."""
    match condition:
        case sympy.Eq():
            one, other = condition.args
        case sympy.StrictLessThan() | sympy.StrictGreaterThan() if condition.gts == 1:
            one, other = condition.lts, S.Zero
        case sympy.LessThan() | sympy.GreaterThan() if condition.gts == 0:
            one, other = condition.lts, S.Zero
        case _:
            return None
    sides = (one, other) if one in bound else (other, one)
    if sides[0] not in bound or solve(*sides, sides[0]) is None:
        return None
    return Delta(*sides)


def _spans(place: Expr, bound: list[Index] | None = None) -> int:
    """How many indices (of those bound, if given) a place depends on."""
    found = {symbol for symbol in place.free_symbols if isinstance(symbol, Index)}
    return len(found if bound is None else found & set(bound))


def _vanishes(factors: list[Expr], index: Index, shapes: Shapes) -> bool:
    """Whether an entry among the factors is 0 wherever the index leaves its axis."""
    for factor in factors:
        if isinstance(factor, Entry) and index in factor.indices:
            shape = shapes.get(factor.name)
            if shape is None or same_length(shape[factor.indices.index(index)], index.extent):
                return True
    return False


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


def _rebuild(expression: Expr, shapes: Shapes) -> Expr:
    if not expression.args or isinstance(expression, Entry | Apply | First | Delta | Iverson):
        return expression
    if isinstance(expression, Sum):
        inner = _sift(expression.body, shapes)
        return expression if inner is expression.body else Sum.over(inner, expression.bound)
    if isinstance(expression, Where):
        condition, yes, no = expression.args
        return Where(condition, _sift(yes, shapes), _sift(no, shapes))
    arguments = [_sift(argument, shapes) for argument in expression.args]
    if all(new is old for new, old in zip(arguments, expression.args, strict=True)):
        return expression
    result: Expr = expression.func(*arguments)
    return result
