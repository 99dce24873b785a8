"""The small words of LLVM code that hold for one floating number and for a vector of them alike.

A value's type is ``float``, ``double``, or a vector of either; every function here takes its lanes from
the type of what it is given, so that one text emits the scalar and the vector instruction.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir

Body = Callable[..., ir.Value]

SIZES = {"float": 32, "double": 64}


def element(kind: ir.Type) -> ir.Type:
    """The type of one lane."""
    return kind.element if isinstance(kind, ir.VectorType) else kind


def width(kind: ir.Type) -> int:
    """The number of lanes; one for a scalar."""
    return int(kind.count) if isinstance(kind, ir.VectorType) else 1


def like(kind: ir.Type, lane: ir.Type) -> ir.Type:
    """The type with the lanes of ``kind``, each a ``lane``."""
    return ir.VectorType(lane, kind.count) if isinstance(kind, ir.VectorType) else lane


def suffix(kind: ir.Type) -> str:
    """The type as LLVM writes it in the name of an intrinsic, such as ``v8f32`` or ``f64``."""
    lane = f"f{SIZES[str(element(kind))]}"
    return f"v{kind.count}{lane}" if isinstance(kind, ir.VectorType) else lane


def constant(kind: ir.Type, value: float) -> ir.Constant:
    """The number in every lane; a whole number of an integer type is taken modulo its size."""
    lane = element(kind)
    if isinstance(lane, ir.IntType):
        half = 1 << (lane.width - 1)
        value = (int(value) + half) % (2 * half) - half
    return ir.Constant(kind, value)


def integers(kind: ir.Type) -> ir.Type:
    """The integer type with the lanes and the bits of a floating one."""
    return like(kind, ir.IntType(SIZES[str(element(kind))]))


def bits(builder: ir.IRBuilder, x: ir.Value) -> ir.Value:
    """The bits of a floating value as integers."""
    return builder.bitcast(x, integers(x.type))


def floating(builder: ir.IRBuilder, n: ir.Value, kind: ir.Type) -> ir.Value:
    """The floating value of type ``kind`` that has these bits."""
    return builder.bitcast(n, kind)


def intrinsic(builder: ir.IRBuilder, name: str, *args: ir.Value) -> ir.Value:
    """A call of LLVM's intrinsic ``llvm.name`` for arguments of one type."""
    kind = args[0].type
    return builder.call(external(builder.module, f"llvm.{name}.{suffix(kind)}", kind, len(args)), args)


def external(module: ir.Module, name: str, kind: ir.Type, count: int) -> ir.Function:
    """The declaration of a function of ``count`` values of a type to one such, made at most once."""
    if name not in module.globals:
        function = ir.Function(module, ir.FunctionType(kind, [kind] * count), name)
        if not name.startswith("llvm."):
            function.attributes.add("nounwind")
            function.attributes.add("readnone")
    return module.globals[name]


def fma(builder: ir.IRBuilder, a: ir.Value, b: ir.Value, c: ir.Value) -> ir.Value:
    """The value ``a * b + c``, rounded once."""
    return intrinsic(builder, "fma", a, b, c)


def compare(
    builder: ir.IRBuilder, operator: str, x: ir.Value, y: ir.Value, *, unordered: bool = False
) -> ir.Value:
    """A comparison in every lane; one with NaN is false, or true where ``unordered``."""
    emit = builder.fcmp_unordered if unordered else builder.fcmp_ordered
    return emit(operator, x, y)


def select(builder: ir.IRBuilder, condition: ir.Value, x: ir.Value, y: ir.Value) -> ir.Value:
    """In every lane ``x`` where the condition holds, else ``y``; both are computed."""
    return builder.select(condition, x, y)


def polynomial(builder: ir.IRBuilder, x: ir.Value, coefficients: tuple[float, ...]) -> ir.Value:
    """The value ``c0 + c1 x + ...``: from six coefficients on, even and odd powers side by side.

    The two halves in the square have half the latency of Horner's one chain, for one product more.
    """
    if len(coefficients) < 6:
        return horner(builder, x, coefficients)
    square = builder.fmul(x, x)
    even = horner(builder, square, coefficients[::2])
    odd = horner(builder, square, coefficients[1::2])
    return fma(builder, odd, x, even)


def horner(builder: ir.IRBuilder, x: ir.Value, coefficients: tuple[float, ...]) -> ir.Value:
    """The value ``c0 + x (c1 + x (c2 + ...))``."""
    value: ir.Value = constant(x.type, coefficients[-1])
    for coefficient in reversed(coefficients[:-1]):
        value = fma(builder, value, x, constant(x.type, coefficient))
    return value


def defined(builder: ir.IRBuilder, name: str, body: Body, *args: ir.Value, inline: bool = True) -> ir.Value:
    """A call of an internal function that the module gets once for a name and a type.

    Args:
        builder: Where the call is emitted.
        name: The function's name, to which the type is added: ``gw.exp.v8f32``.
        body: Emits the result, given a builder and the function's parameters.
        args: Values of one type, that of the result.
        inline: Whether LLVM must put the body where it is called.
    """
    module, kind = builder.module, args[0].type
    full = f"gw.{name}.{suffix(kind)}"
    if full not in module.globals:
        function = ir.Function(module, ir.FunctionType(kind, [kind] * len(args)), full)
        function.linkage = "internal"
        function.attributes.add("nounwind")
        if inline:
            function.attributes.add("alwaysinline")
        inner = ir.IRBuilder(function.append_basic_block("entry"))
        inner.ret(body(inner, *function.args))
    return builder.call(module.globals[full], args)


def each(builder: ir.IRBuilder, function: ir.Function, *args: Any) -> ir.Value:
    """A scalar function called for every lane in turn."""
    kind = args[0].type
    if not isinstance(kind, ir.VectorType):
        return builder.call(function, args)
    result: ir.Value = ir.Constant(kind, ir.Undefined)
    for lane in range(kind.count):
        place = ir.Constant(ir.IntType(32), lane)
        scalars = [builder.extract_element(argument, place) for argument in args]
        result = builder.insert_element(result, builder.call(function, scalars), place)
    return result


def at_most(builder: ir.IRBuilder, x: ir.Value, bound: float) -> ir.Value:
    """The less of a value and a bound; NaN stays, as a comparison with it is false."""
    top = constant(x.type, bound)
    return select(builder, compare(builder, "<", top, x), top, x)


def at_least(builder: ir.IRBuilder, x: ir.Value, bound: float) -> ir.Value:
    """The greater of a value and a bound; NaN stays."""
    bottom = constant(x.type, bound)
    return select(builder, compare(builder, ">", bottom, x), bottom, x)


def with_sign(builder: ir.IRBuilder, magnitude: ir.Value, x: ir.Value) -> ir.Value:
    """A magnitude with the sign of ``x``."""
    return intrinsic(builder, "copysign", magnitude, x)


def itself_where_tiny(builder: ir.IRBuilder, x: ir.Value, least: float, value: ir.Value) -> ir.Value:
    """A value that is ``x`` in the small, without loss among the subnormal and with zero's sign."""
    tiny = compare(builder, "<", intrinsic(builder, "fabs", x), constant(x.type, 4 * least))
    return select(builder, tiny, x, value)
