"""Exact rational arithmetic: what is piecewise rational in its entries has a value without any error.

A number that does not exist (a division by zero, the inverse of a singular matrix) raises ZeroDivisionError;
a function that is not rational is not known to the field.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from fractions import Fraction
from typing import Any

import numpy as np
from flint import fmpq, fmpq_mat

from gradwright.execute.fields import Field
from gradwright.language.scope import ReadError

Array = Any
Rational = Any

_ZERO, _ONE, _HALF = fmpq(0), fmpq(1), fmpq(1, 2)
_LARGEST_POWER = 1000


def _to_rational(value: Any) -> Rational:
    if isinstance(value, float | Fraction):
        return fmpq(*value.as_integer_ratio())
    return value if isinstance(value, fmpq) else fmpq(int(value))


_RATIONALS = frozenset({fmpq})
_converted = np.frompyfunc(_to_rational, 1, 1)


def _wrap(value: Any) -> Array:
    array = np.asarray(value)
    if array.dtype == object and _RATIONALS.issuperset(map(type, array.ravel().tolist())):
        return array
    return np.asarray(_converted(array.astype(object)), dtype=object)


def _number(value: Fraction) -> Array:
    return np.array(fmpq(value.numerator, value.denominator), dtype=object)


def _constant(name: str) -> Array:
    raise ReadError(f"{name} is not rational")


def _power(x: Rational, y: Rational) -> Rational:
    if y.q != 1 or abs(y.p) > _LARGEST_POWER:
        raise ReadError("a power that is not rational")
    return x ** int(y.p)


def _sign(x: Rational) -> Rational:
    return _ONE if x > 0 else -_ONE if x < 0 else _ZERO


def _truth(relation: Callable[[Rational, Rational], bool]) -> Callable[[Rational, Rational], Rational]:
    return lambda x, y: _ONE if relation(x, y) else _ZERO


def _heaviside(x: Rational, middle: Rational = _HALF) -> Rational:
    return _ONE if x > 0 else _ZERO if x < 0 else middle


_ENTRIES: Mapping[str, Callable[..., Rational]] = {
    "divide": lambda x, y: x / y,
    "power": _power,
    "square": lambda x: x * x,
    "reciprocal": lambda x: _ONE / x,
    "negative": lambda x: -x,
    "abs": abs,
    "sign": _sign,
    "floor": lambda x: fmpq(x.floor()),
    "ceil": lambda x: fmpq(x.ceil()),
    "step": lambda x: _ONE if x > 0 else _ZERO,
    "heaviside": _heaviside,
    "maximum": lambda x, y: x if x >= y else y,
    "minimum": lambda x, y: x if x <= y else y,
    "where": lambda condition, yes, no: yes if condition else no,
    "conj": lambda x: x,
    "real": lambda x: x,
    "astype": lambda x: x,
    "array": lambda x: x,
    "<": _truth(lambda x, y: x < y),
    "<=": _truth(lambda x, y: x <= y),
    ">": _truth(lambda x, y: x > y),
    ">=": _truth(lambda x, y: x >= y),
    "==": _truth(lambda x, y: x == y),
    "!=": _truth(lambda x, y: x != y),
}


def _arrays(function: Callable[..., Rational]) -> Callable[..., Array]:
    return lambda *parts: np.frompyfunc(function, len(parts), 1)(*parts)


def _matrices(function: Callable[[Any], Any]) -> Callable[[Array], Array]:
    """A function of ``fmpq_mat`` on an array, or on each matrix of a stack."""

    def apply(matrix: Array) -> Array:
        if matrix.ndim > 2:
            return np.stack([apply(part) for part in matrix])
        rows, columns = matrix.shape
        result = function(fmpq_mat(rows, columns, matrix.ravel().tolist()))
        if not isinstance(result, fmpq_mat):
            return np.array(result, dtype=object)
        filled = np.empty((result.nrows(), result.ncols()), dtype=object)
        filled.reshape(-1)[:] = result.entries()
        return filled

    return apply


_inverse = _matrices(lambda matrix: matrix.inv())

RATIONAL = Field(
    bits=0,
    wrap=_wrap,
    number=_number,
    constant=_constant,
    elementwise={
        **{name: _arrays(function) for name, function in _ENTRIES.items()},
        "add": lambda x, y: x + y,
        "subtract": lambda x, y: x - y,
        "multiply": lambda x, y: x * y,
    },
    matrices={
        "inv": _inverse,
        "solve": lambda matrix, right: _inverse(matrix) @ right,
        "det": _matrices(lambda matrix: matrix.det()),
    },
    context=nullcontext,
    exact=True,
)
"""Rational numbers; ``bits`` is 0, since there is no error."""
