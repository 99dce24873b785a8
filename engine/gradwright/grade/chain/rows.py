r"""The rows of LaTeX: ``align`` and its kin, displayed formulas, or one formula a line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from gradwright.grade.chain.lines import Statement, equal_parts, is_prose, statement
from gradwright.language.bounds import LENGTH

_LINES = "align|aligned|alignat|flalign|gather|gathered|equation|eqnarray|split|multline|displaymath|math"
_TOKEN = re.compile(
    rf"(?P<edge>\\(?:begin|end)\s*\{{(?:{_LINES})\*?\}}(?:\{{\d+\}})?)|(?P<open>\\begin\s*\{{\w+\*?\}})"
    r"|(?P<close>\\end\s*\{\w+\*?\})|(?P<row>\\\\\*?(?:\s*\[[^\]\n]*\])?|\\newline(?![A-Za-z]))"
    r"|(?P<display>\$\$|\\\[|\\\]|\\\(|\\\)|\$)|(?P<blank>\n[ \t]*\n)|(?P<comment>(?<!\\)%[^\n]*)|(?P<end>\n)"
    r"|(?P<bracket>[{}])"
)
_NOISE = re.compile(
    r"\\(?:label|tag\*?|vspace|hspace|eqref)\s*\{[^{}]*\}"
    r"|\\(?:nonumber|notag|displaystyle|qquad|quad|hfill)(?![A-Za-z])"
)
_POINTING = re.compile(
    r"\s*(?:\\(?:implies|Rightarrow|Longrightarrow|therefore|Leftrightarrow|iff|to|rightarrow)(?![A-Za-z])|⇒|∴"
    r"|\(?\d{1,3}[.)](?=\s))\s*"
)
_WORDS = re.compile(r"\\(?:text|textbf|textit|mbox|intertext|textrm)\s*\{[^{}]*\}")
_SHOWN = 60
_INNER = re.compile(r"\\begin\s*\{(\w+\*?)\}.*?\\end\s*\{\1\}", re.DOTALL)


def latex_statements(text: str) -> tuple[Statement, ...]:
    r"""The rows of a LaTeX text as lines of a chain; a row's number is that of the text's line it begins in.

    >>> [(one.number, one.left, one.forms) for one in latex_statements(r"\begin{align}" "\n"
    ...     r"A &= B \\" "\n" r"&= C" "\n" r"\end{align}")]
    [(2, 'A', ('B',)), (3, '', ('C',))]
    """
    rows = [row for row in _rows(text) if row[1].strip()]
    displayed = any(inside for _, _, inside in rows)
    return tuple(
        made for number, row, inside in rows if inside or not displayed for made in _statements(number, row)
    )


def _rows(text: str) -> Iterator[tuple[int, str, bool]]:
    """The rows, the number of the line that each begins in, and whether it is displayed.

    Inside an environment a line's end is a space.
    """
    row, start, depth, inner, display, braces = "", 0, 0, 0, False, 0
    place = line = 0
    for found in [*_TOKEN.finditer(text), None]:
        piece = text[place : found.start() if found else len(text)]
        if not row or row.isspace():
            row, start = "", line
        row += piece
        line += found[0].count("\n") if found else 0
        if found is None:
            break
        place, kind = found.end(), found.lastgroup
        within = depth > 0 or display or inner > 0 or braces > 0
        if kind in ("open", "close"):
            inner += 1 if kind == "open" else -1
            row += found[0]
        elif kind == "bracket":
            braces = max(0, braces + (1 if found[0] == "{" else -1))
            row += found[0]
        elif kind == "comment":
            continue
        elif (kind == "end" and within) or (kind in ("row", "blank") and inner > 0):
            row += " " if kind != "row" else found[0]
        else:
            yield start + 1, row, depth > 0 or display
            row, braces = "", 0
            if kind == "edge":
                depth = max(0, depth + (1 if "begin" in found[0] else -1))
            if kind == "display":
                display = not display if "$" in found[0] else found[0] in (r"\[", r"\(")
    yield start + 1, row, depth > 0 or display


def _statements(number: int, row: str) -> Iterator[Statement]:
    """The equations that stand in a row, mostly one."""
    if len(row) > LENGTH:
        yield Statement(number, f"{row[:_SHOWN]} ...", "", (row,))
        return
    bare = _NOISE.sub(" ", row)
    for first, pair in enumerate(_pairs(_cells(bare))):
        written = " ".join(pair.split())
        body = _POINTING.sub("", written, count=1) if _POINTING.match(written) else written
        body = body.strip().rstrip(",;.").strip()
        formula = _WORDS.sub(" ", body).strip()
        if not body:
            continue
        if first and "=" not in formula:
            continue
        if not formula or ("=" in body and "=" not in formula) or is_prose(body):
            yield Statement(number, written, aside="prose")
        else:
            yield statement(number, written, _parts(body if _is_formula(body) else formula))


def _pairs(cells: list[str]) -> Iterator[str]:
    """Left and right cells put together; an empty cell between two pairs only sets them apart."""
    waiting = list(cells)
    yield " ".join(waiting[:2])
    del waiting[:2]
    while waiting:
        if not waiting[0].strip():
            del waiting[0]
            continue
        yield " ".join(waiting[:2])
        del waiting[:2]


def _is_formula(body: str) -> bool:
    r"""Whether words in a row belong to its formula, as in ``\text{softmax}(Z)``."""
    return not re.search(r"\\(?:text|mbox|intertext)\s*\{[^{}]*\s[^{}]*\}", body)


def _cells(row: str) -> list[str]:
    """The row cut at its signs of alignment, those of a matrix inside it left alone."""
    masked = _INNER.sub(lambda found: "x" * len(found[0]), row)
    cuts = [place for place, sign in enumerate(masked) if sign == "&" and masked[place - 1 : place] != "\\"]
    edges = [-1, *cuts, len(row)]
    return [row[left + 1 : right] for left, right in pairwise(edges)]


def _parts(body: str) -> tuple[str, ...]:
    """What stands between the signs of equality, those inside a matrix or cases left alone."""
    masked = _INNER.sub(lambda found: "\x00" * len(found[0]), body)
    inner = iter(_INNER.findall(body) and [found[0] for found in _INNER.finditer(body)])
    parts = equal_parts(masked)
    return tuple(re.sub("\x00+", lambda _: next(inner), part) for part in parts)
