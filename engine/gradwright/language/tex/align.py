r"""A chain of equations in LaTeX, cut into one expression a line."""

from __future__ import annotations

import re

from gradwright.language.bounds import FORMULAS_LENGTH, check_length

_ENVIRONMENT = re.compile(
    r"\\(begin|end)\s*\{(align|aligned|alignat|alignedat|gather|gathered|split|equation|multline|eqnarray|flalign|"
    r"displaymath|math)\*?\}(?:\s*\[[a-z]\]|\s*\{\d+\})?"
)
_DISPLAY = re.compile(r"(?<!\\)(?:\$\$?|\\[\[\]()])")
_BREAK = re.compile(r"\\\\(?:\s*\[[^\]\\]*\])?|\\newline(?![A-Za-z])")
_IDLE = re.compile(r"\\(?:nonumber|notag|displaystyle)(?![A-Za-z])|\\(?:label|tag|intertext)\*?\s*\{[^{}]*\}")
_COMMENT = re.compile(r"(?<!\\)%[^\n]*")
_INNER = re.compile(r"\\(begin|end)\s*\{([A-Za-z]+)\*?\}")


def lines(text: str) -> tuple[str, ...]:
    r"""The lines of ``align``, ``aligned``, ``gather``, ``$$...$$`` or of a text with line breaks.

    Args:
        text: LaTeX; matrices and cases in it keep their own lines.

    Returns:
        One LaTeX string a line, without ``&``, numbers and labels; a line that goes on begins with its ``=``.

    Raises:
        ReadError: The text is too long.

    >>> lines(r"\begin{align} L &= (y - w x)^2 \\ &= y^2 - 2 y w x + w^2 x^2 \end{align}")
    ('L = (y - w x)^2', '= y^2 - 2 y w x + w^2 x^2')
    """
    check_length((0, len(text)), FORMULAS_LENGTH)
    plain = _IDLE.sub(" ", _COMMENT.sub("", text))
    plain = _DISPLAY.sub(r" \\\\ ", _ENVIRONMENT.sub(r" \\\\ ", plain))
    parts = []
    for part in _cut(plain):
        line = " ".join(part.split()).strip(" ,;")
        line = line[:-1].rstrip() if line.endswith(".") else line
        if line:
            parts.append(line)
    return tuple(parts)


def _cut(text: str) -> list[str]:
    """The text cut at line breaks, and freed of ``&``, outside matrices and cases."""
    parts: list[str] = []
    line: list[str] = []
    depth = braces = place = 0
    while place < len(text):
        edge = _INNER.match(text, place)
        broken = _BREAK.match(text, place)
        if edge is not None:
            depth = max(0, depth + (1 if edge[1] == "begin" else -1))
            line.append(edge[0])
            place = edge.end()
        elif broken is not None and not depth and not braces:
            parts.append("".join(line))
            line, place = [], broken.end()
        else:
            sign = text[place]
            width = 2 if sign == "\\" and place + 1 < len(text) else 1
            if width == 1 and sign in "{}":
                braces = max(0, braces + (1 if sign == "{" else -1))
            line.append(" " if sign == "&" and not depth else text[place : place + width])
            place += width
    return [*parts, "".join(line)]
