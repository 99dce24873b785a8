"""When two arrays of floats are one value, or one is a number times the other."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

TOLERANCE = 1e-9
"""Of the largest entry: far above the rounding of formulas of a few hundred operations, far below chance."""

_SIMPLEST = 64


def close(left: Array, right: Array, tolerance: float = TOLERANCE) -> bool:
    """Whether two arrays agree to rounding, measured by the larger one's largest entry.

    Entries where both are NaN or infinite in the same way agree.
    """
    if left.shape != right.shape:
        return False
    gap = left - right
    if np.all(np.isfinite(gap)):
        scale = max(float(np.max(np.abs(left), initial=0)), float(np.max(np.abs(right), initial=0)))
        return bool(np.max(np.abs(gap), initial=0) <= tolerance * scale)
    finite = np.isfinite(left)
    if not np.array_equal(finite, np.isfinite(right)) or not np.any(finite):
        return False
    return close(left[finite], right[finite], tolerance)


def ratio(reference: Array, answer: Array, tolerance: float = TOLERANCE) -> float | None:
    """The number that the answer is times the reference, or None where there is none."""
    if reference.shape != answer.shape or not np.any(reference):
        return None
    place = np.unravel_index(np.argmax(np.abs(reference)), reference.shape)
    value = float(answer[place] / reference[place])
    return value if np.isfinite(value) and close(answer, value * reference, tolerance) else None


def fraction(value: float, tolerance: float = 1e-8) -> Fraction | None:
    """The simple fraction that a float stands for, or None."""
    if not np.isfinite(value):
        return None
    simple = Fraction(value).limit_denominator(_SIMPLEST)
    return simple if simple and abs(float(simple) - value) <= tolerance * abs(value) else None


def shape_text(shape: Any) -> str:
    """A shape as NumPy writes it.

    >>> shape_text(("n",))
    '(n,)'
    """
    return f"({shape[0]},)" if len(shape) == 1 else "(" + ", ".join(map(str, shape)) + ")"
