"""Results on stdout or in a file, as JSON or as a table; progress on stderr."""

from __future__ import annotations

import json
import math
import os
import shutil
import sys
import time
import unicodedata
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from gradwright.errors import SlowerWarning
from gradwright.publish.whole import write_whole


def as_json(value: Any) -> str:
    """A value as readable JSON; letters are kept as they are, and a number that is not finite is null."""
    return json.dumps(_finite(value), ensure_ascii=False, indent=1)


def _finite(value: Any) -> Any:
    match value:
        case float() if not math.isfinite(value):
            return None
        case dict():
            return {key: _finite(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_finite(inner) for inner in value]
        case _:
            return value


def deliver(text: str, file: Path | None = None) -> None:
    """Write a result on stdout, or whole into a file whose name then goes to stderr."""
    text = text if text.endswith("\n") else text + "\n"
    if file is None:
        click.echo(text, nl=False)
    else:
        write_whole(file, text)
        note(f"wrote {file}")


def paint(text: str, colour: str) -> str:
    """A text in a colour, if stdout is a terminal that wants colours."""
    if os.environ.get("NO_COLOR") or not sys.stdout.isatty():
        return text
    return click.style(text, fg=colour, bold=True)


def note(message: str) -> None:
    """Write a line of progress on stderr."""
    click.echo(message, err=True)


@contextmanager
def warnings_told() -> Iterator[None]:
    """What is done in it tells on stderr, a line each, of work that goes on more slowly than it could."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", SlowerWarning)
        other = warnings.showwarning

        def show(message: Warning | str, category: type[Warning], *place: Any, **more: Any) -> None:
            if issubclass(category, SlowerWarning):
                note(f"warning: {message}")
            else:
                other(message, category, *place, **more)

        warnings.showwarning = show
        yield


class Progress:
    """Tells on stderr how far a job is, at most every few seconds; a short job is silent."""

    def __init__(self, what: str, every: float = 3.0) -> None:
        self._what, self._every = what, every
        self._told = time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        """Take note that so many of so many are done."""
        now = time.monotonic()
        if now - self._told >= self._every:
            self._told = now
            note(f"{done} of {total} {self._what}")


def table(rows: Iterable[Sequence[str]], heading: Sequence[str]) -> str:
    """Rows in aligned columns; on a terminal, cut at its width."""
    lines = [tuple(heading), *(tuple(row) for row in rows)]
    widths = [max(width(cell) for cell in column) for column in zip(*lines, strict=True)]
    aligned = (_aligned(line, widths) for line in lines)
    if sys.stdout.isatty():
        limit = max(shutil.get_terminal_size().columns, 60)
        aligned = (_cut(line, limit) for line in aligned)
    return "\n".join(aligned)


def width(text: str) -> int:
    """The columns that a text takes on a terminal: a wide East Asian letter takes two."""
    return sum(
        0 if unicodedata.combining(letter) else 1 + (unicodedata.east_asian_width(letter) in "WF")
        for letter in text
    )


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell + " " * (room - width(cell)) for cell, room in zip(cells, widths, strict=True))
    return "  ".join(padded).rstrip()


def _cut(line: str, limit: int) -> str:
    if width(line) <= limit:
        return line
    while width(line) > limit - 1:
        line = line[:-1]
    return line.rstrip() + "…"
