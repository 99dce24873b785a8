"""The names that SymPy's functions and relations have in a loop program."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy

from gradwright.execute.stable import Softplus

FUNCTIONS: Mapping[Any, str] = {
    sympy.exp: "exp",
    sympy.log: "log",
    sympy.sin: "sin",
    sympy.cos: "cos",
    sympy.tan: "tan",
    sympy.sinh: "sinh",
    sympy.cosh: "cosh",
    sympy.tanh: "tanh",
    sympy.asin: "asin",
    sympy.acos: "acos",
    sympy.atan: "atan",
    sympy.asinh: "asinh",
    sympy.acosh: "acosh",
    sympy.atanh: "atanh",
    sympy.atan2: "atan2",
    sympy.erf: "erf",
    sympy.erfc: "erfc",
    sympy.gamma: "tgamma",
    sympy.loggamma: "lgamma",
    sympy.Abs: "abs",
    sympy.sign: "sign",
    sympy.floor: "floor",
    sympy.ceiling: "ceil",
    Softplus: "softplus",
}
INVERSES: Mapping[Any, str] = {
    sympy.sec: "cos",
    sympy.csc: "sin",
    sympy.cot: "tan",
    sympy.sech: "cosh",
    sympy.csch: "sinh",
    sympy.coth: "tanh",
}
"""Functions that are 1 divided by another."""
RELATIONS: Mapping[Any, str] = {
    sympy.Gt: "gt",
    sympy.Ge: "ge",
    sympy.Lt: "lt",
    sympy.Le: "le",
    sympy.Eq: "eq",
    sympy.Ne: "ne",
}
