"""LaTeX: a plain article that any TeX compiles (XeLaTeX or LuaLaTeX for Korean)."""

from __future__ import annotations

import re

from gradwright.document.blocks import Blank, Block, Code, Document, Equation, Figure, Steps, Table, Text
from gradwright.document.format import Format
from gradwright.document.latex_rows import aligned
from gradwright.messages import Line, Math, Mono

_SPECIAL = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#",
    "%": r"\%", "_": r"\_", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}",
}  # fmt: skip
_HEAD = r"""\documentclass[11pt]{article}
\usepackage[a4paper,margin=25mm]{geometry}
\usepackage{amsmath,amssymb,booktabs,longtable,array}
"""
_KOREAN = "\\usepackage{kotex}\n"


def render(document: Document) -> str:
    """The document as a LaTeX article."""
    title = f"\\title{{{_line(document.title)}}}\n\\author{{{_line(document.subtitle)}}}\n\\date{{}}\n"
    head = _HEAD + (_KOREAN if document.language == "ko" else "") + title
    body = "\n\n".join(_block(block) for block in document.blocks)
    return f"{head}\\begin{{document}}\n\\maketitle\n\n{body}\n\n\\end{{document}}\n"


def _block(block: Block) -> str:
    match block:
        case Text():
            return _text(block)
        case Equation():
            return aligned(block, tagged=True)
        case Steps():
            entries = (
                f"\\item {_line(e.title)}\n\n" + "\n".join(map(_block, e.blocks)) for e in block.entries
            )
            return "\\begin{enumerate}\n" + "\n".join(entries) + "\n\\end{enumerate}"
        case Table():
            return _table(block)
        case Figure():
            return f"\\begin{{center}}\\emph{{{_escape(block.description)}}}\\end{{center}}"
        case Blank():
            return (
                f"\\medskip\\noindent\\fbox{{\\begin{{minipage}}[t][{block.lines}\\baselineskip]{{.97\\linewidth}}"
                "~\\end{minipage}}"
            )
        case Code():
            return f"\\begin{{verbatim}}\n{block.text}\n\\end{{verbatim}}"


def _text(block: Text) -> str:
    line = _line(block.line)
    match block.style:
        case "section" | "subsection":
            return f"\\{block.style}*{{{line}}}"
        case "note":
            return f"{{\\small {line}}}"
        case _:
            return line


def _table(table: Table) -> str:
    columns = "l" * max(len(row) for row in (table.heading, *table.rows))
    lines = [f"\\begin{{longtable}}{{{columns}}}", "\\toprule"]
    if table.heading:
        lines += [" & ".join(map(_line, table.heading)) + " \\\\", "\\midrule"]
    lines += [" & ".join(map(_cell, row)) + " \\\\" for row in table.rows]
    return "\n".join([*lines, "\\bottomrule", "\\end{longtable}"])


def _cell(line: Line) -> str:
    text = _line(line)
    return re.sub(r"\$(.*?)\$", r"$\\displaystyle \1$", text) if r"\frac" in text else text


def _line(line: Line) -> str:
    return "".join(
        f"${piece.latex}$" if isinstance(piece, Math)
        else f"\\texttt{{{_escape(piece.text)}}}" if isinstance(piece, Mono)
        else _escape(piece)
        for piece in line
    )  # fmt: skip


def _escape(text: str) -> str:
    return "".join(_SPECIAL.get(letter, letter) for letter in text)


FORMAT = Format("latex", ".tex", "LaTeX article", render)
