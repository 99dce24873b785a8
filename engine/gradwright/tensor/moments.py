"""Expectation and variance of an index expression, as nodes that no other rule looks into."""

from __future__ import annotations

from sympy import Function


class Mean(Function):
    """The expectation of an expression in entries of random values: ``Mean(Entry("x", i)**2)``."""

    nargs = 1
    is_commutative = True
    is_real = True


class Variance(Function):
    """The variance of an expression in entries of random values."""

    nargs = 1
    is_commutative = True
    is_real = True
    is_nonnegative = True
