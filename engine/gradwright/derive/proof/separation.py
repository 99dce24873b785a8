"""Can a line separate two classes? Weights that do, or the weighted points that show that none can."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import sympy
from scipy.optimize import linprog

Point = tuple[Fraction, ...]


def separator(points: Sequence[Point], classes: Sequence[int]) -> tuple[Fraction, ...] | None:
    """Whole weights and a bias, the last, that are positive on class 1 and negative on class 0, or None.

    The candidate is found in floating point; what is returned is checked exactly.
    """
    signs = [1 if one else -1 for one in classes]
    rows = np.array([[-s * float(x) for x in (*point, 1)] for point, s in zip(points, signs, strict=True)])
    count = rows.shape[1]
    # The smallest weights with margin 1: each is the difference of two that are not negative.
    done = linprog(
        np.ones(2 * count), np.hstack([rows, -rows]), -np.ones(len(rows)), bounds=(0, None), method="highs"
    )
    if done.status != 0:
        return None
    weights = done.x[:count] - done.x[count:]
    for bound in (1, 12, 1000, 10**6):
        exact = tuple(Fraction(float(one)).limit_denominator(bound) for one in weights)
        if separates(exact, points, classes):
            return _whole(exact)
    return None


def separates(weights: Sequence[Fraction], points: Sequence[Point], classes: Sequence[int]) -> bool:
    """Whether ``weights @ (point, 1)`` is positive on class 1 and negative on class 0, exactly."""
    return all(
        (value(weights, point) > 0) if one else (value(weights, point) < 0)
        for point, one in zip(points, classes, strict=True)
    )


def value(weights: Sequence[Fraction], point: Point) -> Fraction:
    """``weights @ (point, 1)``."""
    return sum((w * x for w, x in zip(weights, (*point, Fraction(1)), strict=True)), Fraction(0))


def certificate(points: Sequence[Point], classes: Sequence[int]) -> tuple[Fraction, ...] | None:
    """Whole weights of points, none negative, by which both classes have the same sum, or None.

    By them the conditions of class 1 add up to the very expression to which those of class 0 add up: it
    would have to be positive and not positive at once (Farkas' lemma). The few points needed are found in
    floating point; their weights are the exact solution of the equations.
    """
    signs = [1 if one else -1 for one in classes]
    if len(set(classes)) < 2:
        return None
    rows = [[s * x for x in (*point, Fraction(1))] for point, s in zip(points, signs, strict=True)]
    columns = np.array(rows, dtype=float).T
    ones = [float(one) for one in classes]
    done = linprog(
        np.ones(len(rows)), A_eq=np.vstack([columns, ones]), b_eq=[*np.zeros(len(columns)), 1.0],
        bounds=(0, None), method="highs-ds",
    )  # fmt: skip
    if done.status != 0:
        return None
    support = [number for number, weight in enumerate(done.x) if weight > 1e-9]
    matrix = sympy.Matrix([[sympy.Rational(x.numerator, x.denominator) for x in rows[n]] for n in support]).T
    for vector in matrix.nullspace():
        exact = [Fraction(int(one.p), int(one.q)) for one in vector]
        exact = [-one for one in exact] if any(one < 0 for one in exact) else exact
        if all(one >= 0 for one in exact):
            found = dict(zip(support, exact, strict=True))
            return _whole([found.get(number, Fraction(0)) for number in range(len(rows))])
    return None


def _whole(numbers: Sequence[Fraction]) -> tuple[Fraction, ...]:
    """The numbers times what makes them whole and without a common factor."""
    scale = math.lcm(*(one.denominator for one in numbers))
    divisor = math.gcd(*(int(one * scale) for one in numbers)) or 1
    return tuple(one * scale / divisor for one in numbers)
