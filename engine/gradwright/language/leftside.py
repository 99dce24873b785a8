"""The left side of an answer, ``dW = ...`` or ``∂L/∂W = ...``: the name that the answer is given."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gradwright.language.scope import ReadError
from gradwright.language.tree import Span
from gradwright.language.words import PRIMITIVES, canonical_name

_SIGN = re.compile(r":=|(?<![<>!=:])=(?!=)|:(?![:=])|[()\[\]{}'\"]")
_WORD = r"[^\W\d](?:\w|[\u0300-\u036f\u20d0-\u20f0])*"
_NAME = re.compile(rf"\s*({_WORD})\s*")
_VALUE = re.compile(rf"\s*({_WORD})\s*('*)\s*\(\s*{_WORD}\s*(?:,\s*{_WORD}\s*)*\)\s*|\s*({_WORD})\s*('+)\s*")
_RATIO = re.compile(rf"\s*[d∂]\s*({_WORD})\s*/\s*[d∂]\s*({_WORD})\s*")
_NABLA = re.compile(rf"\s*∇\s*_?\s*({_WORD})?(?:\s*{_WORD}|\s*\(\s*{_WORD}\s*\))?\s*")
_INDICES = re.compile(r"(.*)\[(.*)\]\s*", re.DOTALL)
_OPENS, _CLOSES = frozenset("([{"), frozenset(")]}")


@dataclass(frozen=True)
class LeftSide:
    """A left side.

    Args:
        target: The name, in its one spelling; ``∂L/∂W`` is ``dL_dW``, ``∇_W L`` is ``grad_W``.
        indices: The named indices after it, as in ``dW[i, j] = ...``.
        span: Its place in the text, without the sign that ends it.
        end: Where the right side begins.
    """

    target: str
    indices: tuple[str, ...]
    span: Span
    end: int


def left_side(text: str) -> LeftSide | None:
    """The left side of a text, or None if it has none: ``dW``, ``dW[i, j]``, ``∂L/∂W``, ``f(x)``, ``y'``.

    Raises:
        ReadError: What stands on the left is not a name, with or without named indices.

    >>> left_side("∂L/∂W = X.T @ G").target
    'dL_dW'
    """
    sign = _sign(text)
    if sign is None:
        return None
    start, end = sign
    written = text[:start]
    head = written
    indices: tuple[str, ...] = ()
    found = _INDICES.fullmatch(written)
    if found is not None:
        head, inside = found.groups()
        indices = tuple(_index(part, text, start) for part in inside.split(","))
    target = _target(head)
    span = (len(written) - len(written.lstrip()), len(written.rstrip()))
    if not target:
        if text[start:end] == ":":
            return None
        raise _no_name(text, span, start)
    if len(set(indices)) < len(indices):
        raise ReadError("the left side has the same index twice", span, "give each axis its own letter")
    return LeftSide(target, indices, span, end)


def _sign(text: str) -> Span | None:
    """Where the first ``=``, ``:=`` or ``:`` outside brackets and strings stands."""
    depth, quote = 0, ""
    for found in _SIGN.finditer(text):
        sign = found[0]
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"":
            # After a letter it is a prime.
            before = text[found.start() - 1 : found.start()]
            quote = "" if before.isalnum() or before == "'" else sign
        elif sign in _OPENS:
            depth += 1
        elif sign in _CLOSES:
            depth -= 1
        elif depth == 0:
            return found.span()
    return None


def _target(head: str) -> str:
    """The name that a left side spells; empty if it is none."""
    found = _NAME.fullmatch(head)
    if found is not None:
        return canonical_name(found[1])
    found = _VALUE.fullmatch(head)
    if found is not None:
        name, primes = (found[1], found[2]) if found[1] else (found[3], found[4])
        return canonical_name(name) + "_prime" * len(primes) if name not in PRIMITIVES else ""
    found = _RATIO.fullmatch(head)
    if found is not None:
        return canonical_name(f"d{found[1]}_d{found[2]}")
    found = _NABLA.fullmatch(head)
    if found is not None:
        return canonical_name(f"grad_{found[1].lstrip('_')}") if found[1] else "grad"
    return ""


def _index(part: str, text: str, end: int) -> str:
    found = _NAME.fullmatch(part)
    if found is None:
        raise ReadError(
            "the left side's subscripts are names of indices",
            (text.index("[") + 1, text.rindex("]", 0, end)),
            "write dW[i, j] = ..., or leave the subscripts out",
        )
    return canonical_name(found[1])


def _no_name(text: str, span: Span, start: int) -> ReadError:
    if not text[:start].strip():
        return ReadError("nothing stands before this =", (start, start + 1), "write the expression alone")
    return ReadError("the left side is not a name", span, "write dW = ..., or the expression alone")
