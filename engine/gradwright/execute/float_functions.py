"""Elementwise functions of floats; complex numbers pass through, and choices go by their real parts.

So that a complex step along the imaginary axis gives the derivative, a comparison, a maximum, an absolute
value and the edge of a function's domain look at the real part alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import scipy.special

from gradwright.execute.numeric import absolute, arctan2, maximum, minimum

Array = Any


def _on(low: float, high: float, function: Callable[[Array], Array]) -> Callable[[Array], Array]:
    """The function where the real part lies between ``low`` and ``high``, NaN elsewhere."""

    def limited(x: Array) -> Array:
        if x.dtype.kind != "c":
            return function(x)
        part = np.real(x)
        return np.where((part >= low) & (part <= high), function(x), np.nan)

    return limited


def _by_real(function: Callable[..., Array]) -> Callable[..., Array]:
    """A function that is constant between its jumps."""
    return lambda *parts: np.asarray(function(*(np.real(part) for part in parts)), dtype=float)


def power(base: Array, exponent: Array) -> Array:
    """``base ** exponent``; NaN for a negative base with an exponent that is no integer."""
    if base.dtype.kind != "c" and exponent.dtype.kind != "c":
        return np.power(base, exponent)
    whole = (np.real(exponent) == np.round(np.real(exponent))) & (np.imag(exponent) == 0)
    plain = np.where(base == 0, np.power(np.real(base), np.real(exponent)), np.power(base, exponent))
    return np.where(whole | (np.real(base) >= 0), plain, np.nan)


def _cbrt(x: Array) -> Array:
    if not np.iscomplexobj(x):
        return np.cbrt(x)
    return np.sign(np.real(x)) * np.power(absolute(x), 1 / 3)


def _gamma(x: Array) -> Array:
    return scipy.special.gamma(x)


def _factorial(x: Array) -> Array:
    return scipy.special.gamma(x + 1)


def _log_gamma(x: Array) -> Array:
    return scipy.special.loggamma(x) if np.iscomplexobj(x) else scipy.special.gammaln(x)


def _binomial(n: Array, k: Array) -> Array:
    if np.iscomplexobj(n) or np.iscomplexobj(k):
        return _factorial(n) / (_factorial(k) * _factorial(n - k))
    return scipy.special.binom(n, k)


def _log(x: Array, base: Array | None = None) -> Array:
    logarithm = _on(0, np.inf, np.log)
    return logarithm(x) if base is None else logarithm(x) / logarithm(base)


def _mod(x: Array, y: Array) -> Array:
    return x - y * np.floor(np.real(x) / np.real(y))


ELEMENTWISE: Mapping[str, Callable[..., Array]] = {
    "exp": np.exp,
    "log": _log,
    "log2": _on(0, np.inf, np.log2),
    "log10": _on(0, np.inf, np.log10),
    "log1p": _on(-1, np.inf, np.log1p),
    "expm1": np.expm1,
    "sqrt": _on(0, np.inf, np.sqrt),
    "cbrt": _cbrt,
    "square": lambda x: x * x,
    "reciprocal": lambda x: 1 / x,
    "negative": lambda x: -x,
    "abs": absolute,
    "sign": _by_real(np.sign),
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "sec": lambda x: 1 / np.cos(x),
    "csc": lambda x: 1 / np.sin(x),
    "cot": lambda x: 1 / np.tan(x),
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "sech": lambda x: 1 / np.cosh(x),
    "csch": lambda x: 1 / np.sinh(x),
    "coth": lambda x: 1 / np.tanh(x),
    "arcsin": _on(-1, 1, np.arcsin),
    "arccos": _on(-1, 1, np.arccos),
    "arctan": np.arctan,
    "arcsinh": np.arcsinh,
    "arccosh": _on(1, np.inf, np.arccosh),
    "arctanh": _on(-1, 1, np.arctanh),
    "erf": scipy.special.erf,
    "erfc": scipy.special.erfc,
    "gamma": _gamma,
    "gammaln": _log_gamma,
    "digamma": scipy.special.digamma,
    "factorial": _factorial,
    "floor": _by_real(np.floor),
    "ceil": _by_real(np.ceil),
    "step": _by_real(lambda x: x > 0),
    "heaviside": _by_real(lambda x, middle=0.5: np.heaviside(x, middle)),
    "conj": lambda x: x,
    "real": lambda x: x,
    "imag": lambda x: 0 * x,
    "astype": lambda x: x,
    "array": lambda x: x,
    "arctan2": arctan2,
    "maximum": maximum,
    "minimum": minimum,
    "add": lambda x, y: x + y,
    "subtract": lambda x, y: x - y,
    "multiply": lambda x, y: x * y,
    "divide": lambda x, y: x / y,
    "power": power,
    "hypot": lambda x, y: np.sqrt(x * x + y * y),
    "mod": _mod,
    "binomial": _binomial,
    "where": lambda condition, yes, no: np.where(np.real(condition) != 0, yes, no),
    "<": _by_real(np.less),
    "<=": _by_real(np.less_equal),
    ">": _by_real(np.greater),
    ">=": _by_real(np.greater_equal),
    "==": _by_real(np.equal),
    "!=": _by_real(np.not_equal),
}
