"""Numbers of a page: exact ones with their digits beside them, infinities, and stretches between two."""

from __future__ import annotations

import sympy
from sympy import Expr, S

from gradwright.document.notation import size_math
from gradwright.messages import Math

DIGITS = 6
"""Shown of a number that is no fraction."""


def number(value: Expr) -> Math:
    """A number as a formula, with its digits where it is no fraction."""
    if value in (S.Infinity, S.NegativeInfinity):
        sign = "-" if value == S.NegativeInfinity else ""
        return Math(f"{sign}\\infty", f"{sign}∞")
    digits = str(sympy.N(value, DIGITS))
    if value.has(sympy.Float):
        return Math(digits, digits)
    if value.is_Integer:
        return Math(str(value), str(value))
    if value.is_Rational:
        text = f"{value.p}/{value.q}"
        return Math(f"{'-' if value < 0 else ''}\\frac{{{abs(value.p)}}}{{{value.q}}}", text)
    exact = size_math(value)
    return Math(f"{exact.latex} \\approx {digits}", f"{exact.text} ≈ {digits}")


def equation(name: str, value: Expr) -> Math:
    """A name and the number that it is."""
    shown = number(value)
    sign = "\\approx" if value.has(sympy.Float) else "="
    return Math(
        f"{name} {sign} {shown.latex}", f"{name} {'≈' if value.has(sympy.Float) else '='} {shown.text}"
    )


def interval(low: Expr, high: Expr) -> Math:
    """The arguments between two places, such as ``x < 0``."""
    if low == S.NegativeInfinity and high == S.Infinity:
        return Math("x \\in \\mathbb{R}", "all x")
    left = "" if low == S.NegativeInfinity else number(low).latex
    right = "" if high == S.Infinity else number(high).latex
    texts = (
        "" if low == S.NegativeInfinity else number(low).text,
        "" if high == S.Infinity else number(high).text,
    )
    if not left:
        return Math(f"x < {right}", f"x < {texts[1]}")
    if not right:
        return Math(f"x > {left}", f"x > {texts[0]}")
    return Math(f"{left} < x < {right}", f"{texts[0]} < x < {texts[1]}")
