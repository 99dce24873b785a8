"""The lines of a chain: what stands on the left of each, its forms, and what is no step at all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from gradwright.language.bounds import LENGTH

_BREAK = re.compile(r"(?<![<>!=:])(?::=|=)(?![=>])")
_LABEL = re.compile(
    r"(?:\(?\d{1,3}[.)]|(?:step|단계|line)\s*\d{1,3}\s*[:.)-]|[•‣*]\s|>\s)\s*"
    r"|(?:so|thus|hence|therefore|then|and|with|where|let|define|we (?:have|get|find)|따라서|그러므로|즉)\b"
    r"\s*[,:]?\s*"
    r"|(?:=>|⇒|⟹|∴|→)\s*|-\s+(?=[^\W\d]\w*(?:\[[\w, ]+\])?\s*:?=(?!=))",
    re.IGNORECASE,
)
_STATEMENT = re.compile(
    r"(?:import|from|def|class|return|for|while|if|elif|else|try|except|finally|with|assert|raise|del|pass"
    r"|print|global|lambda|yield|async|await|plt|display|np\.random\.seed|np\.set_printoptions)\b(?!\s*=)|[%!@]"
)
_BLANK = re.compile(r"[_\s.…-]*|\\(?:ldots|dots)")
_DOCSTRING = re.compile(r"(\"{3}|'{3}).*?\1", re.DOTALL)
_PLACE = re.compile(r"[\w.\[\]:, ]+")
_SEVERAL = re.compile(r"[\w., ]*,[\w., ]*")
_BEGINNING = re.compile(r"[^\W\d]\w*(?:\[[\w, ]+\])?\s*:?=(?!=)")
_DEFINED = re.compile(r"\s*[^\W\d]\w+(?:\[[\w, ]+\])?\s*:?=(?!=)")
_WORDS = re.compile(r"[^\W\d_]{2,}(?:[ ,]+[^\W\d_]+)+")
_OPERATING = re.compile(r"[=+*/@^\\\[\]]|\w\(|\s-\s")
_OPENS, _CLOSES = frozenset("([{"), frozenset(")]}")
_SHOWN = 60
FORMS = 8
"""How many forms a line may have."""


@dataclass(frozen=True)
class Statement:
    """One line.

    Args:
        number: Its number in the text, from 1.
        text: The line as it was written.
        left: What stands before the first ``=``; empty for a line that goes on with the one before it.
        forms: The expressions between its signs of equality.
        aside: Why it is no step: ``prose``, ``statement`` (of a program), ``blank`` or ``long``; else empty.
    """

    number: int
    text: str
    left: str = ""
    forms: tuple[str, ...] = ()
    aside: str = ""


def text_statements(text: str) -> tuple[Statement, ...]:
    r"""The lines of plain text or of a program's cell; one with an open bracket goes on.

    >>> [(one.left, one.forms) for one in text_statements("dW = X.T @ dZ = X.T @ (P - Y)/n\n = dV # so")]
    [('dW', ('X.T @ dZ', 'X.T @ (P - Y)/n')), ('', ('dV',))]
    """
    found = []
    for number, written in _logical(text):
        for part in _split(written):
            if part.strip():
                found.append(_statement(number, part.strip()))
    return tuple(found)


def _logical(text: str) -> Iterator[tuple[int, str]]:
    """The numbered lines without comments, those with open brackets or a final backslash joined."""
    start = depth = 0
    pending: list[str] = []
    for number, line in enumerate(_without_docstrings(text).split("\n"), 1):
        code = _uncommented(line).strip()
        if (pending and not (pending[-1].endswith("\\") or depth > 0)) or _begins(code):
            if pending:
                yield start, _joined(pending)
            pending, depth = [], 0
        if code:
            start = start if pending else number
            pending.append(code)
            depth += _depth(code)
    if pending:
        yield start, _joined(pending)


def _without_docstrings(text: str) -> str:
    """The text without what stands between three quotes; the lines keep their numbers."""
    return _DOCSTRING.sub(lambda found: "\n" * found[0].count("\n"), text)


def _joined(lines: list[str]) -> str:
    return " ".join(line.rstrip("\\").rstrip() for line in lines)


def _depth(code: str) -> int:
    """How many brackets are open at the end."""
    return sum(code.count(sign) for sign in _OPENS) - sum(code.count(sign) for sign in _CLOSES)


def _begins(code: str) -> bool:
    """Whether a line begins a new step even where a bracket is open before it, which was then forgotten."""
    return _BEGINNING.match(code) is not None and _depth(code) == 0 and not code.endswith(",")


def _uncommented(line: str) -> str:
    """The line without a comment: ``# ...`` anywhere, ``% ...`` or ``//`` at its start."""
    bare = line.partition("#")[0]
    return "" if re.match(r"\s*(?:%(?!\w)|%%|//|```|\$\$\s*$|---)", bare) else bare


