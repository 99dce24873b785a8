"""Plain text for a terminal, with mathematics in the grammar that an answer is typed in."""

from __future__ import annotations

import textwrap
import unicodedata

from gradwright.document.blocks import Blank, Block, Code, Document, Equation, Figure, Steps, Table, Text
from gradwright.document.format import Format
from gradwright.messages import plain

_WIDTH = 96
_BODY = 64
"""A longer formula does not push the others' shapes to the right."""
_MARKS = {"good": "✓ ", "bad": "✗ ", "unsure": "? "}


def render(document: Document) -> str:
    """The document as plain text, 96 columns wide where words can be broken."""
    title = plain(document.title)
    parts = [f"{title}\n{'=' * _cells(title)}"]
    if document.subtitle:
        parts.append(plain(document.subtitle))
    parts += [_block(block, 0) for block in document.blocks]
    return "\n\n".join(parts) + "\n"


def _block(block: Block, depth: int) -> str:
    match block:
        case Text():
            return _text(block, depth)
        case Equation():
            return _equation(block, depth)
        case Steps():
            return _steps(block, depth)
        case Table():
            return _table(block, depth)
        case Figure():
            return _wrapped(f"[{block.description}]", depth)
        case Blank():
            return textwrap.indent("\n".join(["_" * 60] * block.lines), " " * depth)
        case Code():
            return textwrap.indent(block.text, " " * (depth + 4))


def _text(block: Text, depth: int) -> str:
    text = plain(block.line)
    match block.style:
        case "section":
            return f"{text}\n{'-' * _cells(text)}"
        case "subsection":
            return f"## {text}"
        case _:
            return _wrapped(_MARKS.get(block.style, "") + text, depth)


def _wrapped(text: str, depth: int) -> str:
    indent = " " * depth
    return textwrap.fill(
        text,
        _WIDTH,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _equation(equation: Equation, depth: int) -> str:
    """The rows, aligned at the relation; a shape and a number stand in columns of their own."""
    left = max(_cells(row.left.text) for row in equation.rows)
    mark = max(len(row.relation) for row in equation.rows)
    bodies = [f"{_pad(row.left.text, left)} {row.relation:>{mark}} {row.right.text}" for row in equation.rows]
    remarks = ["" if row.remark is None else row.remark.text for row in equation.rows]
    width = max((_cells(body) for body in bodies if _cells(body) <= _BODY), default=0)
    second = max(map(_cells, remarks))
    lines: list[str] = []
    for row, body, remark in zip(equation.rows, bodies, remarks, strict=True):
        number = "" if row.number is None else f"({row.number})"
        tail = f"   {_pad(remark, second)}   {number}" if remark or number else ""
        lines.append((" " * (depth + 4) + (_pad(body, width) if tail else body) + tail).rstrip())
    return "\n".join(lines)


def _steps(steps: Steps, depth: int) -> str:
    parts: list[str] = []
    for number, entry in enumerate(steps.entries, 1):
        mark = f"{number}. "
        title = _wrapped(plain(entry.title), depth + len(mark))
        parts.append(" " * depth + mark + title.lstrip())
        parts += [_block(block, depth + len(mark)) for block in entry.blocks]
    return "\n".join(parts)


def _table(table: Table, depth: int) -> str:
    rows = [tuple(map(plain, row)) for row in ((table.heading,) if table.heading else ()) + table.rows]
    columns = max(map(len, rows))
    widths = [max(_cells(row[i]) if i < len(row) else 0 for row in rows) for i in range(columns)]
    lines = [
        "  ".join(_pad(cell, width) for cell, width in zip(row, widths, strict=False)).rstrip()
        for row in rows
    ]
    if table.heading:
        lines.insert(1, "  ".join("-" * width for width in widths))
    if table.caption:
        lines.append(plain(table.caption))
    return textwrap.indent("\n".join(lines), " " * (depth + 4))


def _cells(text: str) -> int:
    """How many terminal cells the text takes: a Korean letter takes two, a combining mark none."""
    return sum(
        0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in text
    )


def _pad(text: str, width: int) -> str:
    return text + " " * max(0, width - _cells(text))


FORMAT = Format("text", ".txt", "Plain text for a terminal", render)
