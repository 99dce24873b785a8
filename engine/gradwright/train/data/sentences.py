"""Pairs of sentences with masked words, and whether the second follows the first."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from gradwright.errors import UsageError
from gradwright.train.corpus import UNKNOWN, Paragraph, blocks, common_words, paragraphs, vocabulary
from gradwright.train.table import Dataset, Table, View

Array = Any
Sentence = tuple[str, ...]
PAD, CLASS, SEPARATOR, MASK = "<pad>", "<class>", "<separator>", "<mask>"
SPECIAL = (PAD, UNKNOWN, CLASS, SEPARATOR, MASK)
FEWEST = 4
"""A sentence has at least so many words."""
LENGTH, MASKED = 32, 4
COPIES = 4
"""How often the text is gone through, each time with other pairs and other masked words."""

_END = re.compile(r"(?<=[.!?:])\s+(?=[A-Z\"(*])")


class Pair(NamedTuple):
    """Two sentences, the stretch of the text that they are from, and 1 if the second follows the first."""

    block: int
    first: Sentence
    second: Sentence
    follows: int


class Line(NamedTuple):
    """A pair as places in the vocabulary, and where the second sentence begins."""

    pair: Pair
    line: list[int]
    second: int


@cache
def _runs() -> tuple[tuple[int, tuple[Sentence, ...]], ...]:
    """Sentences that follow each other in a topic, with the stretch of the text that they are from."""
    whole = paragraphs()
    where = blocks([len(paragraph.text) for paragraph in whole])
    runs: dict[tuple[int, str], list[Sentence]] = {}
    for paragraph, block in zip(whole, where, strict=True):
        parts = [Paragraph(paragraph.topic, part).words for part in _END.split(paragraph.text)]
        runs.setdefault((int(block), paragraph.topic), []).extend(
            words for words in parts if len(words) >= FEWEST
        )
    return tuple((block, tuple(sentences)) for (block, _), sentences in runs.items())


def _pairs(rng: np.random.Generator) -> list[Pair]:
    """Each sentence with the next one, or, half of the time, with any other of the same stretch."""
    pool: dict[int, list[Sentence]] = {}
    for block, sentences in _runs():
        pool.setdefault(block, []).extend(sentences)
    pairs = []
    for block, sentences in _runs():
        for first, following in pairwise(sentences):
            follows, others = int(rng.integers(2)), pool[block]
            second = following if follows else others[rng.integers(len(others))]
            pairs.append(Pair(block, first, second, int(second is following)))
    return pairs


def _masked(sizes: Mapping[str, int]) -> Table:
    """The pairs, cut to their places; in each so many words are to be told.

    Args:
        sizes: The places ``t`` of a pair, the masked words ``m`` of each, the vocabulary's words ``v``.

    Source:
        Devlin, Chang, Lee and Toutanova (2019), "BERT", sections 3.1 and A.2: of the words to be told 80 %
        are masked, 10 % are another word, 10 % stay; the text is masked a few times over.
    """
    length, many = sizes.get("t", LENGTH), sizes.get("m", MASKED)
    if many > 2 * FEWEST or length < 2 * FEWEST + 3:
        raise UsageError(
            f"the data set {SET.name} masks at most {2 * FEWEST} words in at least {2 * FEWEST + 3} places; "
            f"[sizes] gives {many} in {length}",
        )
    rng = np.random.default_rng(0)
    words = vocabulary(sizes.get("v"), SPECIAL, common_words(), SET.name)
    at, room = {word: place for place, word in enumerate(words)}, (length - 3) // 2
    lines = [_line(pair, at, room) for _ in range(COPIES) for pair in _pairs(rng)]
    lines = [one for one in lines if sum(word >= len(SPECIAL) for word in one.line) >= many]
    tokens = np.array([[*one.line, *[at[PAD]] * (length - len(one.line))] for one in lines])
    chances = np.where(tokens >= len(SPECIAL), rng.random(tokens.shape), -1)
    places = np.sort(np.argsort(-chances, axis=1)[:, :many], axis=1)
    told, mask = np.take_along_axis(tokens, places, axis=1), tokens != at[PAD]
    second = np.arange(length) >= np.array([[one.second] for one in lines])
    _hide(rng, tokens, places, at[MASK], len(words))
    return Table(
        SET.name,
        arrays={
            "tokens": tokens,
            "segment": (second & mask).astype(int),
            "places": places,
            "words": told,
            "label": np.array([one.pair.follows for one in lines]),
            "mask": mask.astype(float),
        },
        views=SET.values,
        vocabularies={
            "tokens": words,
            "words": words,
            "segment": ("first", "second"),
            "label": ("another", "next"),
        },
        blocks=np.array([one.pair.block for one in lines]),
    )


def _line(pair: Pair, at: Mapping[str, int], room: int) -> Line:
    """A pair as places in the vocabulary, so many words of each sentence."""
    left, right = ([at.get(word, at[UNKNOWN]) for word in part[:room]] for part in (pair.first, pair.second))
    line = [at[CLASS], *left, at[SEPARATOR], *right, at[SEPARATOR]]
    return Line(pair, line, len(left) + 2)


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