def _statement(number: int, written: str) -> Statement:
    if len(written) > LENGTH:
        return Statement(number, f"{written[:_SHOWN]} ...", "", (written,))
    body = strip_label(written)
    if _STATEMENT.match(body) or _is_update(body):
        return Statement(number, written, aside="statement")
    if is_prose(body, least=2):
        return Statement(number, written, aside="prose")
    return statement(number, written, equal_parts(body))


def _is_update(line: str) -> bool:
    """Whether a line stores something otherwise than under one name: ``dW += ...`` or ``a, b = ...``."""
    left, sign, right = line.partition("=")
    if not sign or right.startswith("="):
        return False
    if left[-1:] in tuple("+-*/@%&|^") and _PLACE.fullmatch(left.rstrip("+-*/@%&|^")):
        return True
    return _SEVERAL.fullmatch(left) is not None or re.fullmatch(r"\w+\[[^\]]*:[^\]]*\]\s*", left) is not None


def strip_label(line: str) -> str:
    """The line without what only points at it: ``1.``, ``Step 2:``, ``so``, ``=>``.

    >>> strip_label("(2) so dW = X.T @ dZ")
    'dW = X.T @ dZ'
    """
    body = line
    for _ in range(3):
        found = _LABEL.match(body)
        if found is None or _goes_on_as_name(body, found.end()):
            return body
        body = body[found.end() :]
    return body


def _goes_on_as_name(body: str, end: int) -> bool:
    """Whether the label is a value's name after all: ``with = 2`` or ``so``."""
    return not body[end:].strip() or body[end:].lstrip()[:1] in "=*/+@^)],"


def is_prose(line: str, least: int = 3) -> bool:
    """Whether a line is words rather than a formula: ``least`` of them in a row, and no operator.

    >>> is_prose("We now use the chain rule."), is_prose("X.T @ dZ"), is_prose("dZ")
    (True, False, False)
    """
    found = _WORDS.search(line)
    many = found is not None and len(found[0].replace(",", " ").split()) >= least
    return many and _OPERATING.search(line) is None


def statement(number: int, written: str, parts: tuple[str, ...]) -> Statement:
    """The line whose parts stand between its signs of equality; an empty first one is no left side."""
    if len(parts) > FORMS + 1:
        return Statement(number, written, aside="long")
    if len(parts) == 1:
        return Statement(number, written, "", parts)
    head, *forms = parts
    kept = tuple(form for form in forms if not _BLANK.fullmatch(form))
    if not kept:
        return Statement(number, written, head, aside="blank")
    if not head:
        return Statement(number, written, "", kept)
    return Statement(number, written, head, kept)


def equal_parts(line: str) -> tuple[str, ...]:
    """What stands between the signs of equality outside brackets.

    >>> equal_parts("db = sum(dZ, axis=0) = dZ.sum(0)")
    ('db', 'sum(dZ, axis=0)', 'dZ.sum(0)')
    """
    depths, depth = [], 0
    for sign in line:
        depth += (sign in _OPENS) - (sign in _CLOSES)
        depths.append(depth)
    parts, start = [], 0
    for found in _BREAK.finditer(line):
        if depths[found.start()] == 0:
            parts.append(line[start : found.start()].strip())
            start = found.end()
    parts.append(line[start:].strip())
    if len(parts) == 1 and (colon := re.match(r"\s*([^\W\d]\w*(?:\[[\w, ]+\])?)\s*:(?!:)\s*(?=\S)", line)):
        return colon[1], line[colon.end() :].strip()
    return tuple(parts)


def _split(line: str) -> Iterator[str]:
    """The line cut at semicolons outside brackets, and at commas before the next name that is defined."""
    depth, start = 0, 0
    for place, letter in enumerate(line):
        depth += (letter in _OPENS) - (letter in _CLOSES)
        if depth == 0 and (letter == ";" or (letter == "," and _DEFINED.match(line, place + 1))):
            yield line[start:place]
            start = place + 1
    yield line[start:]
