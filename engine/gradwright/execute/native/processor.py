"""What generated code asks of the processor itself."""

from __future__ import annotations

import contextlib
import platform
from collections.abc import Callable, Iterator
from typing import Any

from llvmlite import ir

I32, POINTER = ir.IntType(32), ir.PointerType()
ZERO_SMALL = 0x8040
"""The bits of the x86 control register by which numbers too small for full precision are 0."""


def small_numbers_as_zero(builder: ir.IRBuilder) -> contextlib.AbstractContextManager[None]:
    """Code in which subnormal numbers are 0: they are a hundred times slower and mean nothing to training."""
    return _controlled(builder, lambda held: builder.or_(held, I32(ZERO_SMALL)))


def small_numbers_kept(builder: ir.IRBuilder) -> contextlib.AbstractContextManager[None]:
    """Code that calls others' inside such code: for them subnormal numbers are what they are."""
    return _controlled(builder, lambda held: builder.and_(held, I32(~ZERO_SMALL & 0xFFFFFFFF)))


@contextlib.contextmanager
def _controlled(builder: ir.IRBuilder, change: Callable[[Any], Any]) -> Iterator[None]:
    """Code under another state of the register, which is set back after it."""
    if platform.machine().lower() not in ("x86_64", "amd64"):
        yield
        return
    module = builder.module
    type_ = ir.FunctionType(ir.VoidType(), [POINTER])
    save, load = (
        module.globals.get(name) or ir.Function(module, type_, name)
        for name in ("llvm.x86.sse.stmxcsr", "llvm.x86.sse.ldmxcsr")
    )
    with builder.goto_entry_block():
        held, own = builder.alloca(I32), builder.alloca(I32)
    builder.call(save, [held])
    builder.store(change(builder.load(held, typ=I32)), own)
    builder.call(load, [own])
    yield
    builder.call(load, [held])
