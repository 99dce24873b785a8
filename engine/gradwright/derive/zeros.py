"""Where a smooth formula of one number is 0: in closed form where there is one, else as digits."""

from __future__ import annotations

import math

import mpmath
import sympy
from sympy import Expr, Float, Interval, S, Symbol

from gradwright.derive.bounded import within
from gradwright.derive.branches import PATIENCE
from gradwright.errors import UsageError

DIGITS = 20
"""Of a place that has no closed form."""

_FAR = 6.0
"""The search goes to ``sinh(6)``, about 200; beyond, activations have long reached their limits."""
_STEPS = 601


def zeros(formula: Expr, x: Symbol, low: Expr, high: Expr) -> tuple[Expr, ...]:
    """The places strictly between two others where a formula that is not 0 throughout is 0, in order.

    Raises:
        UsageError: There is no end of them.
    """
    found = within(PATIENCE, lambda: sympy.solveset(formula, x, S.Reals))
    if isinstance(found, sympy.FiniteSet | sympy.sets.sets.EmptySet):
        inside = [place for place in found if place in Interval.open(low, high)]
        return tuple(sorted(inside, key=float))
    if found is not None and found.is_iterable and not isinstance(found, sympy.ConditionSet):
        raise UsageError(f"{formula} is 0 at places without end")
    return _by_digits(formula, x, low, high)


def _by_digits(formula: Expr, x: Symbol, low: Expr, high: Expr) -> tuple[Expr, ...]:
    """Changes of sign, each made narrow by bisection."""
    value = sympy.lambdify(x, formula, "mpmath")
    with mpmath.workdps(DIGITS + 15):
        start = max(math.asinh(float(low)), -_FAR) if low.is_finite else -_FAR
        end = min(math.asinh(float(high)), _FAR) if high.is_finite else _FAR
        # Off the round numbers, so that no zero is met and missed.
        span = (end - start) * 0.9999
        places = [mpmath.sinh(start + span * (step + 0.37) / _STEPS) for step in range(_STEPS)]
        signs = [mpmath.sign(mpmath.re(value(place))) for place in places]
        found = []
        for left, right, one, other in zip(places, places[1:], signs, signs[1:], strict=False):
            if one * other < 0:
                found.append(Float(_bisected(value, left, right, one), DIGITS))
    return tuple(found)


def _bisected(value: object, left: mpmath.mpf, right: mpmath.mpf, sign: mpmath.mpf) -> mpmath.mpf:
    assert callable(value)
    for _ in range(4 * DIGITS):
        middle = (left + right) / 2
        if mpmath.sign(value(middle)) == sign:
            left = middle
        else:
            right = middle
    return (left + right) / 2
