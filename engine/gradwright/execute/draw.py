"""Masks drawn by counting: a number at random for each step, value and place, without a state.

The generator is Threefry-2x32: additions, rotations and exclusive ors of words of 32 bits. The key is the
training's seed and which value is drawn, the counter the place in the value and the step. It is written once,
for words of any kind: NumPy's here, LLVM's in ``native/words.py``, where an entry takes about half a
nanosecond (float32, eight lanes, AVX-512's rotations). Its authors know of no flaw with 13 rounds or more;
the 20 that they propose take twice as long.

Source: J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, Parallel Random Numbers: As Easy as 1, 2, 3
(SC 2011); the constants and the known answers are those of their library Random123.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np

from gradwright.errors import UsageError
from gradwright.execute.affine import whole
from gradwright.execute.shown import checked
from gradwright.language.scope import Value

Array = Any
Word = TypeVar("Word")
BITS = 32
ROUNDS = 13
ROTATIONS = (13, 15, 26, 6, 17, 29, 16, 24)
PARITY = 0x1BD11BDA


class Arithmetic(Protocol[Word]):
    """Whole numbers of 32 bits, sums modulo 2**32."""

    def number(self, value: int) -> Word:
        """A known word."""

    def add(self, one: Word, other: Word) -> Word:
        """The sum."""

    def xor(self, one: Word, other: Word) -> Word:
        """The bits in which the two differ."""

    def rotated(self, word: Word, places: int) -> Word:
        """The word with its bits moved up, those that leave it coming in below."""


def threefry(
    on: Arithmetic[Word], key: tuple[Word, Word], counter: tuple[Word, Word], rounds: int = ROUNDS
) -> tuple[Word, Word]:
    """Two words that tell nothing of their counter.

    Args:
        on: What words are.
        key: Which sequence.
        counter: Which of its members.
        rounds: How often the words are mixed.
    """
    keys = (*key, on.xor(on.xor(*key), on.number(PARITY)))
    left, right = on.add(counter[0], key[0]), on.add(counter[1], key[1])
    for done in range(rounds):
        left = on.add(left, right)
        right = on.xor(on.rotated(right, ROTATIONS[done % len(ROTATIONS)]), left)
        if done % 4 == 3:
            time = done // 4 + 1
            left = on.add(left, keys[time % 3])
            right = on.add(right, on.add(keys[(time + 1) % 3], on.number(time)))
    return left, right


def most(chance: float) -> int:
    """The greatest word that is drawn as 1, so that this happens with a probability."""
    return max(1, round(chance * 2**BITS)) - 1


class _Words:
    """Arrays of NumPy's unsigned words."""

    def number(self, value: int) -> Array:
        return np.array([value % 2**BITS], np.uint32)

    def add(self, one: Array, other: Array) -> Array:
        return one + other

    def xor(self, one: Array, other: Array) -> Array:
        return one ^ other

    def rotated(self, word: Array, places: int) -> Array:
        return word << places | word >> BITS - places


WORDS = _Words()


@dataclass(frozen=True)
class Draws:
    """The data values that are drawn anew in every training step.

    Args:
        data: All data values.
        chances: Of those that are drawn the probability that an entry is 1.
        others: Those that are given.
    """

    data: Mapping[str, Value]
    chances: Mapping[str, float]
    others: Mapping[str, Value]

    @classmethod
    def of(cls, data: Mapping[str, Value], constants: Mapping[str, float]) -> Draws:
        """Those among the data; a probability is a number or the name of a constant."""
        said = {name: value.drawn for name, value in data.items() if value.drawn is not None}
        chances = {name: constants[one] if isinstance(one, str) else one for name, one in said.items()}
        return cls(data, chances, {name: value for name, value in data.items() if name not in said})

    def masks(self, sizes: Mapping[str, int], seed: int, step: int) -> dict[str, Array]:
        """The values of one step, in the order of their declaration."""
        return {
            name: mask(self._shape(name, sizes), chance, seed, step, number)
            for number, (name, chance) in enumerate(self.chances.items())
        }

    def means(self, sizes: Mapping[str, int]) -> dict[str, Array]:
        """What stands for the values where nothing is learned."""
        return {name: np.full(self._shape(name, sizes), chance) for name, chance in self.chances.items()}

    def given(self, data: Mapping[str, Array]) -> dict[str, Array]:
        """What is given of the data for a training step.

        Raises:
            UsageError: A value is missing, or one that is drawn is given.
        """
        for name in self.chances:
            if name in data:
                raise UsageError(
                    f"{name} is given, but training draws it anew in every step", hint="leave it out"
                )
        return checked(data, self.others)

    def _shape(self, name: str, sizes: Mapping[str, int]) -> tuple[int, ...]:
        return tuple(whole(extent, sizes) for extent in self.data[name].shape)


def mask(shape: tuple[int, ...], chance: float, seed: int, step: int, number: int = 0) -> Array:
    """An array of ones and zeros.

    Args:
        shape: The number of places of each axis.
        chance: The probability of a one.
        seed: Of the training; what is beyond 32 bits does not count.
        step: The number of the step, from 1.
        number: Which of the drawn values.

    Returns:
        Float64.

        >>> mask((2, 5), 0.5, seed=0, step=1)
        array([[1., 1., 1., 0., 1.],
               [1., 0., 1., 1., 1.]])
    """
    key = WORDS.number(seed), WORDS.number(number)
    counter = np.arange(math.prod(shape), dtype=np.uint32), WORDS.number(step)
    word, _ = threefry(WORDS, key, counter)
    return (word <= most(chance)).astype(np.float64).reshape(shape)
