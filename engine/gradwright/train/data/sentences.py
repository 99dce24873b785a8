"""Pairs of sentences with masked words, and whether the second follows the first: for masked language models."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np

from gradwright.errors import UsageError
from gradwright.train.corpus import UNKNOWN, Paragraph, blocks, common_words, paragraphs, vocabulary
from gradwright.train.table import Dataset, Table, View

Array = Any
PAD, CLASS, SEPARATOR, MASK = "<pad>", "<class>", "<separator>", "<mask>"
SPECIAL = (PAD, UNKNOWN, CLASS, SEPARATOR, MASK)
FEWEST = 4
"""A sentence has at least so many words."""
LENGTH, MASKED = 32, 4

_END = re.compile(r"(?<=[.!?:])\s+(?=[A-Z\"(*])")


@cache
def _sentences() -> tuple[tuple[int, tuple[tuple[str, ...], ...]], ...]:
    """For each paragraph of at least two sentences its stretch of the text and its sentences' words."""
    whole = paragraphs()
    where = blocks([len(paragraph.text) for paragraph in whole])
    found = []
    for paragraph, block in zip(whole, where, strict=True):
        parts = [Paragraph(paragraph.topic, part).words for part in _END.split(paragraph.text)]
        kept = tuple(words for words in parts if len(words) >= FEWEST)
        if len(kept) > 1:
            found.append((int(block), kept))
    return tuple(found)


def _pairs(rng: np.random.Generator) -> list[tuple[int, tuple[str, ...], tuple[str, ...], int]]:
    """Each sentence with the next one, or, half of the time, with one of another paragraph near by."""
    told, pairs = _sentences(), []
    near = {block: [p for p, (own, _) in enumerate(told) if own == block] for block, _ in told}
    for number, (block, sentences) in enumerate(told):
        for first, second in zip(sentences, sentences[1:], strict=False):
            follows = int(rng.integers(2))
            if not follows:
                others = [other for other in near[block] if other != number]
                other = told[others[rng.integers(len(others))]][1]
                second = other[rng.integers(len(other))]
            pairs.append((block, first, second, follows))
    return pairs


def _masked(sizes: Mapping[str, int]) -> Table:
    """The pairs, cut to their places; in each so many words are to be told.

    Args:
        sizes: The places ``t`` of a pair, the masked words ``m`` of each, the vocabulary's words ``v``.

    Source:
        Devlin, Chang, Lee and Toutanova (2019), "BERT", section 3.1: of the words to be told 80 % are
        masked, 10 % are another word, 10 % stay.
    """
    length, many = sizes.get("t", LENGTH), sizes.get("m", MASKED)
    if many > 2 * FEWEST or length < 2 * FEWEST + 3:
        raise UsageError(
            f"the data set {SET.name} masks at most {2 * FEWEST} words in at least {2 * FEWEST + 3} places; "
            f"[sizes] gives {many} in {length}",
        )
    rng = np.random.default_rng(0)
    words = vocabulary(sizes.get("v"), SPECIAL, common_words(), SET.name)
    at = {word: place for place, word in enumerate(words)}
    pairs, room = _pairs(rng), (length - 3) // 2
    tokens = np.full((len(pairs), length), at[PAD])
    segment, places = np.zeros_like(tokens), np.empty((len(pairs), many), int)
    for row, (_, first, second, _) in enumerate(pairs):
        left, right = ([at.get(word, at[UNKNOWN]) for word in part[:room]] for part in (first, second))
        line = [at[CLASS], *left, at[SEPARATOR], *right, at[SEPARATOR]]
        tokens[row, : len(line)] = line
        segment[row, len(left) + 2 : len(line)] = 1
        inside = [place for place, word in enumerate(line) if word not in (at[CLASS], at[SEPARATOR])]
        places[row] = np.sort(rng.choice(inside, many, replace=False))
    mask, told = (tokens != at[PAD]).astype(float), np.take_along_axis(tokens, places, axis=1)
    _hide(rng, tokens, places, at[MASK], len(words))
    return Table(
        SET.name,
        arrays={
            "tokens": tokens,
            "segment": segment,
            "places": places,
            "words": told,
            "label": np.array([follows for *_, follows in pairs]),
            "mask": mask,
        },
        views=SET.values,
        vocabularies={
            "tokens": words,
            "words": words,
            "segment": ("first", "second"),
            "label": ("another", "next"),
        },
        blocks=np.array([block for block, *_ in pairs]),
    )


def _hide(rng: np.random.Generator, tokens: Array, places: Array, mask: int, count: int) -> None:
    """Put the mask in 8 of 10 of the places, and another word in 1 of 10."""
    how, others = rng.random(places.shape), rng.integers(len(SPECIAL), count, places.shape)
    own = np.take_along_axis(tokens, places, axis=1)
    np.put_along_axis(tokens, places, np.where(how < 0.8, mask, np.where(how < 0.9, others, own)), axis=1)


SET = Dataset(
    "text-masked",
    _masked,
    {
        "tokens": View("n t", "v"),
        "segment": View("n t", "g"),
        "places": View("n m", "t"),
        "words": View("n m", "v"),
        "label": View("n", "k"),
        "mask": View("n t"),
    },
)
