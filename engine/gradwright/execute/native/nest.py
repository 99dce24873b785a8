"""The loops around the code that is written, and what is known at each depth of them.

Code that does not change in a loop is written before it: a frame for each depth remembers where its code
goes on and which values are there already.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from llvmlite import ir

from gradwright.execute.native import operations
from gradwright.execute.native.index import Var

I64, I32, POINTER = ir.IntType(64), ir.IntType(32), ir.PointerType()
Value = Any


@dataclass
class Frame:
    """Code at one depth of loops.

    Args:
        vars: The counters that are known here and not further out.
        block: Where the code of this depth goes on.
        conditional: Whether it is carried out under a condition.
        skips: Whether the condition only saves work: what does not change in the loop around it is written
            before that loop.
        memo: Values known here.
    """

    vars: set[Var]
    block: ir.Block
    conditional: bool = False
    skips: bool = False
    memo: dict[Any, Value] = field(default_factory=dict)


class Nest:
    """Writes code at any depth of the loops that are open.

    Args:
        function: The function to fill.
        counters: The counters of the repetitions around it.
    """

    def __init__(self, function: ir.Function, counters: Mapping[Var, Value]) -> None:
        self.function = function
        entry = function.append_basic_block("entry")
        start = function.append_basic_block("start")
        self.builder = ir.IRBuilder(entry)
        self._leap = self.builder.branch(start)
        self.builder.position_at_end(start)
        self.frames = [Frame(set(counters), start)]
        self.base: dict[Var, Value] = dict(counters)
        self._homes: dict[int, Frame] = {}

    @property
    def inner(self) -> Frame:
        """The frame of the innermost depth."""
        return self.frames[-1]

    @property
    def counter(self) -> Value:
        """The counter of the innermost loop."""
        return self.base[next(iter(self.inner.vars))]

    @contextlib.contextmanager
    def loop(
        self, var: Var, begin: Value, end: Value, base: Callable[[Value], Value] | None = None
    ) -> Iterator[Value]:
        """A loop from ``begin`` below ``end``, at least once; ``base(i)`` is the counter's value."""
        builder = self.builder
        self.resume()
        before = builder.block
        body = self.function.append_basic_block(f"loop.{var.name}")
        after = self.function.append_basic_block(f"end.{var.name}")
        builder.branch(body)
        self.inner.block = before
        builder.position_at_end(body)
        counter = builder.phi(I64)
        counter.add_incoming(begin, before)
        self.frames.append(Frame({var}, body))
        self.base[var] = base(counter) if base else counter
        yield counter
        self.resume()
        following = builder.add(counter, I64(1), flags=["nsw"])
        counter.add_incoming(following, builder.block)
        builder.cbranch(builder.icmp_signed("<", following, end), body, after)
        self.frames.pop()
        del self.base[var]
        self.inner.block = after
        builder.position_at_end(after)

    @contextlib.contextmanager
    def condition(self, truth: Value, skips: bool = False) -> Iterator[None]:
        """Code that is carried out where a truth, the same on all lanes, holds."""
        builder = self.builder
        self.resume()
        before = builder.block
        inner = self.function.append_basic_block("then")
        after = self.function.append_basic_block("fi")
        builder.cbranch(truth, inner, after)
        self.inner.block = before
        builder.position_at_end(inner)
        self.frames.append(Frame(set(), inner, True, skips))
        yield
        self.resume()
        builder.branch(after)
        self.frames.pop()
        self.inner.block = after
        builder.position_at_end(after)

    @contextlib.contextmanager
    def placed(self, var: Var, at: Value) -> Iterator[None]:
        """Code for one place of a counter, without a loop."""
        self.frames.append(Frame({var}, self.builder.block))
        self.base[var] = at
        yield
        self.frames.pop()
        self.inner.block = self.builder.block
        del self.base[var]

    def resume(self) -> None:
        """Go on where the innermost depth ends."""
        self.builder.position_at_end(self.inner.block)

    # what is moved outside

    def depth(self, vars_: frozenset[Var]) -> int:
        """The innermost frame that knows one of the counters."""
        return max((at for at, frame in enumerate(self.frames) if frame.vars & vars_), default=0)

    def outermost(self, vars_: frozenset[Var]) -> Frame:
        """The frame in which to write what depends on counters: what a condition guards stays under it."""
        found = self.depth(vars_)
        for at, frame in enumerate(self.frames):
            if frame.conditional and (not frame.skips or found == at - 1):
                found = max(found, at)
        return self.frames[found]

    def known(self, key: Any, frame: Frame, make: Callable[[], Value]) -> Value:
        """What a frame knows by a key; it is made there the first time."""
        if key not in frame.memo:
            with self.into(frame):
                frame.memo[key] = make()
        return frame.memo[key]

    @contextlib.contextmanager
    def into(self, frame: Frame) -> Iterator[None]:
        """Write into a frame: further out, before the loop that was opened in it."""
        held, frames = self.builder.block, self.frames
        self.frames = frames[: frames.index(frame) + 1]
        if frame is not frames[-1]:
            self._stand(frame.block)
        yield
        self.frames = frames
        if frame is not frames[-1]:
            self._stand(held)

    def _stand(self, block: ir.Block) -> None:
        """Go on in a block: at its end, or before the jump that ends it."""
        if block.is_terminated:
            self.builder.position_before(block.terminator)
        else:
            self.builder.position_at_end(block)

    def settle(self, value: Value, frame: Frame) -> None:
        """Remember in which frame a value was made."""
        self._homes[id(value)] = frame

    def spread(self, value: Value, lanes: int) -> Value:
        """The value on every lane, made where the value was."""
        if lanes == 1 or isinstance(value.type, ir.VectorType):
            return value
        if isinstance(value, ir.Constant):
            return ir.Constant(ir.VectorType(value.type, lanes), [value.constant] * lanes)
        frame = self._homes.get(id(value), self.inner)
        key = ("spread", id(value), lanes)
        return self.known(key, frame, lambda: operations.splat(self.builder, value, lanes))

    def cell(self, type_: ir.Type, start: Value) -> Value:
        """A variable; LLVM keeps it in a register."""
        builder, held = self.builder, self.builder.block
        builder.position_before(self._leap)
        made = builder.alloca(type_)
        self._stand(held)
        builder.store(start, made)
        return made
