"""Text as places in a vocabulary, and back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from gradwright.errors import UsageError, nearest
from gradwright.train.table import END, PAD, START

SILENT = (PAD, START, END)
HYPHEN = "-"
SHOWN = 12


@dataclass(frozen=True)
class Vocabulary:
    """The words that an axis's places are.

    Words of one letter each stand side by side in a text; others have spaces between, but for hyphens.

    Args:
        words: The words, in the order of their places.
    """

    words: tuple[str, ...]

    @cached_property
    def at(self) -> dict[str, int]:
        """The place of each word."""
        return {word: place for place, word in enumerate(self.words)}

    @cached_property
    def spelled(self) -> bool:
        """Whether the words are letters."""
        return all(len(word) == 1 for word in self.words if not _is_sign(word))

    def encode(self, text: str) -> tuple[int, ...]:
        """The places of a text's words.

        Raises:
            UsageError: A word of the text is not in the vocabulary.

            >>> Vocabulary(("<pad>", "0", "1")).encode("101")
            (2, 1, 2)
            >>> Vocabulary(("<end>", "-", "one", "twenty")).encode("twenty-one")
            (3, 1, 2)
        """
        if self.spelled:
            words = list(text)
        else:
            words = (text.replace(HYPHEN, f" {HYPHEN} ") if HYPHEN in self.at else text).split()
        for word in words:
            if word not in self.at or word in SILENT:
                known = [one for one in self.words if not _is_sign(one)]
                first = " ".join(known[:SHOWN]) + (" …" if len(known) > SHOWN else "")
                hint = nearest(word, known) or f"the model has learnt {first}"
                raise UsageError(f"{word!r} in {text!r} is not among the words of the data", hint=hint)
        return tuple(self.at[word] for word in words)

    def text(self, places: Iterable[int]) -> str:
        """The text of places; what only fills up, begins or ends a row is left out.

        >>> Vocabulary(("<end>", "-", "one", "twenty")).text([3, 1, 2, 0])
        'twenty-one'
        """
        words = [word for word in self.labels(places) if word not in SILENT]
        return "".join(words) if self.spelled else " ".join(words).replace(f" {HYPHEN} ", HYPHEN)

    def labels(self, places: Iterable[int]) -> tuple[str, ...]:
        """The words of places."""
        return tuple(self.words[place] for place in places)


def _is_sign(word: str) -> bool:
    """Whether a word stands for something that is no word, such as ``<end>``."""
    return len(word) > 2 and word[0] == "<" and word[-1] == ">"
