"""Limits and extremes of a function of one number, each found by SymPy or, where it finds none, by digits."""

from __future__ import annotations

from dataclasses import dataclass

import sympy
from sympy import Expr, S, Symbol

from gradwright.derive.bounded import within
from gradwright.derive.branches import PATIENCE, Branch, Piecewise
from gradwright.derive.zeros import DIGITS, zeros
from gradwright.errors import UsageError


@dataclass(frozen=True)
class Extreme:
    """The least or greatest value of a function.

    Args:
        value: The value, or the bound that is approached.
        places: Where it is taken, if at single places.
        branches: The stretches that have it throughout.
    """

    value: Expr
    places: tuple[Expr, ...] = ()
    branches: tuple[Branch, ...] = ()

    @property
    def attained(self) -> bool:
        """Whether the function takes the value, and does not only come near it."""
        return bool(self.places or self.branches)


def extreme(function: Piecewise, least: bool) -> Extreme:
    """The least or the greatest value: at a limit, where branches meet, or where a branch's slope is 0."""
    x = function.x
    approached: list[Expr] = []
    taken = [*zip(function.values, function.kinks, strict=True)]
    throughout: list[tuple[Expr, Branch]] = []
    for branch in function.branches:
        if x not in branch.formula.free_symbols:
            throughout.append((branch.formula, branch))
            continue
        approached += [
            limit(branch.formula, x, branch.low, "+"),
            limit(branch.formula, x, branch.high, "-"),
        ]
        slope = sympy.simplify(branch.formula.diff(x))
        if x in slope.free_symbols:
            places = zeros(slope, x, branch.low, branch.high)
            taken += [(_at(branch.formula, x, place), place) for place in places]
    values = [*approached, *(value for value, _ in taken), *(value for value, _ in throughout)]
    best = (min if least else max)(values, key=lambda value: (float(value), value.has(sympy.Float)))
    return Extreme(
        best,
        tuple(place for value, place in taken if _same(value, best)),
        tuple(branch for value, branch in throughout if _same(value, best)),
    )


def _at(formula: Expr, x: Symbol, place: Expr) -> Expr:
    """The value at a place: as digits, where the place is known by digits."""
    value = formula.subs(x, place)
    found: Expr = sympy.N(value, DIGITS) if place.has(sympy.Float) else sympy.simplify(value)
    return found


def _same(one: Expr, other: Expr) -> bool:
    if one.is_infinite or other.is_infinite:
        return bool(one == other)
    return abs(float(one) - float(other)) < 1e-12


def limit(formula: Expr, x: Symbol, place: Expr, side: str = "-") -> Expr:
    """A one-sided limit: by SymPy, else by digits."""
    found = within(PATIENCE, lambda: sympy.limit(formula, x, place, side))
    if found is not None and (found.is_comparable or found in (S.Infinity, S.NegativeInfinity)):
        simple: Expr = sympy.simplify(found)
        return simple
    steps = [sympy.Integer(10) ** -9, sympy.Integer(10) ** -12]
    if place.is_infinite:
        near = [sympy.sign(place) / step for step in steps]
    else:
        near = [place - step if side == "-" else place + step for step in steps]
    one, other = (sympy.N(formula.subs(x, where), 30) for where in near)
    if abs(other) > 10**6 and abs(other) > 2 * abs(one):
        return S.Infinity if other > 0 else S.NegativeInfinity
    if abs(one - other) > sympy.Rational(1, 10**6):
        raise UsageError(f"{formula} has no limit as {x} goes to {place}")
    return sympy.Float(other, 10)
