"""Scalar expressions evaluated in balls: every result carries a bound of its own error."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sympy
from flint import arb, fmpq
from sympy import Expr, Integer, Rational, Symbol
from sympy.core.basic import Basic
from sympy.core.relational import Relational
from sympy.logic.boolalg import BooleanFalse, BooleanTrue


class UndecidedError(Exception):
    """A ball is too wide to tell which branch is taken."""


class NoBallsError(Exception):
    """A function can't be evaluated in balls."""


def evaluate(expr: Expr, values: Mapping[Symbol, arb]) -> arb:
    """The value of a scalar expression, in the precision that is set.

    Args:
        expr: Numbers, symbols, elementary functions and conditions.
        values: What each symbol stands for.

    Raises:
        UndecidedError: A comparison of two balls that overlap.
        NoBallsError: A function that is not known here.
    """
    if isinstance(expr, Symbol):
        return values[expr]
    if isinstance(expr, Integer):
        return arb(int(expr))
    if isinstance(expr, Rational):
        return arb(fmpq(int(expr.p), int(expr.q)))
    rule = _RULES.get(expr.func)
    if rule is not None:
        return rule(expr, values)
    function = _FUNCTIONS.get(expr.func)
    if function is None:
        raise NoBallsError(f"{expr.func.__name__} can't be evaluated in balls")
    return function(*(evaluate(argument, values) for argument in expr.args))


def sign(ball: arb) -> int:
    """1, 0 or -1."""
    if ball > 0:
        return 1
    if ball < 0:
        return -1
    if ball.is_zero():
        return 0
    raise UndecidedError(str(ball))


def _add(expr: Expr, values: Mapping[Symbol, arb]) -> arb:
    total = arb(0)
    for term in expr.args:
        total += evaluate(term, values)
    return total


def _mul(expr: Expr, values: Mapping[Symbol, arb]) -> arb:
    product = arb(1)
    for factor in expr.args:
        product *= evaluate(factor, values)
    return product


def _pow(expr: Expr, values: Mapping[Symbol, arb]) -> arb:
    base, exponent = expr.args
    below = evaluate(base, values)
    if isinstance(exponent, Integer):
        return _whole_power(below, int(exponent))
    if exponent in (sympy.S.Half, -sympy.S.Half):
        root = below.sqrt()
        return root if exponent > 0 else 1 / root
    return below ** evaluate(exponent, values)


def _whole_power(base: arb, exponent: int) -> arb:
    """A power by squaring: ``arb``'s own takes a logarithm, which a ball around 0 has not."""
    if exponent < 0:
        return 1 / _whole_power(base, -exponent)
    result = arb(1)
    while exponent:
        result = result * base if exponent % 2 else result
        base, exponent = base * base, exponent // 2
    return result


def _piecewise(expr: Expr, values: Mapping[Symbol, arb]) -> arb:
    for value, condition in expr.args:
        if _holds(condition, values):
            return evaluate(value, values)
    raise UndecidedError("no condition holds")


def _holds(condition: Basic, values: Mapping[Symbol, arb]) -> bool:
    if isinstance(condition, BooleanTrue | BooleanFalse):
        return bool(condition)
    if isinstance(condition, Relational):
        left, right = (evaluate(side, values) for side in condition.args)
        return _RELATIONS[condition.rel_op](sign(left - right))
    parts = (_holds(part, values) for part in condition.args)
    return all(parts) if isinstance(condition, sympy.And) else any(parts)


_RELATIONS: Mapping[str, Callable[[int], bool]] = {
    ">": lambda s: s > 0,
    ">=": lambda s: s >= 0,
    "<": lambda s: s < 0,
    "<=": lambda s: s <= 0,
    "==": lambda s: s == 0,
    "!=": lambda s: s != 0,
}

_RULES: Mapping[Any, Callable[[Expr, Mapping[Symbol, arb]], arb]] = {
    sympy.Add: _add,
    sympy.Mul: _mul,
    sympy.Pow: _pow,
    sympy.Piecewise: _piecewise,
    type(sympy.pi): lambda _, __: arb.pi(),
    type(sympy.E): lambda _, __: arb.const_e(),
    type(sympy.S.NegativeInfinity): lambda _, __: arb.neg_inf(),
}

_FUNCTIONS: Mapping[Any, Callable[..., arb]] = {
    sympy.exp: arb.exp,
    sympy.log: arb.log,
    sympy.sin: arb.sin,
    sympy.cos: arb.cos,
    sympy.tan: arb.tan,
    sympy.cot: arb.cot,
    sympy.sinh: arb.sinh,
    sympy.cosh: arb.cosh,
    sympy.tanh: arb.tanh,
    sympy.coth: arb.coth,
    sympy.asin: arb.asin,
    sympy.acos: arb.acos,
    sympy.atan: arb.atan,
    sympy.asinh: arb.asinh,
    sympy.acosh: arb.acosh,
    sympy.atanh: arb.atanh,
    sympy.atan2: arb.atan2,
    sympy.erf: arb.erf,
    sympy.erfc: arb.erfc,
    sympy.gamma: arb.gamma,
    sympy.loggamma: arb.lgamma,
    sympy.digamma: arb.digamma,
    sympy.Abs: lambda x: x * sign(x),
    sympy.sign: lambda x: arb(sign(x)),
    sympy.floor: arb.floor,
    sympy.ceiling: arb.ceil,
    sympy.Mod: lambda x, y: x - y * (x / y).floor(),
    sympy.Heaviside: lambda x, half: (arb(0), half, arb(1))[sign(x) + 1],
}
