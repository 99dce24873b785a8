"""The text of the data sets: the Python documentation's topics that come with Python itself.

The topics quote each other, so that a paragraph may stand in three of them. Each is kept once; otherwise
the test would hold what was learnt by heart.
"""

from __future__ import annotations

import importlib
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from gradwright.errors import UsageError

Array = Any
BLOCKS = 5
"""The text is cut into so many stretches, one of which is held out for the test."""
RARE = 5
"""A word that occurs less often is not in the vocabulary."""
UNKNOWN = "<unknown>"
CHARACTERS = "\n" + "".join(chr(code) for code in range(32, 127))

_QUOTES = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "..."})
_WORD = re.compile(r"_*[a-z][a-z_]*(?:'[a-z]+)?")
_RULE = re.compile(r"[\s*=~^+|-]*")


@dataclass(frozen=True)
class Paragraph:
    """Some lines of a topic, in ASCII."""

    topic: str
    text: str

    @property
    def words(self) -> tuple[str, ...]:
        """Its words in small letters, without numbers and signs."""
        return tuple(_WORD.findall(self.text.lower()))


@cache
def paragraphs() -> tuple[Paragraph, ...]:
    """The paragraphs of all topics in the order of the topics' names, each once; underlining left out."""
    topics: dict[str, str] = importlib.import_module("pydoc_data.topics").topics
    found: dict[str, Paragraph] = {}
    for topic in sorted(topics):
        for text in re.split(r"\n\s*\n", _plain(topics[topic])):
            lines = [line.rstrip() for line in text.splitlines() if not _RULE.fullmatch(line)]
            key = re.sub(r"\W+", " ", text.lower()).strip()
            if key and lines:
                found.setdefault(key, Paragraph(topic, "\n".join(lines)))
    return tuple(found.values())


def _plain(text: str) -> str:
    ascii_only = unicodedata.normalize("NFKD", text.translate(_QUOTES)).encode("ascii", "ignore").decode()
    return "".join(sign for sign in ascii_only if sign in CHARACTERS)


@cache
def text() -> str:
    """All paragraphs with an empty line between them."""
    return "\n\n".join(paragraph.text for paragraph in paragraphs())


def blocks(lengths: Sequence[int]) -> Array:
    """Which of the stretches each of some consecutive parts lies in, by the middle of each.

    >>> blocks([1, 1, 1, 1, 1, 5]).tolist()
    [0, 0, 1, 1, 2, 3]
    """
    ends = np.cumsum(lengths)
    return ((ends - np.asarray(lengths) / 2) * BLOCKS / ends[-1]).astype(int)


@cache
def common_words() -> tuple[str, ...]:
    """The words that are not rare, the most frequent first."""
    counts = Counter(word for paragraph in paragraphs() for word in paragraph.words)
    kept = [word for word, count in counts.items() if count >= RARE]
    return tuple(sorted(kept, key=lambda word: (-counts[word], word)))


def vocabulary(size: int | None, special: Sequence[str], own: Sequence[str], name: str) -> tuple[str, ...]:
    """The special words, then as many of the own ones, the most frequent first, as there is room for.

    Raises:
        UsageError: There is no room.
    """
    if size is None:
        return (*special, *own)
    if size <= len(special):
        raise UsageError(
            f"the data set {name} needs a vocabulary of more than {len(special)} words, [sizes] gives {size}",
            hint="leave that size out: the data set has one of its own",
        )
    return (*special, *own[: size - len(special)])


def sequences(words: Sequence[str]) -> list[Array]:
    """For each paragraph the places of its words in a vocabulary; others are passed over."""
    at = {word: place for place, word in enumerate(words)}
    return [np.array([at[word] for word in paragraph.words if word in at], int) for paragraph in paragraphs()]
