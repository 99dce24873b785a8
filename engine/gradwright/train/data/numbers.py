"""Numbers in digits and in words: sequences to be turned into sequences."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from gradwright.errors import UsageError
from gradwright.train.numerals import MOST, english, korean
from gradwright.train.table import END, PAD, START, Dataset, Table, View

Array = Any
SMALL, LARGE = 2_000, 18_000
"""All numbers below the first, of which few would be drawn; and so many larger ones."""


def _pairs(name: str, write: Callable[[int], tuple[str, ...]], sizes: Mapping[str, int]) -> Table:
    """The digits of numbers, and their words twice: before (the words so far) and after (the next words).

    Args:
        name: The set.
        write: A number's words.
        sizes: More places ``s`` of the digits or ``t`` of the words than there need be; the rest is padding.
    """
    rng = np.random.default_rng(0)
    larger = SMALL + rng.choice(MOST + 1 - SMALL, LARGE, replace=False)
    numbers = [*range(SMALL), *larger.tolist()]
    digits, words = [tuple(str(number)) for number in numbers], [write(number) for number in numbers]
    source, figures = _padded(digits, (PAD,), sizes.get("s"), "digits", name)
    before, known = _padded(
        [(START, *row) for row in words], (PAD, START, END), sizes.get("t"), "words", name
    )
    after, _ = _padded([(*row, END) for row in words], known, sizes.get("t"), "words", name)
    return Table(
        name,
        arrays={
            "source": source,
            "before": before,
            "after": after,
            "mask": (after != 0).astype(float),
            "source_mask": (source != 0).astype(float),
        },
        views=VALUES,
        vocabularies={"source": figures, "before": known, "after": known},
    )


def _padded(
    rows: Sequence[tuple[str, ...]], first: Sequence[str], size: int | None, what: str, name: str
) -> tuple[Array, tuple[str, ...]]:
    """The rows as places in their vocabulary, which begins with some words, filled up with the first."""
    longest = max(map(len, rows))
    if size is not None and size < longest:
        raise UsageError(
            f"the data set {name} has up to {longest} {what} in a row, [sizes] gives {size} places",
            hint="leave that size out: the data set has one of its own",
        )
    words = tuple(dict.fromkeys([*first, *sorted({word for row in rows for word in row})]))
    at = {word: place for place, word in enumerate(words)}
    array = np.zeros((len(rows), size or longest), int)
    for number, row in enumerate(rows):
        array[number, : len(row)] = [at[word] for word in row]
    return array, words


VALUES = {
    "source": View("n s", "u"),
    "before": View("n t", "v"),
    "after": View("n t", "v"),
    "mask": View("n t"),
    "source_mask": View("n s"),
}
SETS = tuple(
    Dataset(name, partial(_pairs, name, write), VALUES)
    for name, write in {"korean-numbers": korean, "english-numbers": english}.items()
)
