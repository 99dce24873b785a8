"""Stretches of text, character by character, each with the characters that follow: for language models."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import pairwise

import numpy as np

from gradwright.errors import UsageError
from gradwright.train.corpus import BLOCKS, CHARACTERS, text, vocabulary
from gradwright.train.table import Dataset, Table, View

OTHER = "<other>"
LENGTH = 64


def _characters(sizes: Mapping[str, int]) -> Table:
    """Windows that lie side by side, none across the borders of the stretches held out.

    Args:
        sizes: The characters ``t`` of a window; the most characters ``v`` to tell apart, beyond which the
            rarest are all one.
    """
    whole = text()
    length, counts = sizes.get("t", LENGTH), Counter(whole)
    if not 1 <= length < len(whole) // BLOCKS:
        raise UsageError(
            f"a window of {length} characters has no place in a {BLOCKS}th of the text of {len(whole)}"
        )
    known = sorted(CHARACTERS, key=lambda sign: (-counts[sign], sign))
    room = sizes.get("v", len(known))
    words = tuple(known) if room >= len(known) else vocabulary(room, (OTHER,), known, SET.name)
    at = {sign: place for place, sign in enumerate(words)}
    numbers = np.array([at.get(sign, 0) for sign in whole])
    ends = np.arange(BLOCKS + 1) * len(whole) // BLOCKS
    starts = [np.arange(begin, end - length, length) for begin, end in pairwise(ends)]
    places = np.concatenate(starts)[:, None] + np.arange(length)
    return Table(
        SET.name,
        arrays={"tokens": numbers[places], "next": numbers[places + 1]},
        views=SET.values,
        vocabularies={"tokens": words, "next": words},
        blocks=np.repeat(np.arange(BLOCKS), [len(one) for one in starts]),
    )


SET = Dataset("text-characters", _characters, {"tokens": View("n t", "v"), "next": View("n t", "v")})
