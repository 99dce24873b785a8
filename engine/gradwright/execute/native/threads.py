"""Where the threads that carry out one program meet when each has done its share of a kernel."""

from __future__ import annotations

import platform
import sys

from llvmlite import ir

I32, I64, POINTER = ir.IntType(32), ir.IntType(64), ir.PointerType()
GENERATION, SLEEPERS = 16, 32
"""How far the count of meetings and the mark of sleepers lie behind that of arrivals: on own lines."""
PATIENCE = 2000
"""So many looks are taken in vain before a thread sleeps."""
WAIT, WAKE = 128, 129


def barrier(module: ir.Module, shares: int) -> ir.Function:
    """The function ``barrier(sync)``: it returns when all threads have called it."""
    name = "gw.barrier"
    if name in module.globals:
        return module.globals[name]
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), [POINTER]), name)
    function.linkage = "internal"
    function.attributes.add("noinline")
    arrived = function.args[0]
    builder = ir.IRBuilder(function.append_basic_block("entry"))
    met = builder.gep(arrived, [I64(GENERATION)], source_etype=I64)
    before = builder.load_atomic(met, "acquire", 8, typ=I64)
    count = builder.atomic_rmw("add", arrived, I64(1), "acq_rel")
    last, wait = function.append_basic_block("last"), function.append_basic_block("wait")
    yielding, done = function.append_basic_block("yield"), function.append_basic_block("done")
    builder.cbranch(builder.icmp_signed("==", count, I64(shares - 1)), last, wait)
    builder.position_at_end(last)
    builder.atomic_rmw("xchg", arrived, I64(0), "monotonic")
    builder.atomic_rmw("xchg", met, builder.add(before, I64(1)), "release")
    _wake(builder, arrived, met)
    builder.ret_void()
    builder.position_at_end(wait)
    looks = builder.phi(I64)
    looks.add_incoming(I64(0), function.entry_basic_block)
    _pause(builder)
    now = builder.load_atomic(met, "acquire", 8, typ=I64)
    more = builder.add(looks, I64(1))
    looks.add_incoming(I64(0), yielding)
    still = function.append_basic_block("still")
    looks.add_incoming(more, still)
    builder.cbranch(builder.icmp_signed("==", now, before), still, done)
    builder.position_at_end(still)
    builder.cbranch(builder.icmp_signed("<", more, I64(PATIENCE)), wait, yielding)
    builder.position_at_end(yielding)
    _sleep(builder, arrived, met, before)
    builder.branch(wait)
    builder.position_at_end(done)
    builder.ret_void()
    return function


def _futex() -> int | None:
    """The number of Linux's call to sleep until a word changes; None elsewhere."""
    numbers = {"x86_64": 202, "aarch64": 98}
    return numbers.get(platform.machine()) if sys.platform == "linux" else None


def _sleep(builder: ir.IRBuilder, arrived: ir.Value, met: ir.Value, before: ir.Value) -> None:
    """Sleep until the next meeting, or let others run for a while."""
    number = _futex()
    if number is None:
        type_ = ir.FunctionType(I32, [])
        builder.call(
            builder.module.globals.get("sched_yield") or ir.Function(builder.module, type_, "sched_yield"), []
        )
        return
    builder.atomic_rmw("xchg", builder.gep(arrived, [I64(SLEEPERS)], source_etype=I64), I64(1), "seq_cst")
    _call(builder, number, met, WAIT, builder.trunc(before, I32))


def _wake(builder: ir.IRBuilder, arrived: ir.Value, met: ir.Value) -> None:
    """Wake those who sleep."""
    number = _futex()
    if number is None:
        return
    asleep = builder.atomic_rmw(
        "xchg", builder.gep(arrived, [I64(SLEEPERS)], source_etype=I64), I64(0), "seq_cst"
    )
    with builder.if_then(builder.icmp_signed("!=", asleep, I64(0))):
        _call(builder, number, met, WAKE, I32(2**31 - 1))


def _call(builder: ir.IRBuilder, number: int, met: ir.Value, kind: int, value: ir.Value) -> None:
    type_ = ir.FunctionType(I64, [I64], var_arg=True)
    function = builder.module.globals.get("syscall") or ir.Function(builder.module, type_, "syscall")
    builder.call(function, [I64(number), met, I32(kind), value, I64(0), I64(0), I64(0)])


def _pause(builder: ir.IRBuilder) -> None:
    """Tell the processor that this is a loop of waiting."""
    if platform.machine().lower() in ("x86_64", "amd64"):
        module, name = builder.module, "llvm.x86.sse2.pause"
        type_ = ir.FunctionType(ir.VoidType(), [])
        builder.call(module.globals.get(name) or ir.Function(module, type_, name), [])
