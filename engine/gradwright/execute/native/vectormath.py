"""Elementwise functions as LLVM code without branches, for one floating number or a vector of them.

Each function takes a builder and values of one type (``float``, ``double`` or a vector of these), and
emits the call of an internal function that the builder's module gets once per name and type and that
LLVM inlines, so that a loop's text stays small. NaN stays NaN; infinities, zeros of both signs and
arguments of any size are as in the C library, but a result of exp, sigmoid or softplus under the least
normal number may be zero.

Source: the range reductions of W. J. Cody and W. Waite, Software Manual for the Elementary Functions
(1980), with the fused multiply-add; for log and log1p the form of K. C. Ng in fdlibm; the polynomials
are this project's own (see ``precision``).
"""

from __future__ import annotations

from math import inf

from llvmlite import ir

from gradwright.execute.native import exponential, logarithm
from gradwright.execute.native.lanes import (
    compare,
    constant,
    defined,
    each,
    element,
    external,
    intrinsic,
    select,
)


def exp(builder: ir.IRBuilder, x: ir.Value) -> ir.Value:
    """The exponential; zero where it is less than the least normal number."""
    return defined(builder, "exp", exponential.exp, x)


def expm1(builder: ir.IRBuilder, x: ir.Value) -> ir.Value:
    """The exponential less one, exact in the small."""
    return defined(builder, "expm1", exponential.expm1, x)


def log(builder: ir.IRBuilder, x: ir.Value) -> ir.Value:
    """The natural logarithm: minus infinity at zero, NaN below."""
    return defined(builder, "log", logarithm.log, x)


def log1p(builder: ir.IRBuilder, x: ir.Value) -> ir.Value:
    """The logarithm of ``1 + x``, exact in the small."""
    return defined(builder, "log1p", logarithm.log1p, x)


def tanh(builder: ir.IRBuilder, x: ir.Value) -> ir.Value:
    """The hyperbolic tangent, never beyond one."""
    return defined(builder, "tanh", exponential.tanh, x)


def sigmoid(builder: ir.IRBuilder, x: ir.Value) -> ir.Value:
    """The logistic function ``1 / (1 + exp(-x))``."""
    return defined(builder, "sigmoid", exponential.sigmoid, x)


def softplus(builder: ir.IRBuilder, x: ir.Value) -> ir.Value:
    """The value ``log(1 + exp(x))``, as ``max(x, 0) + log1p(exp(-|x|))``."""
    return defined(builder, "softplus", exponential.softplus, x)


def erf(builder: ir.IRBuilder, x: ir.Value) -> ir.Value:
    """The error function, never beyond one."""
    return defined(builder, "erf", exponential.erf, x)


def sqrt(builder: ir.IRBuilder, x: ir.Value) -> ir.Value:
    """The square root, rounded correctly; NaN below zero."""
    return intrinsic(builder, "sqrt", x)


def absolute(builder: ir.IRBuilder, x: ir.Value) -> ir.Value:
    """The absolute value."""
    return intrinsic(builder, "fabs", x)


def floor(builder: ir.IRBuilder, x: ir.Value) -> ir.Value:
    """The greatest whole number not above."""
    return intrinsic(builder, "floor", x)


def ceil(builder: ir.IRBuilder, x: ir.Value) -> ir.Value:
    """The least whole number not below."""
    return intrinsic(builder, "ceil", x)


def maximum(builder: ir.IRBuilder, x: ir.Value, y: ir.Value) -> ir.Value:
    """The greater of two; NaN if either is."""
    greater = select(builder, compare(builder, ">", x, y), x, y)
    return select(builder, compare(builder, "uno", x, x), x, greater)


def minimum(builder: ir.IRBuilder, x: ir.Value, y: ir.Value) -> ir.Value:
    """The less of two; NaN if either is."""
    less = select(builder, compare(builder, "<", x, y), x, y)
    return select(builder, compare(builder, "uno", x, x), x, less)


def sign(builder: ir.IRBuilder, x: ir.Value) -> ir.Value:
    """One with the sign of ``x``; zeros and NaN stay as they are."""
    zero = constant(x.type, 0.0)
    below = select(builder, compare(builder, "<", x, zero), constant(x.type, -1.0), x)
    return select(builder, compare(builder, ">", x, zero), constant(x.type, 1.0), below)


def power(builder: ir.IRBuilder, x: ir.Value, y: ir.Value) -> ir.Value:
    """The power ``x**y`` as C's pow; a constant exponent of -1, 1/2, 0, 1, 2 or 3 is arithmetic."""
    exponent = _known(y)
    one = constant(x.type, 1.0)
    match exponent:
        case 0.0:
            return one
        case 1.0:
            return x
        case 2.0:
            return builder.fmul(x, x)
        case 3.0:
            return builder.fmul(builder.fmul(x, x), x)
        case -1.0:
            return builder.fdiv(one, x)
        case 0.5:
            # pow takes -0 to 0 and minus infinity to infinity, where sqrt keeps -0 and gives NaN.
            root = sqrt(builder, builder.fadd(x, constant(x.type, 0.0)))
            lowest = compare(builder, "==", x, constant(x.type, -inf))
            return select(builder, lowest, constant(x.type, inf), root)
        case _:
            return libm(builder, "pow", x, y)


def libm(builder: ir.IRBuilder, name: str, *args: ir.Value) -> ir.Value:
    """The C library's function, called for every lane in turn.

    Args:
        builder: Where the call is emitted.
        name: The function's name for ``double``, such as ``sin``; ``float`` takes that with an ``f``.
        args: The arguments, of one type.
    """
    lane = element(args[0].type)
    symbol = f"{name}f" if str(lane) == "float" else name
    scalar = external(builder.module, symbol, lane, len(args))

    def body(inner: ir.IRBuilder, *values: ir.Value) -> ir.Value:
        return each(inner, scalar, *values)

    return defined(builder, name, body, *args, inline=False)


def _known(y: ir.Value) -> float | None:
    """The number that stands in every lane of a constant."""
    if not isinstance(y, ir.Constant):
        return None
    if not isinstance(y.type, ir.VectorType):
        return float(y.constant)
    numbers = {float(lane.constant) for lane in y.constant}
    return numbers.pop() if len(numbers) == 1 else None
