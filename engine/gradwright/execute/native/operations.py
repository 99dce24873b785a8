"""Operations of the loop program as LLVM's instructions, on numbers and on vectors of them alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from llvmlite import ir

from gradwright.execute.native import lanes, vectormath

Value = Any
I32 = ir.IntType(32)


def constant(type_: ir.Type, value: float) -> ir.Constant:
    """A number on every lane of a type."""
    if isinstance(type_, ir.VectorType):
        return ir.Constant(type_, [value] * type_.count)
    return ir.Constant(type_, value)


def splat(builder: ir.IRBuilder, value: Value, count: int) -> Value:
    """A vector with the value on every lane."""
    if count == 1:
        return value
    type_ = ir.VectorType(value.type, count)
    first = builder.insert_element(ir.Constant(type_, ir.Undefined), value, I32(0))
    zeros = ir.Constant(ir.VectorType(I32, count), [0] * count)
    return builder.shuffle_vector(first, ir.Constant(type_, ir.Undefined), zeros)


def pack(builder: ir.IRBuilder, parts: Sequence[Value]) -> Value:
    """Numbers side by side as one vector; a single one stays itself."""
    if len(parts) == 1:
        return parts[0]
    made = ir.Constant(ir.VectorType(parts[0].type, len(parts)), ir.Undefined)
    for lane, part in enumerate(parts):
        made = builder.insert_element(made, part, I32(lane))
    return made


def widen(builder: ir.IRBuilder, value: Value, wide: int, filling: float) -> Value:
    """A vector of more lanes: the value's, then a number on the others."""
    if not isinstance(value.type, ir.VectorType):
        whole = constant(ir.VectorType(value.type, wide), filling)
        return builder.insert_element(whole, value, I32(0))
    count = value.type.count
    rest = constant(value.type, filling)
    picked = [*range(count), *([count] * (wide - count))]
    return builder.shuffle_vector(value, rest, ir.Constant(ir.VectorType(I32, wide), picked))


def across(builder: ir.IRBuilder, name: str, value: Value) -> Value:
    """The lanes of a vector joined to one number, half with half."""
    count = value.type.count
    while count > 1:
        half = count // 2
        assert 2 * half == count, count
        masks = [list(range(half)), list(range(half, count))]
        parts = [
            builder.shuffle_vector(value, value, ir.Constant(ir.VectorType(I32, half), mask))
            for mask in masks
        ]
        value, count = apply(builder, name, parts), half
    return builder.extract_element(value, I32(0))


def apply(builder: ir.IRBuilder, name: str, args: Sequence[Value]) -> Value:
    """The value of an operation on arguments of one type (``select`` and logic take truths)."""
    if name in COMPARISONS:
        unordered = name == "ne"
        compare = builder.fcmp_unordered if unordered else builder.fcmp_ordered
        return compare(COMPARISONS[name], *args)
    if name in ("add", "mul"):
        return _joined(builder, name, args)
    return SIMPLE[name](builder, *args) if name in SIMPLE else vectormath.libm(builder, name, *args)


def _joined(builder: ir.IRBuilder, name: str, args: Sequence[Value]) -> Value:
    """A sum or a product of several, pairwise, so that no chain is longer than it must be."""
    parts = list(args)
    join = builder.fadd if name == "add" else builder.fmul
    while len(parts) > 1:
        joined = [
            join(left, right, flags=["contract"])
            for left, right in zip(parts[::2], parts[1::2], strict=False)
        ]
        parts = [*joined, *([parts[-1]] if len(parts) % 2 else [])]
    return parts[0]


def _logic(name: str) -> Callable[..., Value]:
    def joined(builder: ir.IRBuilder, *args: Value) -> Value:
        value = args[0]
        for other in args[1:]:
            value = getattr(builder, name)(value, other)
        return value

    return joined


def _modulo(builder: ir.IRBuilder, value: Value, divisor: Value) -> Value:
    """The remainder with the divisor's sign."""
    quotient = vectormath.floor(builder, builder.fdiv(value, divisor))
    return builder.fsub(value, builder.fmul(quotient, divisor))


def _whole_div(builder: ir.IRBuilder, value: Value, divisor: ir.Constant) -> Value:
    """A small whole number, held as a number, divided and rounded down, clear of rounding by half a step."""
    first = divisor.constant[0] if isinstance(divisor.type, ir.VectorType) else divisor.constant
    middle = builder.fadd(value, constant(value.type, 0.5))
    return vectormath.floor(builder, builder.fmul(middle, constant(value.type, 1 / float(_number(first)))))


def _whole_mod(builder: ir.IRBuilder, value: Value, divisor: ir.Constant) -> Value:
    return builder.fsub(value, builder.fmul(_whole_div(builder, value, divisor), divisor))


def _number(value: Any) -> float:
    return value.constant if isinstance(value, ir.Constant) else value


COMPARISONS = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="}
SIMPLE: Mapping[str, Callable[..., Value]] = {
    "neg": lambda builder, x: builder.fneg(x),
    "div": lambda builder, x, y: builder.fdiv(x, y),
    "fma": lanes.fma,
    "select": lambda builder, truth, yes, no: builder.select(truth, yes, no),
    "and": _logic("and_"),
    "or": _logic("or_"),
    "not": lambda builder, x: builder.not_(x),
    "whole_div": _whole_div,
    "whole_mod": _whole_mod,
    "mod": _modulo,
    "max": vectormath.maximum,
    "min": vectormath.minimum,
    "exp": vectormath.exp,
    "log": vectormath.log,
    "tanh": vectormath.tanh,
    "sigmoid": vectormath.sigmoid,
    "softplus": vectormath.softplus,
    "erf": vectormath.erf,
    "log1p": vectormath.log1p,
    "expm1": vectormath.expm1,
    "sqrt": vectormath.sqrt,
    "abs": vectormath.absolute,
    "floor": vectormath.floor,
    "ceil": vectormath.ceil,
    "sign": vectormath.sign,
    "pow": vectormath.power,
}
