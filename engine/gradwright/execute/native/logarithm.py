"""The bodies of the logarithms."""

from __future__ import annotations

from math import inf, nan

from llvmlite import ir

from gradwright.execute.native.lanes import (
    bits,
    compare,
    constant,
    element,
    floating,
    fma,
    integers,
    itself_where_tiny,
    polynomial,
    select,
)
from gradwright.execute.native.precision import DOUBLE, PRECISIONS, SINGLE, precision


def log(b: ir.IRBuilder, x: ir.Value) -> ir.Value:
    """The logarithm; a subnormal argument is first made normal."""
    form = precision(x)
    scale, offset = form.digits + 2, 2.0**form.digits + form.bias
    subnormal = compare(b, "<", x, constant(x.type, form.least))
    normal = select(b, subnormal, b.fmul(x, constant(x.type, 2.0**scale)), x)
    field, _, m = _whole_part(b, normal)
    offsets = select(b, subnormal, constant(x.type, offset + scale), constant(x.type, offset))
    value = _log_of(b, b.fsub(m, constant(x.type, 1.0)), _number(b, field, x.type, offsets))
    return _at_the_ends(b, x, constant(x.type, 0.0), value)


def log1p(b: ir.IRBuilder, x: ir.Value) -> ir.Value:
    """What rounding took from ``1 + x``, over 2**k, is added to f.

    Half of it is multiplied by ``2**(1 - k)``, which is in range for every k.
    """
    form, kind = precision(x), integers(x.type)
    one = constant(x.type, 1.0)
    total = b.fadd(x, one)
    lost = b.fmul(b.fsub(x, b.fsub(total, one)), constant(x.type, 0.5))
    field, moved, m = _whole_part(b, total)
    k = _number(b, field, x.type, constant(x.type, 2.0**form.digits + form.bias))
    exponent = b.and_(moved, constant(kind, -1 << form.digits))
    inverse = b.sub(constant(kind, (2 * form.bias + 1) << form.digits), exponent)
    f = fma(b, lost, floating(b, inverse, x.type), b.fsub(m, one))
    value = _at_the_ends(b, x, constant(x.type, -1.0), _log_of(b, f, k))
    return itself_where_tiny(b, x, form.least, value)


def _log_of(b: ir.IRBuilder, f: ir.Value, k: ir.Value) -> ir.Value:
    """``k log(2) + log(1 + f)`` for ``1 + f`` from sqrt(1/2) to sqrt(2)."""
    square = b.fmul(f, f)
    half = constant(f.type, 0.5)
    if precision(f) is SINGLE:
        rest = b.fmul(b.fmul(square, f), polynomial(b, f, SINGLE.log))
        value = b.fadd(f, fma(b, square, constant(f.type, -0.5), rest))
    else:
        s = b.fdiv(f, b.fadd(f, constant(f.type, 2.0)))
        w = b.fmul(s, s)
        hill = b.fmul(square, half)
        rest = fma(b, w, polynomial(b, w, DOUBLE.log), hill)
        value = b.fadd(f, fma(b, s, rest, b.fneg(hill)))
    return fma(b, k, constant(f.type, precision(f).ln2[0]), value)


def _whole_part(b: ir.IRBuilder, x: ir.Value) -> tuple[ir.Value, ir.Value, ir.Value]:
    """A positive normal ``x`` as ``2**k m`` with m from sqrt(1/2) to sqrt(2).

    Returns:
        The exponent field of k, and its bits in place; and m.
    """
    form, kind = precision(x), integers(x.type)
    one = form.bias << form.digits
    moved = b.add(bits(b, x), constant(kind, one - form.root_half))
    field = b.lshr(moved, constant(kind, form.digits))
    fraction = b.and_(moved, constant(kind, (1 << form.digits) - 1))
    m = floating(b, b.add(fraction, constant(kind, form.root_half)), x.type)
    return field, moved, m


def _number(b: ir.IRBuilder, field: ir.Value, kind: ir.Type, offset: ir.Value) -> ir.Value:
    """An exponent field as a floating number less an offset that includes ``2**digits``."""
    form = PRECISIONS[str(element(kind))]
    stamp = (form.bias + form.digits) << form.digits
    return b.fsub(floating(b, b.or_(field, constant(integers(kind), stamp)), kind), offset)


def _at_the_ends(b: ir.IRBuilder, x: ir.Value, pole: ir.Value, value: ir.Value) -> ir.Value:
    """A logarithm's value with infinity at infinity, minus that at its pole, and NaN below."""
    value = select(b, compare(b, "<", x, constant(x.type, inf)), value, x)
    outside = select(b, compare(b, "==", x, pole), constant(x.type, -inf), constant(x.type, nan))
    return select(b, compare(b, ">", x, pole), value, outside)
