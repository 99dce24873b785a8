"""Content: the number that the terms of a sum share."""

from __future__ import annotations

import sympy
from sympy import Expr, Rational, S


def content(total: sympy.Add) -> tuple[Rational, Expr]:
    """The number that the terms share and the rest; a whole number among the terms stays whole.

    The number has a sign where all terms have one.

    >>> from sympy import symbols
    >>> x, y = symbols("x y")
    >>> content(2*x + 4*y), content(-x/2 - y), content(2*x + sympy.Rational(1, 50))
    ((2, x + 2*y), (-1/2, x + 2*y), (2, x + 1/100))
    """
    numbers = [term.as_coeff_Mul()[0] for term in total.args if not term.is_number]
    numbers = [number for number in numbers if number.is_Rational] or [S.One]
    constants = [term for term in total.args if term.is_number]
    shared = S.Zero
    for number in numbers:
        shared = sympy.gcd(shared, abs(number))
    if len(numbers) + len(constants) < len(total.args):
        shared = S.One
    if any(
        constant.q == 1 and not (constant / shared).is_Integer
        for constant in constants
        if constant.is_Rational
    ):
        shared = S.One
    if all(term.could_extract_minus_sign() for term in total.args):
        shared = -shared
    if shared == 1:
        return S.One, total
    return shared, sympy.Add(*(term / shared for term in total.args))
