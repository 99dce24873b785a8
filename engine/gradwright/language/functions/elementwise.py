"""Functions that act on each entry, with broadcasting."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import sympy
from sympy import Expr, S

from gradwright.language.array import Array, Place, aligned
from gradwright.language.options import option
from gradwright.language.reader import Reader
from gradwright.language.scope import ReadError
from gradwright.language.table import Primitive
from gradwright.language.tree import Call, Name
from gradwright.tensor.nodes import Iverson, Where

_FACTORIAL_LIMIT = 200
_HALF = sympy.Rational(1, 2)


def _elementwise(join: Callable[..., Expr], keeps_zero: bool, call: Call, reader: Reader) -> Array:
    parts = [reader.array(argument) for argument in call.arguments]

    def placed(*entries: Expr) -> Expr:
        try:
            return join(*entries)
        except ReadError as error:
            raise ReadError(error.message, call.span, error.hint) from error

    return reader.elementwise(parts, placed, call, padded=keeps_zero and all(part.padded for part in parts))


def _function(
    name: str,
    join: Callable[..., Expr],
    *names: str,
    count: int = 1,
    zero: bool = False,
    most: int | None = None,
) -> Primitive:
    """A function of each entry; ``zero`` says that it maps 0 to 0."""
    return Primitive(name, partial(_elementwise, join, zero), (count, most or count), names=names)


def _greater(left: Expr, right: Expr) -> sympy.Basic:
    known = left.is_number and right.is_number
    return sympy.Gt(left, right) if known else sympy.Gt(left, right, evaluate=False)


def _step(x: Expr) -> Expr:
    return Iverson(_greater(x, S.Zero))


def _heaviside(x: Expr, middle: Expr = _HALF) -> Expr:
    equal = sympy.Eq(x, 0) if x.is_number else sympy.Eq(x, 0, evaluate=False)
    return _step(x) + middle * Iverson(equal)


def _largest(x: Expr, y: Expr) -> Expr:
    """Without SymPy's search for an order of the two, which costs milliseconds and finds none."""
    return x if x == y else sympy.Max(x, y, evaluate=x.is_number and y.is_number)


def _smallest(x: Expr, y: Expr) -> Expr:
    return x if x == y else sympy.Min(x, y, evaluate=x.is_number and y.is_number)


def _factorial(x: Expr) -> Expr:
    if x.is_number and not (x.is_Integer and 0 <= x <= _FACTORIAL_LIMIT):
        raise ReadError(f"factorial takes whole numbers from 0 to {_FACTORIAL_LIMIT}")
    return sympy.factorial(x)


def _log(x: Expr, base: Expr | None = None) -> Expr:
    if x == 0:
        raise ReadError("the logarithm of 0")
    return sympy.log(x) if base is None else sympy.log(x) / sympy.log(base)


def _build_where(call: Call, reader: Reader) -> Array:
    condition, yes, no = (reader.array(argument) for argument in call.arguments)
    shape = reader.broadcast(reader.broadcast(condition.shape, yes.shape, call), no.shape, call)
    relation = condition.condition
    test: Callable[[Place], sympy.Basic]
    if relation is not None:
        related = Array(condition.shape, relation)
        test = aligned(related, shape)
    else:
        mask = aligned(condition, shape)

        def test(place: Place) -> sympy.Basic:
            entry = mask(place)
            if isinstance(entry, Iverson):
                return entry.args[0]
            return sympy.Ne(entry, 0) if entry.is_number else sympy.Ne(entry, 0, evaluate=False)

    first, second = aligned(yes, shape), aligned(no, shape)
    padded = yes.padded and no.padded and yes.shape == shape == no.shape
    is_open = any(part.open for part in (condition, yes, no))
    return Array(shape, lambda place: Where(test(place), first(place), second(place)), padded, open=is_open)


def _build_clip(call: Call, reader: Reader) -> Array:
    array = reader.array(call.arguments[0])
    low, high = option(call, "a_min", 1), option(call, "a_max", 2)
    low, high = low or option(call, "min"), high or option(call, "max")
    if low is not None:
        array = reader.elementwise([array, reader.array(low)], _largest, call)
    if high is not None:
        array = reader.elementwise([array, reader.array(high)], _smallest, call)
    return array


