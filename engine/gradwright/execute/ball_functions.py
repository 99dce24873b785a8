"""Elementwise functions of balls: real numbers with a rigorous bound of their error.

A result is a finite ball that holds the true value, NaN where the true value does not exist, or ``UNKNOWN``
(a ball of infinite radius) where the precision at hand does not tell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from flint import arb

Ball = Any
Array = Any

NAN = arb("nan")
UNKNOWN = arb(0, float("inf"))
_ZERO, _ONE, _HALF = arb(0), arb(1), arb(0.5)
_UNSURE = arb(0.5, 0.5)
_LARGEST_POWER = 10**6


def _never(_: Ball) -> bool:
    return False


def _guarded(
    function: Callable[[Ball], Ball], outside: Callable[[Ball], bool] = _never
) -> Callable[[Ball], Ball]:
    """The function, with NaN only for a NaN or a number that certainly lies outside its domain."""

    def guarded(x: Ball) -> Ball:
        result = function(x)
        if result.is_nan() and not x.is_nan():
            return NAN if outside(x) else UNKNOWN
        return result

    return guarded


def _no_positive(x: Ball) -> bool:
    return bool(x <= 0)


def _is_pole(x: Ball) -> bool:
    """Whether a number is certainly one of 0, -1, -2, ..., where the gamma function is infinite."""
    return bool(x.is_integer()) and bool(x <= 0)


def _beyond_one(x: Ball) -> bool:
    return bool(abs(x) > 1)


def _sqrt(x: Ball) -> Ball:
    if x >= 0 or x < 0 or not x.is_finite():
        return x.sqrt()
    return x.nonnegative_part().sqrt().union(_ZERO)


def divide(x: Ball, y: Ball) -> Ball:
    """``x / y``."""
    result = x / y
    if result.is_nan() and not (x.is_nan() or y.is_nan() or y.is_zero()):
        return UNKNOWN
    return result


def power(x: Ball, y: Ball) -> Ball:
    """``x ** y``; NaN for a negative base with an exponent that is no integer."""
    if x.is_nan() or y.is_nan():
        return NAN
    if y.is_zero():
        return _ONE
    if x.is_zero():
        return _ZERO if y > 0 else NAN if y < 0 else UNKNOWN
    if y.is_integer():
        if abs(y) > _LARGEST_POWER and not x > 0:
            return UNKNOWN
        result = x**y
        return UNKNOWN if result.is_nan() else result
    if x > 0:
        result = x**y
        return UNKNOWN if result.is_nan() else result
    if x < 0:
        return UNKNOWN if y.contains_integer() else NAN
    if y > 0 and x.is_finite():
        return _root_of_zero(x, y)
    return UNKNOWN


def _root_of_zero(x: Ball, y: Ball) -> Ball:
    """A positive power that is no integer of a ball that holds 0: from 0 to the power of its upper end."""
    if y.contains_integer():
        return UNKNOWN
    top = x.upper() ** y
    return UNKNOWN if top.is_nan() else top.union(_ZERO)


def _cbrt(x: Ball) -> Ball:
    if x >= 0:
        return x.root(3)
    if x < 0:
        return -((-x).root(3))
    return UNKNOWN if not x.is_finite() else x.upper().root(3).union(-((-x.lower()).root(3)))


def _log(x: Ball, base: Ball | None = None) -> Ball:
    logarithm = _guarded(arb.log, _no_positive)
    return logarithm(x) if base is None else divide(logarithm(x), logarithm(base))


def _sign(x: Ball) -> Ball:
    return NAN if x.is_nan() else x.sgn()


def _binomial(n: Ball, k: Ball) -> Ball:
    return _guarded(arb.gamma, _is_pole)(n + 1) * (k + 1).rgamma() * (n - k + 1).rgamma()


def _arctan2(y: Ball, x: Ball) -> Ball:
    result = arb.atan2(y, x)
    return UNKNOWN if result.is_nan() and not (x.is_nan() or y.is_nan()) else result


def _mod(x: Ball, y: Ball) -> Ball:
    return x - y * divide(x, y).floor()


def _compared(
    yes: Callable[[Ball, Ball], bool], no: Callable[[Ball, Ball], bool]
) -> Callable[[Ball, Ball], Ball]:
    """1 where the relation certainly holds, 0 where it certainly does not, else a ball that holds both."""

    def compare(x: Ball, y: Ball) -> Ball:
        if x.is_nan() or y.is_nan():
            return NAN
        if yes(x, y):
            return _ONE
        return _ZERO if no(x, y) else _UNSURE

    return compare


_less = _compared(lambda x, y: x < y, lambda x, y: x >= y)
_less_equal = _compared(lambda x, y: x <= y, lambda x, y: x > y)
_equal = _compared(lambda x, y: x == y, lambda x, y: not x.overlaps(y))
_not_equal = _compared(lambda x, y: not x.overlaps(y), lambda x, y: x == y)


def _where(condition: Ball, yes: Ball, no: Ball) -> Ball:
    if condition.is_nan():
        return NAN
    if condition.is_zero():
        return no
    return yes if not condition.contains(_ZERO) else yes.union(no)


def _heaviside(x: Ball, middle: Ball = _HALF) -> Ball:
    return _where(_equal(x, _ZERO), middle, _less(_ZERO, x))


def _maximum(x: Ball, y: Ball) -> Ball:
    return x.max(y)


def _minimum(x: Ball, y: Ball) -> Ball:
    return x.min(y)


def _arrays(function: Callable[..., Ball]) -> Callable[..., Array]:
    """The function on arrays of balls, with broadcasting."""
    made: dict[int, Callable[..., Array]] = {}

    def apply(*parts: Array) -> Array:
        count = len(parts)
        if count not in made:
            made[count] = np.frompyfunc(function, count, 1)
        return made[count](*parts)

    return apply


ENTRIES: Mapping[str, Callable[..., Ball]] = {
    "exp": arb.exp,
    "log": _log,
    "log2": lambda x: _log(x, arb(2)),
    "log10": lambda x: _log(x, arb(10)),
    "log1p": _guarded(arb.log1p, lambda x: bool(x <= -1)),
    "expm1": arb.expm1,
    "sqrt": _guarded(_sqrt, lambda x: bool(x < 0)),
    "cbrt": _cbrt,
    "square": lambda x: x * x,
    "reciprocal": lambda x: divide(_ONE, x),
    "negative": lambda x: -x,
    "abs": abs,
    "sign": _sign,
    "sin": arb.sin,
    "cos": arb.cos,
    "tan": _guarded(arb.tan),
    "sec": _guarded(arb.sec),
    "csc": _guarded(arb.csc, arb.is_zero),
    "cot": _guarded(arb.cot, arb.is_zero),
    "sinh": arb.sinh,
    "cosh": arb.cosh,
    "tanh": arb.tanh,
    "sech": _guarded(arb.sech),
    "csch": _guarded(arb.csch, arb.is_zero),
    "coth": _guarded(arb.coth, arb.is_zero),
    "arcsin": _guarded(arb.asin, _beyond_one),
    "arccos": _guarded(arb.acos, _beyond_one),
    "arctan": arb.atan,
    "arcsinh": arb.asinh,
    "arccosh": _guarded(arb.acosh, lambda x: bool(x < 1)),
    "arctanh": _guarded(arb.atanh, lambda x: bool(abs(x) >= 1)),
    "erf": arb.erf,
    "erfc": arb.erfc,
    "gamma": _guarded(arb.gamma, _is_pole),
    "gammaln": _guarded(lambda x: abs(x.gamma()).log() if x < 0 else x.lgamma(), _is_pole),
    "digamma": _guarded(arb.digamma, _is_pole),
    "factorial": lambda x: _guarded(arb.gamma, _is_pole)(x + 1),
    "floor": arb.floor,
    "ceil": arb.ceil,
    "step": lambda x: _less(_ZERO, x),
    "heaviside": _heaviside,
    "conj": lambda x: x,
    "real": lambda x: x,
    "imag": lambda _: _ZERO,
    "astype": lambda x: x,
    "array": lambda x: x,
    "arctan2": _arctan2,
    "maximum": _maximum,
    "minimum": _minimum,
    "divide": divide,
    "power": power,
    "hypot": lambda x, y: _guarded(_sqrt)(x * x + y * y),
    "mod": _mod,
    "binomial": _binomial,
    "where": _where,
    "<": _less,
    "<=": _less_equal,
    ">": lambda x, y: _less(y, x),
    ">=": lambda x, y: _less_equal(y, x),
    "==": _equal,
    "!=": _not_equal,
}

ELEMENTWISE: Mapping[str, Callable[..., Array]] = {
    **{name: _arrays(function) for name, function in ENTRIES.items()},
    "add": lambda x, y: x + y,
    "subtract": lambda x, y: x - y,
    "multiply": lambda x, y: x * y,
}
