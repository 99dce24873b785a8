"""The lines of a chain from a file: plain text, Markdown, LaTeX, or a notebook, which is never run.

What is no formula in the file becomes an empty line, so that a line keeps the number that it has there; the
lines of a notebook are numbered from its first cell on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from gradwright.errors import AnswerError
from gradwright.grade.chain.notebook import cells_of
from gradwright.grade.textfile import decode, looks_binary

LIMIT = 2_000_000
"""Bytes of a file; a notebook holds its pictures too."""
LONGEST = 100_000
"""Characters of the formulas in it."""
TEXT, LATEX = "text", "latex"

_FENCE = re.compile(r"\s*(?:```|~~~)")
_ENVIRONMENT = re.compile(
    r"\\(begin|end)\s*\{(align|aligned|gather|gathered|equation|eqnarray|split|multline|displaymath"
    r"|alignat|flalign)\*?\}"
)
_ALONE = re.compile(r"\s*(?:[-*]\s+|\d+[.)]\s+)?\$[^$]+\$[.,;]?\s*")
_DISPLAY = re.compile(r"\$\$|\\\[|\\\]")


def lines_of(path: Path) -> tuple[tuple[str, ...], str]:
    """The lines of a file and the syntax that they are written in, ``text`` or ``latex``.

    Args:
        path: A file ``.txt``, ``.md``, ``.tex`` or ``.ipynb``.

    Raises:
        AnswerError: The file can't be read, is too large, or holds no formula.
    """
    text = _read(path)
    match path.suffix.lower():
        case ".tex":
            found = latex_lines(text) or tuple(text.split("\n"))
            lines, syntax = found, LATEX
        case ".md" | ".markdown" | ".qmd" | ".rmd":
            lines, syntax = markdown_lines(text)
        case ".ipynb":
            lines, syntax = _notebook(text, path.name)
        case _:
            lines, syntax = tuple(text.split("\n")), TEXT
    if not any(line.strip() for line in lines):
        raise AnswerError(
            f"{path.name}: there is no formula in this file",
            hint="write one step a line, such as dW = X.T @ dZ; in Markdown between ``` or $$",
        )
    length = sum(len(line) + 1 for line in lines)
    if length > LONGEST:
        raise AnswerError(f"{path.name}: the steps have {length} characters; at most {LONGEST} are read")
    return lines, syntax


def _read(path: Path) -> str:
    try:
        if not path.is_file():
            raise AnswerError(f"{path.name}: there is no such file")
        size = path.stat().st_size
        if size > LIMIT:
            raise AnswerError(f"{path.name} has {size / 1e6:.1f} MB; at most {LIMIT / 1e6:.0f} MB are read")
        data = path.read_bytes()
    except OSError as error:
        raise AnswerError(f"{path.name}: {error.strerror}") from error
    kind = looks_binary(data)
    if kind:
        raise AnswerError(
            f"{path.name} is not a text file ({kind})", hint="hand in .txt, .md, .tex or .ipynb"
        )
    decoded = decode(data)
    if decoded is None:
        raise AnswerError(f"{path.name}: the encoding is not known", hint="save the file as UTF-8")
    return decoded[0].replace("\r\n", "\n").replace("\r", "\n")


def latex_lines(text: str) -> tuple[str, ...]:
    r"""The file's lines, those outside displayed formulas emptied; nothing if it displays none.

    A formula between single signs counts where nothing else stands on its line.

    >>> latex_lines("So\n$$\na = b\n$$\nqed")
    ('', '$$', 'a = b', '$$', '')
    """
    kept, depth, display, found = [], 0, False, False
    for line in text.split("\n"):
        bare = re.sub(r"(?<!\\)%.*", "", line)
        edges = list(_ENVIRONMENT.finditer(bare))
        signs = list(_DISPLAY.finditer(bare))
        inside = bool(depth or display or edges or signs or _ALONE.fullmatch(bare))
        for edge in edges:
            depth = max(0, depth + (1 if edge[1] == "begin" else -1))
        for sign in signs:
            display = not display if sign[0] == "$$" else sign[0] == r"\["
        found = found or inside
        kept.append(bare if inside else "")
    return tuple(kept) if found else ()


def markdown_lines(text: str) -> tuple[tuple[str, ...], str]:
    r"""The lines of fenced code as text, else those of displayed formulas as LaTeX, else every line as text.

    >>> markdown_lines("Answer:\n```\ndZ = P - Y\n```")
    (('', '', 'dZ = P - Y', ''), 'text')
    """
    code, display = tuple(_fenced(text)), latex_lines(_unfenced(text))
    if any(line.strip() for line in code):
        return code, TEXT
    return (display, LATEX) if display else (tuple(text.split("\n")), TEXT)


def _fenced(text: str) -> Iterator[str]:
    inside = False
    for line in text.split("\n"):
        if _FENCE.match(line):
            inside = not inside
            yield ""
        else:
            yield line if inside else ""


def _unfenced(text: str) -> str:
    lines = zip(text.split("\n"), _fenced(text), strict=True)
    return "\n".join("" if code else line for line, code in lines)


def _notebook(text: str, name: str) -> tuple[tuple[str, ...], str]:
    """The lines of a notebook's code if it assigns anything, else those of its displayed formulas."""
    code: list[str] = []
    display: list[str] = []
    assigned = 0
    for kind, source in cells_of(text, name):
        if kind == "code":
            code += source.split("\n")
            assigned += sum(bool(re.match(r"\s*\w+\s*=(?!=)", line)) for line in source.split("\n"))
        else:
            display += latex_lines(_unfenced(source))
    formulas = sum("=" in line for line in display)
    if formulas > assigned or (formulas and not assigned):
        return tuple(display), LATEX
    return tuple(code), TEXT
