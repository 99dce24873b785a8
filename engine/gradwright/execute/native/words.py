"""Threefry's words as LLVM's integers, on one lane or on many, and what is drawn with them."""

from __future__ import annotations

from typing import Any

from llvmlite import ir

from gradwright.execute import draw
from gradwright.execute.native import lanes

Value = Any
I32 = ir.IntType(draw.BITS)


class Words:
    """Arithmetic of words.

    Args:
        builder: Where the code goes.
        kind: The type of a word, or of as many side by side as there are lanes.
    """

    def __init__(self, builder: ir.IRBuilder, kind: ir.Type) -> None:
        self.builder, self.kind = builder, kind

    def number(self, value: int) -> Value:
        """A known word on every lane."""
        return lanes.constant(self.kind, value)

    def add(self, one: Value, other: Value) -> Value:
        """The sum."""
        return self.builder.add(one, other)

    def xor(self, one: Value, other: Value) -> Value:
        """The bits in which the two differ."""
        return self.builder.xor(one, other)

    def rotated(self, word: Value, places: int) -> Value:
        """The word with its bits moved up; one instruction where the processor has it."""
        up = self.builder.shl(word, self.number(places))
        return self.builder.or_(up, self.builder.lshr(word, self.number(draw.BITS - places)))


def drawn(
    builder: ir.IRBuilder,
    key: tuple[Value, Value],
    counter: tuple[Value, Value],
    chance: float,
    number: ir.Type,
) -> Value:
    """1 with a probability, else 0, on every lane.

    Args:
        builder: Where the code goes.
        key: The generator's key, words of the type of the counter's.
        counter: Its counter.
        chance: The probability.
        number: The type of a number.
    """
    words = Words(builder, counter[0].type)
    word, _ = draw.threefry(words, key, counter)
    kind = lanes.like(word.type, number)
    truth = builder.icmp_unsigned("<=", word, words.number(draw.most(chance)))
    return builder.select(truth, lanes.constant(kind, 1.0), lanes.constant(kind, 0.0))
