"""Short passages of text and what they are about: a classification of sequences, many to one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gradwright.errors import UsageError
from gradwright.train.corpus import BLOCKS, UNKNOWN, common_words, paragraphs, vocabulary
from gradwright.train.table import Dataset, Table, View

Array = Any
LENGTH, RUN = 24, 4
GROUPS = {
    "statements": "assert assignment augassign break compound continue del for function global if import "
    "nonlocal pass raise return try while with yield",
    "expressions": "atom-identifiers atom-literals attribute-references await binary bitwise booleans calls "
    "comparisons conversions dict exprlists in lambda lists operator-summary power shifting slicings "
    "subscriptions unary",
    "special methods": "attribute-access callable-types context-managers customization numeric-types "
    "objects sequence-types specialnames",
    "built-in types": "string-methods truth typesfunctions typesmapping typesmethods typesmodules typesseq "
    "typesseq-mutable",
}
"""Of each class the topics that are about nothing else."""


def _topics(sizes: Mapping[str, int]) -> Table:
    """As many passages of each class, each of as many words, which follow each other in the text.

    Each class's passages lie in order, and ``RUN`` passages on end are learnt from or held out together: what
    they say of one thing is not told by those beside them. One that repeats half of another is left out.

    Args:
        sizes: The words ``t`` of a passage; the vocabulary's words ``v``.
    """
    length = sizes.get("t", LENGTH)
    words = vocabulary(sizes.get("v"), (UNKNOWN,), common_words(), SET.name)
    at = {word: place for place, word in enumerate(words)}
    rows, seen = [], set[tuple[int, ...]]()
    for topics in GROUPS.values():
        chosen = [paragraph.words for paragraph in paragraphs() if paragraph.topic in topics.split()]
        line = np.array([at.get(word, 0) for part in chosen for word in part])
        rows.append(_own(line[: len(line) // length * length].reshape(-1, length), seen))
    count = min(len(one) for one in rows)
    if count < BLOCKS:
        raise UsageError(f"passages of {length} words are too long for the data set {SET.name}")
    even = [one[np.arange(count) * len(one) // count] for one in rows]
    return Table(
        SET.name,
        arrays={"tokens": np.concatenate(even), "label": np.repeat(np.arange(len(even)), count)},
        views=SET.values,
        vocabularies={"tokens": words, "label": tuple(GROUPS)},
        blocks=np.tile(np.arange(count) // RUN % BLOCKS, len(even)),
    )


def _own(rows: Array, seen: set[tuple[int, ...]]) -> Array:
    """The passages that share no run of half their words with one before; ``seen`` grows by what they say."""
    length = rows.shape[1]
    half, kept = max(1, length // 2), []
    for row in rows:
        parts = {tuple(row[at : at + half].tolist()) for at in range(length - half + 1)}
        if not parts & seen:
            kept.append(row)
        seen |= parts
    return np.array(kept).reshape(-1, length)


SET = Dataset("text-topics", _topics, {"tokens": View("n t", "v"), "label": View("n", "k")})
