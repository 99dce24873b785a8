"""Sequences made a symbol at a time from the distribution of the next one: greedy, by beam search, drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = Any
Ask = Callable[[Array, Array], Array]
"""For rows (which example each is about) and as many prefixes (rows, symbols) the logarithms of the
probabilities of each next symbol (rows, vocabulary)."""
EXPONENT, OFFSET = 0.6, 5
"""Of the length by which a sequence's logarithm is divided."""


@dataclass(frozen=True)
class Made:
    """A sequence that was made.

    Args:
        symbols: Its symbols, the end among them if it came to it.
        log: The logarithm of the probability of all of them.
    """

    symbols: tuple[int, ...]
    log: float

    @property
    def merit(self) -> float:
        """The logarithm by a power of the length: without it, short sequences would win by being short."""
        return self.log / float(penalty(np.array(len(self.symbols))))


def penalty(length: Array) -> Array:
    """What the logarithm of a sequence of some length is divided by; 1 for one symbol."""
    return ((OFFSET + length) / (OFFSET + 1)) ** EXPONENT


def draw(
    ask: Ask,
    begin: Array,
    most: int,
    end: int | None = None,
    temperature: float = 0.0,
    rng: np.random.Generator | None = None,
) -> list[Made]:
    """One sequence for each example, its symbols drawn one after the other.

    Args:
        ask: Tells the next symbol's distribution.
        begin: The symbols that each example starts with (examples, symbols).
        most: How many symbols are made at most.
        end: The symbol that ends a sequence; None where nothing does.
        temperature: The logarithms are divided by it before drawing; 0 takes the most probable symbol
            (greedy decoding).
        rng: What is drawn with; needed for a temperature above 0.
    """
    count = len(begin)
    rows, prefix = np.arange(count), np.asarray(begin)
    log, length, done = np.zeros(count), np.zeros(count, int), np.zeros(count, bool)
    for _ in range(most):
        logs = ask(rows, prefix)
        if temperature > 0:
            assert rng is not None, "drawing needs a generator"
            noise = rng.gumbel(size=logs.shape)  # the largest of logarithms with this noise is a draw
            symbol = np.argmax(logs / temperature + noise, axis=1)
        else:
            symbol = np.argmax(logs, axis=1)
        if end is not None:
            symbol = np.where(done, end, symbol)
        log += np.where(done, 0.0, logs[rows, symbol])
        length += ~done
        prefix = np.concatenate([prefix, symbol[:, None]], axis=1)
        done |= symbol == end
        if done.all():
            break
    first = np.shape(begin)[1]
    return [Made(tuple(map(int, prefix[one, first : first + length[one]])), float(log[one])) for one in rows]


def beam(ask: Ask, begin: Array, most: int, end: int, width: int) -> list[Made]:
    """For each example the best sequence that beam search finds, or the greedy one if that is better.

    Sequences are compared by their merit. A beam may lose the greedy sequence on
    the way; it is therefore looked at again at the end.

    Args:
        ask: Tells the next symbol's distribution.
        begin: The symbols that each example starts with (examples, symbols).
        most: How many symbols are made at most.
        end: The symbol that ends a sequence.
        width: How many sequences are kept.

    Source: Wu et al., Google's Neural Machine Translation System, 2016, section 7.
    """
    direct = draw(ask, begin, most, end)
    if width == 1:
        return direct
    found = _search(ask, np.asarray(begin), most, end, width)
    return [max(pair, key=lambda made: made.merit) for pair in zip(found, direct, strict=True)]


def _search(ask: Ask, begin: Array, most: int, end: int, width: int) -> list[Made]:
    count, first = begin.shape
    rows = np.repeat(np.arange(count), width)
    prefix = np.repeat(begin[:, None], width, axis=1)
    log = np.full((count, width), -np.inf)
    log[:, 0] = 0.0
    length, done = np.zeros((count, width), int), np.zeros((count, width), bool)
    for _ in range(most):
        logs = ask(rows, prefix.reshape(count * width, -1)).reshape(count, width, -1)
        symbols = logs.shape[2]
        only_end = np.where(np.arange(symbols) == end, 0.0, -np.inf)
        total = log[:, :, None] + np.where(done[:, :, None], only_end, logs)
        longer = length + ~done
        merit = (total / penalty(longer)[:, :, None]).reshape(count, -1)
        best = np.argsort(-merit, axis=1, kind="stable")[:, :width]
        kept, symbol = best // symbols, best % symbols
        log = np.take_along_axis(total.reshape(count, -1), best, axis=1)
        length, done = (np.take_along_axis(array, kept, axis=1) for array in (longer, done))
        prefix = np.take_along_axis(prefix, kept[:, :, None], axis=1)
        prefix = np.concatenate([prefix, symbol[:, :, None]], axis=2)
        done = done | (symbol == end)
        if done.all():
            break
    return [
        Made(tuple(map(int, prefix[one, 0, first : first + length[one, 0]])), float(log[one, 0]))
        for one in range(count)
    ]
