"""Errors written for the one who must act: author, student, user."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

_LONGEST = 1_000
_UNSEEN = "\ufffd"


@dataclass(frozen=True)
class Place:
    """Where in a text something is wrong: the text's line, a span in it, and where the text came from."""

    text: str
    start: int
    end: int
    source: str = ""
    line: int | None = None

    def caret(self) -> str:
        """The line of the text that holds the span, and a line of tildes and a caret under it."""
        head = self.text.rfind("\n", 0, self.start) + 1
        tail = self.text.find("\n", self.start)
        line = self.text[head : tail if tail >= 0 else len(self.text)]
        first = self.start - head
        width = max(1, min(self.end - self.start, len(line) - first))
        if len(line) > 160:
            cut = max(0, first - 60)
            line, first = line[cut : cut + 160], first - cut
            width = min(width, 160 - first)
        return f"{visible(line, _UNSEEN)}\n{' ' * first}{'^' + '~' * (width - 1)}"


class GradwrightError(Exception):
    """One clear message: what was got, what was expected, the next move, and the place."""

    def __init__(self, message: str, place: Place | None = None, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.place = place
        self.hint = hint

    def __str__(self) -> str:
        parts = [_short(self.message)]
        if self.place is not None:
            where = self.place.source
            if where and self.place.line is not None:
                where += f", line {self.place.line}"
            if where:
                parts[0] = f"{where}: {parts[0]}"
            parts.append(self.place.caret())
        if self.hint:
            parts.append(_short(self.hint))
        return "\n".join(parts)


class ModelError(GradwrightError):
    """For the author of a model, a function or a homework set."""


class AnswerError(GradwrightError):
    """For a student: the answer can't be read (it is *invalid*, which is not *wrong*)."""


class UsageError(GradwrightError):
    """For the user of the command line or of the Python face."""


class SlowerWarning(UserWarning):
    """The result is right, but comes more slowly than it could: the message says why, and the next move."""


def visible(text: str, sign: str = "") -> str:
    """The text without letters that a reader can't see, or that would turn or colour a terminal's line.

    Args:
        text: Any text; line ends in it are kept.
        sign: What stands for each of them; their number in Unicode unless given.

    >>> visible("2*x\u200b")
    '2*xU+200B'
    """
    if text.isprintable():
        return text
    return "".join(
        letter
        if letter == "\n" or letter.isprintable()
        else " "
        if letter.isspace()
        else sign or f"U+{ord(letter):04X}"
        for letter in text
    )


def _short(message: str) -> str:
    """A message without what a reader can't see, and without a name of thousands of letters whole."""
    bare = visible(message)
    return bare if len(bare) <= _LONGEST else f"{bare[:_LONGEST]}…"


DEFECTS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    MemoryError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What a defect of the program raises: it costs one answer a verdict, and a class nothing."""


def nearest(name: str, known: Iterable[str]) -> str:
    """A sentence that suggests the known name nearest to ``name``, or an empty one.

    >>> nearest("sofmax", ["softmax", "tanh"])
    'did you mean softmax?'
    """
    names = list(known)
    same = [one for one in names if one.casefold() == name.casefold()]
    close = same or difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    return f"did you mean {close[0]}?" if close else ""
