"""Numbers of buffers read and written by LLVM's instructions, one or some side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from llvmlite import ir

from gradwright.execute.native.buffer import Buffer
from gradwright.execute.native.nest import I32, I64, POINTER
from gradwright.execute.native.statement import Store

Value = Any


@dataclass(frozen=True)
class Access:
    """Reads and writes at places counted from a buffer's first number.

    Args:
        builder: Where the code goes.
        pointers: The buffers' first numbers.
        buffers: All buffers.
        number: LLVM's type of a number.
    """

    builder: ir.IRBuilder
    pointers: Mapping[str, Value]
    buffers: Mapping[str, Buffer]
    number: ir.Type

    def kind(self, buffer: str) -> ir.Type:
        """LLVM's type of a buffer's entries."""
        kind = self.buffers[buffer].kind
        return self.number if kind == "number" else I32 if kind == "int32" else I64

    def read(self, buffer: str, at: Value, lanes: int) -> Value:
        """Entries side by side."""
        kind = self.kind(buffer)
        pointer = self.builder.gep(self.pointers[buffer], [at], source_etype=kind)
        return self.builder.load(pointer, typ=several(kind, lanes), align=_bytes(kind))

    def masked(self, buffer: str, at: Value, truth: Value) -> Value:
        """Entries side by side, only those read whose truth holds; 0 for the others."""
        kind, lanes, module = self.kind(buffer), truth.type.count, self.builder.module
        type_ = several(kind, lanes)
        pointer = self.builder.gep(self.pointers[buffer], [at], source_etype=kind)
        letter = (
            f"i{kind.width}" if isinstance(kind, ir.IntType) else "f32" if kind == ir.FloatType() else "f64"
        )
        name = f"llvm.masked.load.v{lanes}{letter}.p0"
        signature = ir.FunctionType(type_, [POINTER, I32, truth.type, type_])
        function = module.globals.get(name) or ir.Function(module, signature, name)
        return self.builder.call(function, [pointer, I32(_bytes(kind)), truth, ir.Constant(type_, None)])

    def as_number(self, value: Value) -> Value:
        """Whole numbers as numbers; numbers as they are."""
        inner = value.type.element if isinstance(value.type, ir.VectorType) else value.type
        if inner in (I32, I64):
            return self.builder.sitofp(value, several(self.number, lanes_of(value)))
        return value

    def write(self, store: Store, at: Value, value: Value) -> None:
        """Write a value, or as many side by side as it has lanes; or add them."""
        builder, kind = self.builder, self.kind(store.buffer)
        pointer = builder.gep(self.pointers[store.buffer], [at], source_etype=kind)
        width = 8 if isinstance(kind, ir.DoubleType) else 4
        if kind is I32:
            value = builder.fptosi(value, several(I32, lanes_of(value)))
        elif store.add:
            value = builder.fadd(builder.load(pointer, typ=value.type, align=width), value)
        builder.store(value, pointer, align=width)


def several(kind: ir.Type, lanes: int) -> ir.Type:
    """The type of some numbers side by side."""
    return ir.VectorType(kind, lanes) if lanes > 1 else kind


def lanes_of(value: Value) -> int:
    """How many numbers a value is."""
    return value.type.count if isinstance(value.type, ir.VectorType) else 1


def _bytes(kind: ir.Type) -> int:
    return 8 if isinstance(kind, ir.DoubleType) or kind is I64 else 4
