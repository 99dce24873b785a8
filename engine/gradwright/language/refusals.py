"""Why a word can't stand where it stands: what was got, what was expected, and the next move."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gradwright.language.bounds import DEPTH
from gradwright.language.scope import ReadError
from gradwright.language.tokens import Token
from gradwright.language.tree import Span
from gradwright.language.words import listed

_PAIRS = {")": "(", "]": "[", "}": "{"}
NEXT_MOVES = {
    "'": "for a transpose, write A.T",
    "²": "for a power, write x**2",
    "√": "for a square root, write sqrt(x)",
    "|": "for an absolute value, write abs(x)",
    "%": "for a remainder, write mod(a, b)",
    "&": "to join conditions, multiply them: (a > 0)*(b > 0)",
    "~": "for not, write 1 - (a > 0)",
    ";": "write one expression",
    "\\": "this looks like LaTeX; use the LaTeX input",
    "$": "this looks like LaTeX; use the LaTeX input",
    "{": "braces only stand in sum_{i}; use ( )",
    "∂": "name a derivative dL_dW or dW",
    "∑": "write sum_{i} with the index in braces",
    "∏": "write prod_{i} with the index in braces",
    "∇": "name a gradient dW or grad_W",
    "…": "write every index out",
    "→": "expected an expression",
    "=": "an expression holds no assignment; to compare, write ==",
    "!": "for a factorial, write factorial(n)",
    ":": "a slice only stands inside [ ]",
    "//": "for a division, write /, for its whole part floor(a/b)",
    "...": "write every axis out, as in X[:, :, 0]",
}
_SUM = re.compile(r"(?:sum|prod|max|min|mean|Σ)_[^\W\d_]")
_WORDS = listed("lambda for in if else import from while def class return is not and or assert with yield")


def unexpected(text: str, place: Span, token: Token) -> ReadError:
    """The error for a word of the slice ``place`` of the text; a bracket that has no partner comes first."""
    unpaired = _unpaired(text, place)
    if unpaired is not None:
        return unpaired
    if token.kind == "end":
        end = place[0] + len(text[slice(*place)].rstrip())
        last = text[end - 1]
        return ReadError("the text ends too early", (end - 1, end), f"expected a value after {last}")
    before = text[place[0] : token.start].rstrip()[-1:]
    return ReadError(*_reason(text, token.span, before))


def _unpaired(text: str, place: Span) -> ReadError | None:
    """The error for the first bracket that closes or is closed by none."""
    opened: list[int] = []
    quote = ""
    for position in range(*place):
        sign = text[position]
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"":
            quote = sign if sign in text[position + 1 : place[1]] else ""
        elif sign in "([{":
            opened.append(position)
            if len(opened) > DEPTH:
                return ReadError(
                    f"brackets are nested deeper than {DEPTH} levels",
                    (position, position + 1),
                    "name parts of it",
                )
        elif sign in ")]}":
            if not opened or text[opened[-1]] != _PAIRS[sign]:
                hint = f"add a {_PAIRS[sign]} before it, or remove it"
                return ReadError(f"this {sign} closes no {_PAIRS[sign]}", (position, position + 1), hint)
            opened.pop()
    if opened:
        return ReadError(
            f"this {text[opened[-1]]} is never closed",
            (opened[-1], opened[-1] + 1),
            "add the closing bracket",
        )
    return None


def _reason(text: str, span: Span, before: str) -> tuple[str, Span, str]:
    """The message, the place and the next move for what stands at ``span`` after the sign ``before``."""
    got = text[slice(*span)]
    after_value = before.isalnum() or before in tuple(")]}'\"_.ᵀ!")
    word = "".join(_leading_word(text[span[0] :]))
    previous = "".join(reversed(list(_leading_word(text[: span[0]].rstrip()[::-1]))))
    for found in (word, previous):
        if found in _WORDS:
            return (
                f"{found} is not part of the grammar",
                span,
                "write an expression of names, functions and operators",
            )
    if got in NEXT_MOVES or got[0] in NEXT_MOVES:
        hint = NEXT_MOVES.get(got) or NEXT_MOVES[got[0]]
        return f"{got} can't stand here", span, hint
    if got[0] in "¹³⁰⁴⁵⁶⁷⁸⁹":
        return f"{got} can't be read", span, "for a power, write x**2"
    if after_value and (got[0].isalnum() or got[0] in "([{_."):
        hint = "write * for a product of entries, @ for a matrix product"
        if _SUM.fullmatch(previous):
            hint = f"write {previous[:-1]}{{{previous[-1]}}} with the index in braces"
        return "two values stand side by side", span, hint
    if got == "," and after_value:
        return f"{got} can't stand here", span, "write one expression; for decimals, write a point"
    if got in tuple("+*/@^×·÷)],-") or got == "**":
        return f"{got} can't stand here", span, "expected a value before it"
    if got[0] in "'\"":
        return "a string can't stand here", span, "expected a value"
    expected = "expected an operator" if after_value else "expected a value"
    return f"{got} can't be read here", span, expected


def _leading_word(text: str) -> Iterator[str]:
    for letter in text:
        if not (letter.isalnum() or letter == "_"):
            return
        yield letter
