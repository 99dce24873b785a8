"""What generated code asks of the processor itself."""

from __future__ import annotations

import contextlib
import platform
from collections.abc import Iterator

from llvmlite import ir

I32, POINTER = ir.IntType(32), ir.PointerType()
ZERO_SMALL = 0x8040
"""The bits of the x86 control register by which numbers too small for full precision are 0."""


@contextlib.contextmanager
def small_numbers_as_zero(builder: ir.IRBuilder) -> Iterator[None]:
    """Code in which subnormal numbers are 0: they are a hundred times slower and mean nothing to training."""
    if platform.machine().lower() not in ("x86_64", "amd64"):
        yield
        return
    module = builder.module
    type_ = ir.FunctionType(ir.VoidType(), [POINTER])
    save, load = (
        module.globals.get(name) or ir.Function(module, type_, name)
        for name in ("llvm.x86.sse.stmxcsr", "llvm.x86.sse.ldmxcsr")
    )
    held, own = builder.alloca(I32), builder.alloca(I32)
    builder.call(save, [held])
    builder.store(builder.or_(builder.load(held, typ=I32), I32(ZERO_SMALL)), own)
    builder.call(load, [own])
    yield
    builder.call(load, [held])
