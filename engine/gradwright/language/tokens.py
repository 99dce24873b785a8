"""The words of a text, cut out by one regular expression."""

from __future__ import annotations

import re
from typing import NamedTuple

from gradwright.language.tree import Span


class Token(NamedTuple):
    """A word of the text: its kind, itself, and its place."""

    kind: str
    text: str
    start: int
    end: int

    @property
    def span(self) -> Span:
        """Its place in the text."""
        return self.start, self.end


_LETTERS = r"[^\W¹²³⁰⁴-⁹ᵀ]"
_WORD = rf"[^\W\d¹²³⁰⁴-⁹ᵀ](?:{_LETTERS}|[\u0300-\u036f\u20d0-\u20f0])*"
_LIBRARY = (
    r"(?:numpy|np|jnp|math|(?:scipy|sp)(?=\.(?:special|linalg)\b))(?:\.(?:linalg|special))?\.(?=[^\W\d])"
    r"|(?:linalg|special)\.(?=[^\W\d])(?!T\b)"
)
_PATTERNS = {
    "prefix": _LIBRARY,
    "over": r"(?:sum|prod|max|min|mean|[∑Σ∏])_\{",
    "partial": rf"∂\s*{_WORD}\s*/\s*∂\s*{_WORD}",
    "name": rf"{_WORD}|∆{_LETTERS}*",
    "number": r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?",
    "string": r"'[^'\n\\]*'|\"[^\"\n\\]*\"",
    "sign": r"\*\*|==|!=|<=|>=|\.\.\.|//|[-−–+*×·⋅⊙∘/÷@^<>≤≥≠=!ᵀ:.,()\[\]}]",
    "end": r"\Z",
    "unknown": r".",
}
_TOKEN = re.compile(
    rf"\s*(?:{'|'.join(f'(?P<{kind}>{pattern})' for kind, pattern in _PATTERNS.items())})", re.DOTALL
)
_SIGNS = {
    **dict.fromkeys("+-−–", "add"),
    **dict.fromkeys("*×·⋅⊙∘/÷@", "multiply"),
    **dict.fromkeys(("**", "^"), "power"),
    **dict.fromkeys(("==", "!=", "<=", ">=", "<", ">", "≤", "≥", "≠"), "compare"),
    **dict.fromkeys(("...", "//"), "unknown"),
}


def tokens(text: str, place: Span) -> list[Token]:
    """The words of the slice ``place`` of the text; the last one is its end.

    >>> [token.text for token in tokens("np.sum(x)*2.5", (0, 13))]
    ['np.', 'sum', '(', 'x', ')', '*', '2.5', '']
    """
    found = []
    for match in _TOKEN.finditer(text, *place):
        kind = match.lastgroup
        assert kind is not None, match
        word = match[kind]
        start, end = match.span(kind)
        found.append(Token(_SIGNS.get(word, word) if kind == "sign" else kind, word, start, end))
    return found
