"""A format turns a document into text; each is one module in ``document/formats``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from gradwright.document.blocks import Document
from gradwright.errors import UsageError, nearest
from gradwright.registry import collect


@dataclass(frozen=True)
class Format:
    """One way to write a document down.

    Args:
        name: As the command line calls it, such as ``md``.
        suffix: Of its files, with the dot.
        title: In English, for ``gradwright list formats``.
        render: Document -> the file's text.
    """

    name: str
    suffix: str
    title: str
    render: Callable[[Document], str]


@cache
def formats() -> dict[str, Format]:
    """Every format by name."""
    return {record.name: record for record in collect("gradwright.document.formats", Format).values()}


def render(document: Document, name: str) -> str:
    """The document in the named format.

    Raises:
        UsageError: There is no such format.
    """
    known = formats()
    if name not in known:
        raise UsageError(
            f"there is no format {name!r}; there are {', '.join(known)}", hint=nearest(name, known)
        )
    return known[name].render(document)


def format_of(name: str | None, as_json_text: bool, suffix: str = "") -> str:
    """The format asked for: by name, by ``--json``, else by a file's suffix, else text."""
    if as_json_text:
        return "json"
    if name is not None:
        return name
    return next((one.name for one in formats().values() if one.suffix == suffix), "text")
