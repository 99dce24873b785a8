"""The bodies of exp and of the functions made from it."""

from __future__ import annotations

from math import inf

from llvmlite import ir

from gradwright.execute.native.lanes import (
    at_least,
    at_most,
    bits,
    compare,
    constant,
    floating,
    fma,
    integers,
    intrinsic,
    itself_where_tiny,
    polynomial,
    select,
    with_sign,
)
from gradwright.execute.native.precision import precision


def exp(b: ir.IRBuilder, x: ir.Value) -> ir.Value:
    """The exponential, with zero for what is not normal."""
    return _infinite_above(b, x, _zero_below(b, x, _bounded_exp(b, x)))


def expm1(b: ir.IRBuilder, x: ir.Value) -> ir.Value:
    """Twice ``2**(n - 1) p + 2**(n - 1) - 1/2``, as ``2**n`` itself may be out of range."""
    form = precision(x)
    n, p = _split(b, at_least(b, at_most(b, x, form.beyond), form.vanishing))
    half = constant(x.type, 0.5)
    scale = floating(b, b.add(bits(b, half), n), x.type)
    value = fma(b, scale, p, b.fsub(scale, half))
    return itself_where_tiny(b, x, form.least, b.fadd(value, value))


def tanh(b: ir.IRBuilder, x: ir.Value) -> ir.Value:
    """With t = expm1(-2 abs(x)), -t / (2 + t); n is at most 0, so that the power of two is in range."""
    twice = b.fmul(intrinsic(b, "fabs", x), constant(x.type, -2.0))
    n, p = _split(b, at_least(b, twice, precision(x).vanishing))
    one = constant(x.type, 1.0)
    scale = floating(b, b.add(bits(b, one), n), x.type)
    t = fma(b, scale, p, b.fsub(scale, one))
    return with_sign(b, b.fdiv(t, b.fadd(t, constant(x.type, 2.0))), x)


def sigmoid(b: ir.IRBuilder, x: ir.Value) -> ir.Value:
    """The inverse of ``1 + exp(-x)``, where the latter may be infinite."""
    one = constant(x.type, 1.0)
    negative = at_least(b, b.fneg(x), precision(x).vanishing)
    inverse = _infinite_above(b, negative, _bounded_exp(b, negative))
    return b.fdiv(one, b.fadd(one, inverse))


def softplus(b: ir.IRBuilder, x: ir.Value) -> ir.Value:
    """The greater of x and zero, and the logarithm of a sum from one to two as a polynomial."""
    negative = b.fneg(intrinsic(b, "fabs", x))
    z = _zero_below(b, negative, _bounded_exp(b, negative))
    rest = b.fmul(z, polynomial(b, b.fsub(z, constant(x.type, 0.5)), precision(x).log1p))
    return b.fadd(at_least(b, x, 0.0), rest)


def erf(b: ir.IRBuilder, x: ir.Value) -> ir.Value:
    """A polynomial up to one; beyond it, one less the exponential of a polynomial."""
    form = precision(x)
    size = intrinsic(b, "fabs", x)
    one = constant(x.type, 1.0)
    near = b.fmul(size, polynomial(b, b.fmul(x, x), form.erf))
    place = b.fsub(at_most(b, size, form.certain), constant(x.type, 2.0))
    far = b.fsub(one, _bounded_exp(b, polynomial(b, place, form.log_erfc)))
    return with_sign(b, select(b, compare(b, "<", size, one), near, far), x)


def _bounded_exp(b: ir.IRBuilder, x: ir.Value) -> ir.Value:
    """The exponential where it is normal; the power of two is added to the exponent of ``1 + p``."""
    n, p = _split(b, x)
    return floating(b, b.add(bits(b, b.fadd(p, constant(x.type, 1.0))), n), x.type)


def _split(b: ir.IRBuilder, x: ir.Value) -> tuple[ir.Value, ir.Value]:
    """``e**x`` as ``2**n (1 + p)``: n in the exponent's place of an integer, and p.

    The sum with the shifter leaves n in the low bits of a number; no conversion, which LLVM leaves
    undefined for NaN and large numbers, is needed.
    """
    form = precision(x)
    shifter = constant(x.type, form.shifter)
    shifted = fma(b, x, constant(x.type, 1.4426950408889634), shifter)
    n = b.fsub(shifted, shifter)
    high, low = form.ln2
    r = fma(b, n, constant(x.type, -high), x)
    r = fma(b, n, constant(x.type, -low), r)
    p = fma(b, b.fmul(r, r), polynomial(b, r, form.exp), r)
    place = constant(integers(x.type), form.digits)
    return b.shl(bits(b, shifted), place), p


def _zero_below(b: ir.IRBuilder, x: ir.Value, value: ir.Value) -> ir.Value:
    under = compare(b, "<", x, constant(x.type, precision(x).floor))
    return select(b, under, constant(x.type, 0.0), value)


def _infinite_above(b: ir.IRBuilder, x: ir.Value, value: ir.Value) -> ir.Value:
    over = compare(b, ">", x, constant(x.type, precision(x).ceiling))
    return select(b, over, constant(x.type, inf), value)
