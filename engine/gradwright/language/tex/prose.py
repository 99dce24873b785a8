r"""The mathematics in a text with words around it: what is boxed, or the one formula between dollar signs."""

from __future__ import annotations

import re

from gradwright.language.scope import ReadError

_DELIMITED = re.compile(r"\$\$(.+?)\$\$|\$(.+?)\$|\\\((.+?)\\\)|\\\[(.+?)\\\]", re.DOTALL)
_DEGREES = re.compile(r"\^\s*(?:\{\s*\\circ\s*\}|\\circ(?![A-Za-z]))|\\degree(?![A-Za-z])")
_BOXED = re.compile(r"\\(?:boxed|fbox)\s*\{")
_WORDS = re.compile(r"[^\W\d_]{2,}")
_PREFACE = re.compile(r"\s*\\text\s*\{[^{}]*[^\W\d_]{2,}[^{}]*\s[^{}]*\}")


def mathematics(text: str) -> str:
    r"""The text with all that is not the formula blanked out, so that places stay; degrees as one sign.

    Raises:
        ReadError: Several formulas stand between words.

    >>> mathematics(r"so it is $\frac12$.").strip()
    '\\frac12'
    """
    text = _DEGREES.sub(lambda found: "°".ljust(len(found[0])), text)
    preface = _PREFACE.match(text)
    if preface is not None:
        text = " " * preface.end() + text[preface.end() :]
    boxed = list(_BOXED.finditer(text))
    if len(boxed) > 1:
        raise ReadError("several values are boxed", boxed[1].span(), "write one expression")
    if boxed:
        start = boxed[-1].end()
        end = _closing(text, start)
        return " " * start + text[start:end]
    if "$" not in text and "\\(" not in text and "\\[" not in text:
        return text
    found = list(_DELIMITED.finditer(text))
    if not found:
        return text
    outside = _DELIMITED.sub(" ", text)
    if len(found) > 1:
        raise ReadError("several formulas stand in this text", found[1].span(), "write the answer alone")
    match = found[0]
    group = next(number for number in range(1, 5) if match[number] is not None)
    start, end = match.span(group)
    rest = outside.strip(" .,;\n")
    if rest and not _WORDS.search(rest):
        return text.replace("$", " ")
    return " " * start + text[start:end]


def _closing(text: str, start: int) -> int:
    depth = 1
    for place in range(start, len(text)):
        if text[place] in "{}" and text[place - 1] != "\\":
            depth += 1 if text[place] == "{" else -1
            if not depth:
                return place
    raise ReadError("this box is never closed", (start - 1, start), "add a }")
