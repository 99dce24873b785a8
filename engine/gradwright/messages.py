"""Prose in the reader's language: one catalogue a language, one key a sentence.

A catalogue is a folder of ``templates/messages``, its TOML files taken together; a key is the dotted path
to a string. ``{name}`` is filled in, and text between backticks is shown as typed. A format or a
question type holds no sentence.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from gradwright.catalog import content
from gradwright.errors import UsageError, nearest


@dataclass(frozen=True)
class Math:
    """A formula inside a line, in LaTeX and in the grammar's own text."""

    latex: str
    text: str


@dataclass(frozen=True)
class Mono:
    """A word that is shown as it is typed, such as a file name."""

    text: str


Piece = str | Math | Mono
Line = tuple[Piece, ...]


def plain(line: Line) -> str:
    """A line as bare text, for a title bar or a file that has no markup."""
    return "".join(piece if isinstance(piece, str) else piece.text for piece in line)


_PIECE = re.compile(r"`([^`]*)`|\{(\w+)\}|\$([^$]*)\$")

Filling = str | int | float | Math | Mono | Line


@dataclass(frozen=True)
class Messages:
    """The sentences of one language, by dotted key."""

    language: str
    sentences: Mapping[str, str]

    def has(self, key: str) -> bool:
        """Whether the catalogue has the key."""
        return key in self.sentences

    def raw(self, key: str) -> str:
        """The sentence with its placeholders."""
        assert key in self.sentences, f"the messages in {self.language} have no key {key!r}"
        return self.sentences[key]

    def line(self, key: str, **values: Filling) -> Line:
        """The sentence as pieces, placeholders filled."""
        return fill(self.raw(key), values)

    def text(self, key: str, **values: Filling) -> str:
        """The sentence as bare text."""
        return plain(self.line(key, **values))

    def keys(self, prefix: str) -> tuple[str, ...]:
        """The keys one level under ``prefix``, in the catalogue's order."""
        start = prefix + "."
        found = (key[len(start) :].split(".")[0] for key in self.sentences if key.startswith(start))
        return tuple(dict.fromkeys(found))


def fill(template: str, values: Mapping[str, Filling]) -> Line:
    r"""The template's pieces: ``{name}`` filled, backticks as typed text, ``$X^\top$`` as mathematics.

    >>> fill("write {x} in `a.txt`", {"x": "5"})
    ('write 5 in ', Mono(text='a.txt'))
    """
    pieces: list[Piece] = []
    end = 0
    for match in _PIECE.finditer(template):
        pieces.append(template[end : match.start()])
        mono, name, latex = match.groups()
        if mono is not None:
            pieces.append(Mono(_inside(mono, values, 1)))
        elif name is not None:
            pieces.extend(_pieces(values[name]))
        else:
            source, _, spoken = latex.partition("|")
            pieces.append(Math(_inside(source, values, 0), _inside(spoken or source, values, 1)))
        end = match.end()
    pieces.append(template[end:])
    return _joined(pieces)


def _inside(template: str, values: Mapping[str, Filling], spoken: int) -> str:
    """The template with the names that are given filled in; other braces are LaTeX's own."""

    def put(match: re.Match[str]) -> str:
        value = values.get(match.group(1))
        if value is None:
            return match.group(0)
        if isinstance(value, Math):
            return value.text if spoken else value.latex
        return plain(_pieces(value))

    return re.sub(r"\{(\w+)\}", put, template)


def _pieces(value: Filling) -> Line:
    if isinstance(value, tuple):
        return value
    return (value,) if isinstance(value, Math | Mono) else (str(value),)


def _joined(pieces: list[Piece]) -> Line:
    joined: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, str) and joined and isinstance(joined[-1], str):
            joined[-1] += piece
        elif piece != "":
            joined.append(piece)
    return tuple(joined)


@cache
def messages(language: str) -> Messages:
    """The catalogue of a language.

    Raises:
        UsageError: There is no catalogue of that language.
    """
    folder = content("templates") / "messages"
    known = languages()
    if language not in known:
        raise UsageError(
            f"there are no messages in the language {language!r}; there are {', '.join(known)}",
            hint=nearest(language, known),
        )
    sentences: dict[str, str] = {}
    for path in sorted((folder / language).glob("*.toml")):
        found = dict(_flat(tomllib.loads(path.read_text(encoding="utf-8")), ""))
        assert not found.keys() & sentences.keys(), (path, found.keys() & sentences.keys())
        sentences |= found
    return Messages(language, sentences)


def languages() -> tuple[str, ...]:
    """The languages that have a catalogue."""
    return tuple(sorted(path.name for path in (content("templates") / "messages").iterdir() if path.is_dir()))


def _flat(table: Mapping[str, Any], prefix: str) -> list[tuple[str, str]]:
    flat: list[tuple[str, str]] = []
    for key, value in table.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            flat.extend(_flat(value, name + "."))
        else:
            flat.append((name, str(value)))
    return flat


def choose(texts: Mapping[str, str], language: str) -> str:
    """A title in the reader's language, else in English, else in any."""
    return texts.get(language) or texts.get("en") or next(iter(texts.values()), "")
