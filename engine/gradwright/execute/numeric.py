"""The scalar functions of expressions and the opaque functions of matrices, in NumPy.

Complex numbers pass through: a comparison, a maximum and an absolute value go by the real parts, so that a
complex step along the imaginary axis gives the derivative.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import scipy.linalg
import scipy.special
import sympy

from gradwright.execute.stable import Softplus

Array = Any


def absolute(x: Array) -> Array:
    """``|x|``, by the sign of the real part."""
    return x * np.sign(np.real(x)) if np.iscomplexobj(x) else np.abs(x)


def maximum(*values: Array) -> Array:
    """The largest by real part; the first of equal ones."""
    best = values[0]
    for value in values[1:]:
        best = np.where((np.real(value) > np.real(best)) | np.isnan(value), value, best)
    return best


def minimum(*values: Array) -> Array:
    """The smallest by real part; the first of equal ones."""
    return -maximum(*(-value for value in values))


def arctan2(y: Array, x: Array) -> Array:
    """The angle; for complex arguments to first order in the imaginary parts."""
    if not (np.iscomplexobj(x) or np.iscomplexobj(y)):
        return np.arctan2(y, x)
    a, b = np.real(y), np.real(x)
    return np.arctan2(a, b) + 1j * (b * np.imag(y) - a * np.imag(x)) / (a * a + b * b)


def softplus(x: Array) -> Array:
    """``log(1 + exp(x))`` without overflow."""
    return maximum(x, 0 * x) + np.log1p(np.exp(-absolute(x)))


FUNCTIONS: Mapping[Any, Callable[..., Array]] = {
    sympy.exp: np.exp,
    sympy.log: np.log,
    sympy.sin: np.sin,
    sympy.cos: np.cos,
    sympy.tan: np.tan,
    sympy.sinh: np.sinh,
    sympy.cosh: np.cosh,
    sympy.tanh: np.tanh,
    sympy.asin: np.arcsin,
    sympy.acos: np.arccos,
    sympy.atan: np.arctan,
    sympy.asinh: np.arcsinh,
    sympy.acosh: np.arccosh,
    sympy.atanh: np.arctanh,
    sympy.atan2: arctan2,
    sympy.sec: lambda x: 1 / np.cos(x),
    sympy.csc: lambda x: 1 / np.sin(x),
    sympy.cot: lambda x: 1 / np.tan(x),
    sympy.sech: lambda x: 1 / np.cosh(x),
    sympy.csch: lambda x: 1 / np.sinh(x),
    sympy.coth: lambda x: 1 / np.tanh(x),
    sympy.erf: scipy.special.erf,
    sympy.erfc: scipy.special.erfc,
    sympy.gamma: scipy.special.gamma,
    sympy.loggamma: scipy.special.loggamma,
    sympy.polygamma: lambda order, x: scipy.special.digamma(x),  # only order 0 is ever derived
    sympy.Abs: absolute,
    sympy.sign: lambda x: np.sign(np.real(x)),
    sympy.floor: lambda x: np.floor(np.real(x)),
    sympy.ceiling: lambda x: np.ceil(np.real(x)),
    sympy.Heaviside: lambda x, half=0.5: np.heaviside(np.real(x), half),
    sympy.Mod: lambda x, y: np.mod(np.real(x), np.real(y)),
    sympy.Max: maximum,
    sympy.Min: minimum,
    Softplus: softplus,
}

COMPARISONS: Mapping[Any, Callable[[Array, Array], Array]] = {
    sympy.Gt: np.greater,
    sympy.Ge: np.greater_equal,
    sympy.Lt: np.less,
    sympy.Le: np.less_equal,
    sympy.Eq: np.equal,
    sympy.Ne: np.not_equal,
}


def _logdet(a: Array) -> Array:
    """The logarithm of the determinant's absolute value, to first order in imaginary parts."""
    sign, logarithm = np.linalg.slogdet(a)
    return logarithm + 1j * np.imag(sign) / np.real(sign) if np.iscomplexobj(a) else logarithm


def _pinv(a: Array) -> Array:
    """The pseudo-inverse of a matrix of full rank, analytic in its entries."""
    if not np.iscomplexobj(a):
        return np.linalg.pinv(a)
    if a.shape[0] >= a.shape[1]:
        return np.linalg.solve(a.T @ a, a.T)
    return np.linalg.solve(a @ a.T, a).T


OPAQUE: Mapping[str, Callable[..., Array]] = {
    "inv": np.linalg.inv,
    "det": np.linalg.det,
    "logdet": _logdet,
    "pinv": _pinv,
    "solve": np.linalg.solve,
    "expm": scipy.linalg.expm,
}
