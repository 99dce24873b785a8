"""Values side by side in scalar text: ``2x``, ``3(x + 1)``, ``x sin(x)`` and ``xy`` are products.

They multiply as tightly as ``*``: ``2^n n`` is ``2**n*n``, and ``1/2x`` is ``1/2*x``, which is noted as
doubtful. Refused, since two readings are as likely: a number after a value (``x 2``), a function without
brackets (``sin x``), a word that several rows of names spell, and ``f(x)`` where f is both a function and a
declared value.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice

from gradwright.language.calls import is_function
from gradwright.language.scope import ReadError
from gradwright.language.tokens import Token
from gradwright.language.tree import Span
from gradwright.language.words import canonical_name

_CONSTANTS = frozenset({"pi", "E", "e", "inf", "True", "False", "None"})
_OPEN = "("
_LONGEST = 12


@dataclass
class Juxtaposition:
    """How values side by side are read in one text.

    Args:
        values: The declared names, all scalars.
        functions: The composite functions in reach.
        after_division: Where a product without a sign follows a division, as in ``1/2x``.
    """

    values: frozenset[str]
    functions: frozenset[str]
    after_division: list[Span] = field(default_factory=list)

    @cached_property
    def _known(self) -> frozenset[str]:
        return self.values | _CONSTANTS

    def split(self, words: list[Token]) -> list[Token]:
        """The words with each one that names spell together, such as ``xy``, cut into these.

        Raises:
            ReadError: A function stands without brackets, or a word can be cut in several ways.
        """
        found: list[Token] = []
        for at, token in enumerate(words):
            if token.kind != "name" or (at and words[at - 1].kind in (".", "prefix")):
                found.append(token)
                continue
            following = words[at + 1].kind
            name = canonical_name(token.text)
            if name in self._known or following == "=":
                found.append(token)
            elif is_function(token.text, self.functions):
                if following != _OPEN:
                    raise _bare_function(token, following == "power")
                found.append(token)
            else:
                found.extend(self._cut(token, following == _OPEN))
        return found

    def is_factor(self, token: Token) -> bool:
        """Whether the name before a bracket is a value that the bracket is multiplied by.

        Raises:
            ReadError: It is a function as well.
        """
        if canonical_name(token.text) not in self._known:
            return False
        if is_function(token.text, self.functions):
            raise called_value(token, self.functions)
        return True

    def check(self, before: Token, token: Token) -> None:
        """Raise ReadError where the value that a word begins can't multiply what stands before it."""
        if token.kind == "number":
            hint = f"write *{token.text} for a product, **{token.text} for a power"
            raise ReadError("a number stands right after a value", token.span, hint)
        if token.kind == _OPEN and before.kind == "!":
            raise ReadError("a bracket stands right after !", token.span, "write * between them")

    def _cut(self, token: Token, called: bool) -> list[Token]:
        """The tokens of the names that a word is made of; the word itself if it is made of none."""
        ways = list(islice(self._ways(token.text, called, ()), 2)) if len(token.text) <= _LONGEST else []
        if len(ways) > 1:
            hint = f"write {' * '.join(ways[0])} or {' * '.join(ways[1])}"
            raise ReadError(f"{token.text} can be read in several ways", token.span, hint)
        if not ways:
            return [token]
        pieces, start = [], token.start
        for word in ways[0]:
            pieces.append(Token("name", word, start, start + len(word)))
            start += len(word)
        return pieces

    def _ways(self, text: str, called: bool, before: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        """Each row of names that spells the text; before a bracket the last one may be a function."""
        if called and before and text and is_function(text, self.functions):
            yield (*before, text)
        for end in range(1, len(text) + 1):
            if canonical_name(text[:end]) in self._known:
                if end == len(text):
                    yield (*before, text)
                else:
                    yield from self._ways(text[end:], called, (*before, text[:end]))


def called_value(token: Token, functions: frozenset[str]) -> ReadError:
    """The error for a declared value that is written like a function, ``gamma(x + 1)``."""
    name = token.text
    if not is_function(name, functions):
        return ReadError(f"{name} is a declared value, not a function", token.span, f"write {name}*(...)")
    hint = f"write {name}*(...) for the product, np.{name}(...) to call it"
    return ReadError(f"{name} is a declared value and a function", token.span, hint)


def _bare_function(token: Token, powered: bool) -> ReadError:
    name = token.text
    hint = f"write {name}(x)**2" if powered else f"write {name}(x)"
    return ReadError(f"{name} is a function and needs brackets", token.span, hint)
