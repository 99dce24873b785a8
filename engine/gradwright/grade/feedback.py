"""What wrong numbers show by themselves: a sign, a factor. Formulas are explained by ``grade/why``."""

from __future__ import annotations

from gradwright.grade.finding import Finding
from gradwright.grade.why.closeness import close, fraction, ratio, shape_text

__all__ = ["close", "factor_finding", "ratio", "shape_text"]

_TOLERANCE = 1e-8


def factor_finding(value: float) -> tuple[Finding, ...]:
    """The finding for an answer that is a number times the right one.

    >>> factor_finding(-1.0)[0].key, factor_finding(0.5)[0].values["factor"]
    ('sign', '1/2')
    """
    if abs(value + 1) < _TOLERANCE:
        return (Finding("sign"),)
    exact = fraction(value)
    return () if exact is None or exact == 1 else (Finding("factor-number", {"factor": str(exact)}),)
