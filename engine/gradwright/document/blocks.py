"""The closed set of blocks that a document is made of, and the pieces of a line of prose.

A question type or a derivation makes blocks; a format renders them. Neither knows the other, so that a
new one of either kind touches nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from gradwright.messages import Line, Math


@dataclass(frozen=True)
class Text:
    """A line of prose.

    Args:
        line: Its pieces.
        style: ``paragraph``, ``section``, ``subsection``, ``note``, or a verdict: ``good bad unsure``.
    """

    line: Line
    style: str = "paragraph"


@dataclass(frozen=True)
class Row:
    """One line of an equation: ``left = right``, with an optional number and a remark such as a shape."""

    left: Math
    right: Math
    number: int | None = None
    remark: Math | None = None
    relation: str = "="


@dataclass(frozen=True)
class Equation:
    """Displayed formulas, aligned at their relation; ``boxed`` marks a result."""

    rows: tuple[Row, ...]
    boxed: bool = False


@dataclass(frozen=True)
class Entry:
    """One step: a name, and the blocks that show it."""

    title: Line
    blocks: tuple[Block, ...]
    rule: str = ""


@dataclass(frozen=True)
class Steps:
    """Steps in order; a step may hold finer steps among its blocks."""

    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Table:
    """A table: a heading a column, and rows of lines; ``plain`` has no heading."""

    heading: tuple[Line, ...]
    rows: tuple[tuple[Line, ...], ...]
    caption: Line = ()


@dataclass(frozen=True)
class Figure:
    """A picture as SVG source, with a caption and a description for a reader who can't see it."""

    svg: str
    description: str
    caption: Line = ()


@dataclass(frozen=True)
class Blank:
    """Space for an answer to the question named ``label``; ``lines`` is how many lines high."""

    label: str
    lines: int = 2


@dataclass(frozen=True)
class Code:
    """Text that is shown as it is, in a fixed pitch."""

    text: str
    language: str = ""


Block = Text | Equation | Steps | Table | Figure | Blank | Code


@dataclass(frozen=True)
class Document:
    """A titled sequence of blocks in one language (``en`` or ``ko``)."""

    title: Line
    language: str
    blocks: tuple[Block, ...] = field(default_factory=tuple)
    subtitle: Line = ()


def blocks_of(document: Document) -> Iterator[Block]:
    """Every block, those inside steps included, in reading order."""
    stack: list[Block] = list(reversed(document.blocks))
    while stack:
        block = stack.pop()
        yield block
        if isinstance(block, Steps):
            inner = [part for entry in block.entries for part in entry.blocks]
            stack.extend(reversed(inner))
