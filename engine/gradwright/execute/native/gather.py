"""The batch of each step, gathered from a whole data set by an order of its examples, and the step's rate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from llvmlite import ir

from gradwright.execute.batches import Batches

Array = Any
I64, POINTER, BYTE = ir.IntType(64), ir.PointerType(), ir.IntType(8)
HEAD = ("order", "batch", "whole", "rates", "rate", "jobs")
"""What a table of batches begins with: the places of the examples, how many a batch has and how many there
are, the rate of each step and where the optimizer reads it (0: it stays), the number of arrays."""
JOB = ("target", "source", "outer", "bytes")
"""For each array: where the batch lies, where all examples lie, how often the axis of the examples is gone
through, and how many bytes lie side by side for one example."""


@dataclass
class Table:
    """A table of batches as compiled code reads it; it holds the arrays that it points to.

    Args:
        numbers: The table.
        held: The arrays.
    """

    numbers: Array
    held: list[Array] = field(default_factory=list)

    @classmethod
    def of(
        cls, batches: Batches, whole: Mapping[str, Array], made: Mapping[str, Array], rate: Array | None
    ) -> Table:
        """The table of some batches.

        Args:
            batches: Which examples each step takes.
            whole: All examples, contiguous, of the kind that the program reads.
            made: Where the batches are to lie.
            rate: Where the optimizer reads its rate, a view of one number; None where all steps have one.
        """
        order = np.ascontiguousarray(batches.order, np.int64)
        held = [order]
        rates = 0, 0
        if rate is not None:
            held += [np.ascontiguousarray(batches.rates, rate.dtype), rate]
            rates = address(held[1]), address(rate)
        examples = {array.shape[batches.along[name]] for name, array in whole.items()}
        assert len(examples) == 1 and (not order.size or 0 <= order.min() <= order.max() < max(examples))
        numbers = [address(order), order.shape[1], *examples, *rates, len(whole)]
        for name, array in whole.items():
            axis = batches.along[name]
            near = int(np.prod(array.shape[axis + 1 :])) * array.itemsize
            numbers += [address(made[name]), address(array), int(np.prod(array.shape[:axis])), near]
        return cls(np.array(numbers, np.int64), [*held, *whole.values(), *made.values()])


def address(array: Array) -> int:
    """Where an array's first number lies."""
    return int(array.__array_interface__["data"][0])


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