def _build_astype(call: Call, reader: Reader) -> Array:
    array = reader.array(call.arguments[0])
    kind = call.arguments[1] if len(call.arguments) > 1 else None
    if kind is None or (isinstance(kind, Name) and kind.name.startswith(("float", "int", "bool"))):
        if kind is None or array.condition is not None or kind.name.startswith("float"):
            return array
        raise ReadError(
            f"astype({kind.name}) of a real value rounds it", call.span, "only astype(float) is read"
        )
    raise ReadError("astype takes float", call.span)


UNARY = (
    _function("exp", sympy.exp),
    _function("log", _log, "ln", most=2),
    _function("log2", lambda x: sympy.log(x) / sympy.log(2)),
    _function("log10", lambda x: sympy.log(x) / sympy.log(10)),
    _function("log1p", lambda x: sympy.log(1 + x), zero=True),
    _function("expm1", lambda x: sympy.exp(x) - 1, zero=True),
    _function("sqrt", sympy.sqrt, zero=True),
    _function("cbrt", sympy.cbrt, zero=True),
    _function("square", lambda x: x**2, zero=True),
    _function("reciprocal", lambda x: 1 / x),
    _function("negative", lambda x: -x, zero=True),
    _function("abs", sympy.Abs, "absolute", "fabs", zero=True),
    _function("sign", sympy.sign, "sgn", zero=True),
    _function("sin", sympy.sin, zero=True),
    _function("cos", sympy.cos),
    _function("tan", sympy.tan, zero=True),
    _function("sec", sympy.sec),
    _function("csc", sympy.csc, "cosec"),
    _function("cot", sympy.cot, "cotan"),
    _function("sinh", sympy.sinh, zero=True),
    _function("cosh", sympy.cosh),
    _function("tanh", sympy.tanh, zero=True),
    _function("sech", sympy.sech),
    _function("csch", sympy.csch),
    _function("coth", sympy.coth),
    _function("arcsin", sympy.asin, "asin", zero=True),
    _function("arccos", sympy.acos, "acos"),
    _function("arctan", sympy.atan, "atan", zero=True),
    _function("arcsinh", sympy.asinh, "asinh", zero=True),
    _function("arccosh", sympy.acosh, "acosh"),
    _function("arctanh", sympy.atanh, "atanh", zero=True),
    _function("erf", sympy.erf, zero=True),
    _function("erfc", sympy.erfc),
    _function("gamma", sympy.gamma, "Gamma"),
    _function("gammaln", sympy.loggamma, "lgamma", "loggamma"),
    _function("digamma", sympy.digamma, "psi"),
    _function("factorial", _factorial),
    _function("floor", sympy.floor, zero=True),
    _function("ceil", sympy.ceiling, "ceiling", zero=True),
    _function("step", _step, zero=True),
    _function("heaviside", _heaviside, most=2),
    _function("conjugate", lambda x: x, "conj", "real", "re", zero=True),
    _function("imag", lambda x: S.Zero, "im", zero=True),
)

BINARY = (
    _function("arctan2", sympy.atan2, "atan2", count=2),
    _function("maximum", _largest, "fmax", count=2, zero=True),
    _function("minimum", _smallest, "fmin", count=2, zero=True),
    _function("add", lambda x, y: x + y, count=2, zero=True),
    _function("subtract", lambda x, y: x - y, count=2, zero=True),
    _function("multiply", lambda x, y: x * y, count=2, zero=True),
    _function("divide", lambda x, y: x / y, "true_divide", count=2),
    _function("power", lambda x, y: x**y, "pow", count=2),
    _function("hypot", lambda x, y: sympy.sqrt(x**2 + y**2), count=2, zero=True),
    _function("mod", sympy.Mod, "remainder", count=2),
    _function("binomial", sympy.binomial, "comb", count=2),
)

CHOICE = (
    Primitive("where", _build_where, (3, 3)),
    Primitive("clip", _build_clip, (1, 3), ("a_min", "a_max", "min", "max")),
    Primitive("astype", _build_astype, (1, 2), ("dtype",)),
)
