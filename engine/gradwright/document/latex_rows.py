"""Displayed equations in LaTeX, as the HTML, Markdown and LaTeX formats all write them."""

from __future__ import annotations

from gradwright.document.blocks import Equation, Row

LONG = 4
"""From so many rows on an equation's rows stand closer together."""


def aligned(equation: Equation, tagged: bool = False) -> str:
    r"""The rows in an alignment; with ``tagged`` an ``align`` whose rows carry ``\tag``.

    >>> from gradwright.messages import Math
    >>> aligned(Equation((Row(Math("a", "a"), Math("b", "b")),)))
    '\\begin{aligned}\na &= b\n\\end{aligned}'
    """
    environment = "align*" if tagged else "aligned"
    remarked = any(row.remark is not None for row in equation.rows)
    gap = "0.2em" if len(equation.rows) < LONG else "-0.15em"
    rows = f" \\\\[{gap}]\n".join(_row(row, tagged, remarked) for row in equation.rows)
    return f"\\begin{{{environment}}}\n{rows}\n\\end{{{environment}}}"


def _row(row: Row, tagged: bool, remarked: bool) -> str:
    relation = RELATIONS.get(row.relation, row.relation)
    text = f"{row.left.latex} &{relation} {row.right.latex}".strip()
    if remarked and row.remark is not None:
        text += f" &&\\quad {row.remark.latex}"
    if tagged and row.number is not None:
        text += f" \\tag{{{row.number}}}"
    return text


RELATIONS = {
    ":=": ":=",
    "=": "=",
    "": "",
    "+=": "\\mathrel{+}=",
    "←": "\\leftarrow",
    "≤": "\\le",
    ">=": "\\ge",
    "<=": "\\le",
}
