"""The batch of each step, gathered from a whole data set by an order of its examples, and the step's rate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from llvmlite import ir

from gradwright.execute.native.table import HEAD, JOB

I64, POINTER, BYTE = ir.IntType(64), ir.PointerType(), ir.IntType(8)


def write(module: ir.Module, number: ir.Type, shares: int) -> ir.Function:
    """The function ``gather(table, step, share)``; a thread gathers its share of the examples.

    Args:
        module: Where it goes.
        number: The type of a number.
        shares: How many threads there are.
    """
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), [POINTER, I64, I64]), "gather")
    table, step, share = function.args
    builder = ir.IRBuilder(function.append_basic_block("entry"))
    head = _entries(builder, table, I64(0), HEAD)
    with builder.if_then(_both(builder, head["rates"], share)):
        rates = builder.inttoptr(head["rates"], POINTER)
        rate = builder.load(builder.gep(rates, [step], source_etype=number), typ=number, align=4)
        builder.store(rate, builder.inttoptr(head["rate"], POINTER), align=4)
    batch = head["batch"]
    first = builder.udiv(builder.mul(share, batch), I64(shares))
    last = builder.udiv(builder.mul(builder.add(share, I64(1)), batch), I64(shares))
    order = builder.inttoptr(head["order"], POINTER)
    with _loop(builder, I64(0), head["jobs"]) as job:
        begin = builder.add(builder.mul(job, I64(len(JOB))), I64(len(HEAD)))
        found = _entries(builder, table, begin, JOB)
        with _loop(builder, first, last) as place:
            at = builder.add(builder.mul(step, batch), place)
            example = builder.load(builder.gep(order, [at], source_etype=I64), typ=I64, align=8)
            with _loop(builder, I64(0), found["outer"]) as outer:
                ends = []
                for end, count, one in (("target", batch, place), ("source", head["whole"], example)):
                    row = builder.add(builder.mul(outer, count), one)
                    base = builder.inttoptr(found[end], POINTER)
                    distance = builder.mul(row, found["bytes"])
                    ends.append(builder.gep(base, [distance], source_etype=BYTE))
                builder.call(_copy(module), [*ends, found["bytes"], ir.IntType(1)(0)])
    builder.ret_void()
    return function


def _entries(builder: ir.IRBuilder, table: Any, begin: Any, names: Sequence[str]) -> dict[str, Any]:
    """The numbers of a table from a place on, by name."""
    found = {}
    for number, name in enumerate(names):
        place = builder.gep(table, [builder.add(begin, I64(number))], source_etype=I64)
        found[name] = builder.load(place, typ=I64, align=8)
    return found


def _both(builder: ir.IRBuilder, rates: Any, share: Any) -> Any:
    """Whether there are rates and this is the first thread."""
    some = builder.icmp_signed("!=", rates, I64(0))
    return builder.and_(some, builder.icmp_signed("==", share, I64(0)))


def _copy(module: ir.Module) -> Any:
    name = "llvm.memcpy.p0.p0.i64"
    type_ = ir.FunctionType(ir.VoidType(), [POINTER, POINTER, I64, ir.IntType(1)])
    return module.globals.get(name) or ir.Function(module, type_, name)


@contextmanager
def _loop(builder: ir.IRBuilder, first: Any, last: Any) -> Iterator[Any]:
    """Code for each whole number from ``first`` to before ``last``."""
    before, function = builder.block, builder.function
    head, body, after = (function.append_basic_block(name) for name in ("head", "body", "after"))
    builder.branch(head)
    builder.position_at_end(head)
    number = builder.phi(I64)
    number.add_incoming(first, before)
    builder.cbranch(builder.icmp_signed("<", number, last), body, after)
    builder.position_at_end(body)
    yield number
    number.add_incoming(builder.add(number, I64(1)), builder.block)
    builder.branch(head)
    builder.position_at_end(after)
