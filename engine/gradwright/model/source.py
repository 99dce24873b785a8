"""A TOML file as its author sees it: the table it holds, and the place of each key and each formula."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from gradwright.errors import ModelError, Place, nearest
from gradwright.language.scope import ReadError

LONGEST = 200_000


@dataclass(frozen=True)
class Source:
    """A TOML text, the table that it holds, and the name under which messages speak of it."""

    text: str
    table: Mapping[str, Any]
    name: str

    def place(self, section: str, key: str = "") -> Place | None:
        """The place of a key of a section (of the section's header where ``key`` is empty), or None."""
        begin, end = self._section(section)
        if not key:
            header = re.compile(rf"^\s*\[({re.escape(section)})\]", re.M).search(self.text)
            return self._mark(header.start(1), header.end(1)) if header else None
        pattern = re.compile(rf'^[ \t]*"?({re.escape(key)})"?[ \t]*=', re.M)
        found = pattern.search(self.text, begin, end)
        return self._mark(found.start(1), found.end(1)) if found else self.place(section) if section else None

    def value_place(self, section: str, key: str, word: str) -> Place | None:
        """The place of a word in the value of a key, or the key's own place."""
        place = self.place(section, key)
        if place is None:
            return None
        line_end = self.text.find("\n", place.end)
        rest = self.text[place.end : line_end if line_end >= 0 else len(self.text)]
        found = re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", rest) if word else None
        return self._mark(place.end + found.start(), place.end + found.end()) if found else place

    def inside(self, section: str, key: str, value: str, span: tuple[int, int]) -> Place:
        """The place of a span of a string value, such as a formula; the caret shows its line."""
        line = None
        place = self.place(section, key)
        first = value.strip().split("\n", 1)[0].strip()
        if place is not None and first:
            begin = self.text.find(first, place.end)
            if begin >= 0:
                start = value.find(first)
                line = self.text.count("\n", 0, begin) + 1 + value.count("\n", start, max(span[0], start))
        return Place(value, *span, self.name, line)

    def misread(self, error: ReadError, section: str, key: str, value: str) -> ModelError:
        """The author's error for a string value that can't be read."""
        message = re.sub(r"^line \d+: ", "", error.message)
        return ModelError(message, self.inside(section, key, value, error.span), error.hint)

    def _section(self, section: str) -> tuple[int, int]:
        begin = 0
        if section:
            header = re.compile(rf"^[ \t]*\[{re.escape(section)}\].*$", re.M).search(self.text)
            begin = header.end() if header else len(self.text)
        following = re.compile(r"^[ \t]*\[[^\[\]\n=]+\][ \t]*(?:#.*)?$", re.M).search(self.text, begin)
        return begin, following.start() if following else len(self.text)

    def _mark(self, start: int, end: int) -> Place:
        return Place(self.text, start, end, self.name, self.text.count("\n", 0, start) + 1)


def read(text: str, name: str) -> Source:
    """Read a TOML text.

    Raises:
        ModelError: It is too long or not TOML; the message has the line, a caret and what was expected.
    """
    if len(text) > LONGEST:
        raise ModelError(f"{name or 'the file'} has {len(text)} characters; at most {LONGEST} are read")
    try:
        return Source(text, tomllib.loads(text), name)
    except tomllib.TOMLDecodeError as error:
        raise _syntax(text, name, str(error)) from None


def check_keys(source: Source, section: str, table: Mapping[str, Any], known: Iterable[str]) -> None:
    """Raise a ModelError for the first key that the section does not know, with the nearest it does."""
    allowed = list(known)
    for key in table:
        if key not in allowed:
            where = f"in [{section}]" if section else "at the top of the file"
            hint = nearest(key, allowed) or f"known here: {', '.join(allowed)}"
            raise ModelError(f"unknown key {key} {where}", _key_or_header(source, section, key), hint)


def expect(
    source: Source, section: str, key: str, value: Any, kind: type | tuple[type, ...], what: str
) -> Any:
    """The value, if it is of the kind; else a ModelError that says what was expected."""
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        shown = repr(value) if len(repr(value)) < 40 else type(value).__name__
        where = f"[{section}] {key}" if section else key
        raise ModelError(f"{where} is {shown}, expected {what}", _key_or_header(source, section, key))
    return value


def _key_or_header(source: Source, section: str, key: str) -> Place | None:
    return source.place(section, key) or source.place(key)


def _syntax(text: str, name: str, message: str) -> ModelError:
    found = re.search(r"\(at line (\d+), column (\d+)\)", message)
    what = re.sub(r"\s*\(at .*\)$", "", message)
    if found:
        line, column = int(found[1]), int(found[2])
        start = sum(len(row) + 1 for row in text.split("\n")[: line - 1]) + column - 1
    else:
        start, line = max(len(text.rstrip()) - 1, 0), text.rstrip().count("\n") + 1
    if what == "Illegal character '\\n'":
        what = "a text without its closing quote"
    place = Place(text, start, start + 1, name, line)
    return ModelError(
        f"not valid TOML: {what[:1].lower()}{what[1:]}", place, "see https://toml.io for the syntax"
    )
