"""The kinds of numbers that a tree is evaluated in: floats, real or complex, and balls of real arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

import flint
import numpy as np
from flint import arb, fmpq

from gradwright.execute import ball_functions, float_functions
from gradwright.execute.matrices import BALL_MATRICES, FLOAT_MATRICES

Array = Any


@dataclass(frozen=True)
class Field:
    """One kind of number.

    Args:
        bits: The precision of its numbers.
        wrap: From anything array-like to an array of the field.
        number: From an exact number to an array without axes.
        constant: From ``pi``, ``E`` or ``inf`` to an array without axes.
        elementwise: Functions of entries, with broadcasting, by their names; comparisons by their signs.
        matrices: Functions of a matrix.
        context: What the arithmetic runs in.
        exact: Whether plain formulas serve better than stable ones.
    """

    bits: int
    wrap: Callable[[Any], Array]
    number: Callable[[Fraction], Array]
    constant: Callable[[str], Array]
    elementwise: Mapping[str, Callable[..., Array]]
    matrices: Mapping[str, Callable[..., Array]]
    context: Callable[[], AbstractContextManager[Any]]
    exact: bool = False


def _float_wrap(value: Any) -> Array:
    array = np.asarray(value)
    return array if array.dtype.kind in "fc" and array.dtype.itemsize >= 8 else array.astype(np.float64)


def _float_number(value: Fraction) -> Array:
    try:
        return np.float64(value)
    except OverflowError:
        return np.float64(np.inf if value > 0 else -np.inf)


_CONSTANTS = {"pi": np.pi, "E": np.e, "inf": np.inf}

FLOAT = Field(
    bits=53,
    wrap=_float_wrap,
    number=_float_number,
    constant=lambda name: np.float64(_CONSTANTS[name]),
    elementwise=float_functions.ELEMENTWISE,
    matrices=FLOAT_MATRICES,
    context=nullcontext,
)
"""Floats of 53 bits; arrays of complex128 pass through for a complex step."""


def _to_ball(value: Any) -> Any:
    if isinstance(value, arb):
        return value
    if isinstance(value, Fraction):
        return arb(fmpq(value.numerator, value.denominator))
    return arb(int(value)) if isinstance(value, int | np.integer | np.bool_) else arb(float(value))


_BALLS = frozenset({arb})
_wrapped, _converted = np.frompyfunc(arb, 1, 1), np.frompyfunc(_to_ball, 1, 1)


def _ball_wrap(value: Any) -> Array:
    array = np.asarray(value)
    if array.dtype.kind == "f":
        return np.asarray(_wrapped(array.astype(object)), dtype=object)
    if array.dtype == object and _BALLS.issuperset(map(type, array.ravel().tolist())):
        return array
    return np.asarray(_converted(array.astype(object)), dtype=object)


def _ball_number(value: Fraction) -> Array:
    return np.array(arb(fmpq(value.numerator, value.denominator)), dtype=object)


def _ball_constant(name: str) -> Array:
    known = {"pi": arb.pi, "E": arb.const_e}
    return np.array(known[name]() if name in known else ball_functions.NAN, dtype=object)


@cache
def ball(bits: int) -> Field:
    """Balls of real arithmetic: every number carries a bound of its error.

    Args:
        bits: The working precision.
    """
    return Field(
        bits=bits,
        wrap=_ball_wrap,
        number=_ball_number,
        constant=_ball_constant,
        elementwise=ball_functions.ELEMENTWISE,
        matrices=BALL_MATRICES,
        context=lambda: flint.ctx.workprec(bits),
        exact=True,
    )
