"""What a text is refused for, in the reader's language.

The front ends say what is wrong in English, and stand below the catalogues. Each of their sentences is a
pattern ``refusal.*`` (a part of one: ``phrase.*``) in the English catalogue, with ``{_1}`` for what varies;
the same key in another catalogue says it there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from gradwright.errors import GradwrightError
from gradwright.messages import messages

_BLANK = re.compile(r"\{_(\d)\}")
_LONGEST = 800
"""Characters of a sentence that is worth translating: a longer one quotes a text that no one reads."""


@dataclass(frozen=True)
class _Sentence:
    """A sentence with blanks, and the same in another language."""

    pattern: re.Pattern[str]
    other: str

    def filled(self, match: re.Match[str], language: str) -> str:
        parts = {number: _phrase(text, language) for number, text in enumerate(match.groups(), 1)}
        return _BLANK.sub(lambda blank: parts[int(blank[1])], self.other)


def translated(sentence: str, language: str) -> str:
    """A sentence of a front end in a language; as it is where no pattern fits.

    >>> translated("V is not declared", "ko")
    'V: 선언되지 않은 이름이다'
    """
    return _look_up(sentence, language, "refusal")


def refusal(error: GradwrightError, language: str) -> str:
    """All that an error says, in a language: what was got, the place, the next move."""
    other = GradwrightError(
        translated(error.message, language),
        error.place,
        translated(error.hint, language) if error.hint else "",
    )
    return str(other)


def _phrase(text: str, language: str) -> str:
    """What fills a blank: a phrase, another sentence (``in softmax: ...``), or what was typed."""
    found = _look_up(text, language, "phrase")
    return found if found != text or " " not in text else _look_up(text, language, "refusal")


def _look_up(text: str, language: str, table: str) -> str:
    if language == "en" or len(text) > _LONGEST:
        return text
    for sentence in _sentences(language, table):
        match = sentence.pattern.fullmatch(text)
        if match is not None:
            return sentence.filled(match, language)
    return text


@cache
def _sentences(language: str, table: str) -> tuple[_Sentence, ...]:
    """The sentences of a table, those with the most words of their own first."""
    english, other = messages("en").sentences, messages(language).sentences
    rows: Mapping[str, str] = {key: text for key, text in english.items() if key.startswith(f"{table}.")}
    ordered = sorted(rows, key=lambda key: len(_BLANK.sub("", rows[key])), reverse=True)
    return tuple(_Sentence(_pattern(rows[key]), other[key]) for key in ordered if key in other)


def _pattern(sentence: str) -> re.Pattern[str]:
    pieces = _BLANK.split(sentence)
    return re.compile("(.*?)".join(re.escape(piece) for piece in pieces[::2]), re.DOTALL)
