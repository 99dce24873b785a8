"""Markdown with ``$`` and ``$$`` mathematics, as GitHub, Jupyter and Pandoc read it."""

from __future__ import annotations

from gradwright.document.blocks import Blank, Block, Code, Document, Equation, Figure, Row, Steps, Table, Text
from gradwright.document.format import Format
from gradwright.document.latex_rows import aligned
from gradwright.messages import Line, Math, Mono

_MARKS = {
    "section": "## ",
    "subsection": "### ",
    "note": "> ",
    "good": "> ✓ ",
    "bad": "> ✗ ",
    "unsure": "> ? ",
}
_ESCAPES = str.maketrans({letter: "\\" + letter for letter in "\\*_<>[]#"})


def render(document: Document) -> str:
    """The document in Markdown."""
    head = [f"# {_line(document.title)}"]
    if document.subtitle:
        head.append(_line(document.subtitle))
    return "\n\n".join(head + [_block(block) for block in document.blocks]) + "\n"


def _block(block: Block) -> str:
    match block:
        case Text():
            return _MARKS.get(block.style, "") + _line(block.line)
        case Equation():
            return _equation(block)
        case Steps():
            return _steps(block)
        case Table():
            return _table(block)
        case Figure():
            return f"![{block.description}]()" + (f"\n\n*{_line(block.caption)}*" if block.caption else "")
        case Blank():
            return "\n".join([f"```{block.label}", *[""] * block.lines, "```"])
        case Code():
            return f"```{block.language}\n{block.text}\n```"


def _equation(equation: Equation) -> str:
    numbered = [row for row in equation.rows if row.number is not None]
    if len(equation.rows) == 1:
        row = equation.rows[0]
        plain = aligned(Equation((Row(row.left, row.right, None, None, row.relation),)))
        body = plain.removeprefix("\\begin{aligned}\n").removesuffix("\n\\end{aligned}")
        body = body.removeprefix("&") if body.startswith("&") else body.replace(" &", " ", 1)
        remark = "" if row.remark is None else f" \\qquad {row.remark.latex}"
        tag = "" if row.number is None else f" \\tag{{{row.number}}}"
        return f"$$\n{body.strip()}{remark}{tag}\n$$"
    return f"$$\n{aligned(equation, tagged=bool(numbered))}\n$$"


def _steps(steps: Steps) -> str:
    lines: list[str] = []
    for number, entry in enumerate(steps.entries, 1):
        body = "\n\n".join(_block(block) for block in entry.blocks)
        inner = f"{_line(entry.title)}\n\n{body}" if body else _line(entry.title)
        lines.append(f"{number}. " + inner.replace("\n", "\n   ").replace("\n   \n", "\n\n"))
    return "\n\n".join(lines)


def _table(table: Table) -> str:
    width = max(len(row) for row in (table.heading, *table.rows))
    heading = table.heading or ((),) * width
    lines = [_row(heading), "|" + " --- |" * width, *map(_row, table.rows)]
    return "\n".join(lines) + (f"\n\n*{_line(table.caption)}*" if table.caption else "")


def _row(cells: tuple[Line, ...]) -> str:
    return "| " + " | ".join(_line(cell).replace("|", "\\|") for cell in cells) + " |"


def _line(line: Line) -> str:
    return "".join(
        f"${piece.latex}$" if isinstance(piece, Math)
        else f"`{piece.text}`" if isinstance(piece, Mono)
        else piece.translate(_ESCAPES)
        for piece in line
    )  # fmt: skip


FORMAT = Format("md", ".md", "Markdown with $$ mathematics", render)
