"""The parser: one loop over the words of a text, with stacks of its own, so that depth is only a number.

From loose to tight: a comparison, ``+ -``, a sign or ``sum_{i}`` before a product, ``* / @``, a sign before a
factor, ``**`` (from the right), and what follows a value: ``.T``, ``.sum()``, ``[i]``, ``!``. So ``-a*b`` is
``-(a*b)``, ``a*-b*c`` is ``(a*(-b))*c`` and ``2**-x**2`` is ``2**(-(x**2))``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from gradwright.language.bounds import read_number
from gradwright.language.calls import read_attribute
from gradwright.language.juxtaposed import Juxtaposition, called_value
from gradwright.language.scope import ReadError
from gradwright.language.stacks import (
    COMPARE,
    FACTOR,
    POWER,
    PRODUCT,
    SIGNED,
    SUM,
    Frame,
    Pending,
    Stacks,
    is_postfix,
    operand,
    read_name,
)
from gradwright.language.tokens import Token, tokens
from gradwright.language.tree import Call, Name, Number, Span, Text, Tree
from gradwright.language.words import CONSTANTS, canonical_name, partial_name

_OPERATORS = {"×": "*", "·": "*", "⋅": "*", "⊙": "*", "∘": "*", "÷": "/", "^": "**", "−": "-", "–": "-"}
_COMPARISONS = {"≤": "<=", "≥": ">=", "≠": "!="}
_WORDS = {"∑": "sum", "Σ": "sum", "∏": "prod"}


class Parser(Stacks):
    """Reads one expression.

    Args:
        text: The whole text; spans count from its beginning.
        place: The slice of it that is read.
        functions: The composite functions that may be called.
        beside: How values side by side are read; None where they are refused.
        declared: The names of values, which can't be called.
    """

    def __init__(
        self,
        text: str,
        place: Span,
        functions: frozenset[str],
        beside: Juxtaposition | None = None,
        declared: Collection[str] = (),
    ) -> None:
        words = tokens(text, place)
        super().__init__(text, place, functions, words if beside is None else beside.split(words))
        self.beside = beside
        self.declared = declared

    def read(self) -> Tree:
        """The tree of the words from here to the end."""
        words = self.tokens
        while True:
            token = words[self.at]
            if token.kind == "end" and self.after and not self.frames:
                break
            handler = (_AFTER if self.after else _BEFORE).get(token.kind)
            if handler is None:
                raise self.refusal(token)
            self.at += 1
            handler(self, token)
        self.reduce(COMPARE)
        return self.values.pop()

    # What may stand where a value begins.

    def _number(self, token: Token) -> None:
        self.push(Number(read_number(token.text, token.span), token.text, token.span))

    def _name(self, token: Token) -> None:
        following = self.tokens[self.at].kind
        if following == "(" and not (self.beside is not None and self.beside.is_factor(token)):
            if self.declared and canonical_name(token.text) in self.declared:
                raise called_value(token, self.functions)
            self.open(Frame("call", token.start, token))
            return
        frame = self.frames[-1] if self.frames else None
        if following == "=" and frame is not None and frame.word and self.fresh() and frame.option is None:
            frame.option = token
            self.at += 1
        else:
            self.push(Name(read_name(token), token.span))

    def _partial(self, token: Token) -> None:
        self.push(Name(partial_name(token.text), token.span))

    def _prefix(self, token: Token) -> None:
        word = self.take("name")
        if self.tokens[self.at].kind == "(":
            self.open(Frame("call", token.start, word, prefixed=True))
            return
        if word.text not in CONSTANTS:
            hint = f"to call it, write {token.text}{word.text}(...)"
            raise ReadError(f"{token.text}{word.text} is not a constant", (token.start, word.end), hint)
        self.push(Name(CONSTANTS[word.text], (token.start, word.end)))

    def _over(self, token: Token) -> None:
        if self.pending[-1].level > PRODUCT:
            raise ReadError(
                f"{token.text} can't stand here", token.span, "put brackets around the sum and its body"
            )
        word = token.text[:-2]
        following = self.tokens[self.at : self.at + 2]
        if [other.kind for other in following] == ["name", "="]:
            hint = f"an index runs over its whole axis: write {token.text}{following[0].text}}}"
            raise ReadError("a range can't stand here", following[1].span, hint)
        indices = self.names_to("}")
        self.pending.append(Pending(SIGNED, "over", _WORDS.get(word, word), token.start, indices))

    def _sign(self, token: Token) -> None:
        level = SIGNED if self.pending[-1].level <= SIGNED else FACTOR
        self.pending.append(Pending(level, "sign", token.text, token.start))

    def _group(self, token: Token) -> None:
        self.at -= 1
        self.open(Frame("group" if token.kind == "(" else "list", token.start))

    def _string(self, token: Token) -> None:
        frame = self.frames[-1] if self.frames else None
        if frame is None or not frame.word or not self.fresh() or self.tokens[self.at].kind not in (",", ")"):
            raise self.refusal(token)
        self.push(Text(token.text[1:-1], token.span))

    def _close_empty(self, token: Token) -> None:
        """A bracket closed where a value could begin: after a comma or a colon, or without arguments."""
        frame = self.around(token)
        if not self.fresh() or frame.option is not None:
            raise self.refusal(token)
        if frame.slice is not None:
            self.part(frame)
        elif not (frame.parts or frame.options or frame.word):
            raise self.refusal(token)
        self.close(frame, token)

    def _sliced(self, token: Token) -> None:
        """A comma where a value could begin: right after the colon of a slice."""
        frame = self.frames[-1] if self.frames else None
        if frame is None or frame.slice is None or not self.fresh():
            raise self.refusal(token)
        self.part(frame)

    # What may stand where a value ends.

    def _binary(self, token: Token) -> None:
        level = {"add": SUM, "multiply": PRODUCT, "power": POWER}[token.kind]
        self.reduce(level + (level == POWER))
        self.pending.append(Pending(level, "binary", _OPERATORS.get(token.text, token.text), token.start))
        self.after = False

    def _compare(self, token: Token) -> None:
        self.reduce(SUM)
        if self.pending[-1].level == COMPARE:
            raise ReadError("comparisons can't be chained", token.span, "write (a < b)*(b < c)")
        sign = _COMPARISONS.get(token.text, token.text)
        self.pending.append(Pending(COMPARE, "compare", sign, token.start))
        self.after = False

    def _dot(self, _: Token) -> None:
        word = self.take("name")
        target = operand(self.values[-1])
        if self.tokens[self.at].kind == "(":
            self.open(Frame("method", target.span[0], word))
            return
        span = (target.span[0], word.end)
        self.values[-1] = read_attribute(target, word.text, word.span, span)

    def _subscript(self, _: Token) -> None:
        self.at -= 1
        target = operand(self.values[-1])
        self.open(Frame("item", target.span[0]))

    def _factorial(self, token: Token) -> None:
        value = self.values[-1]
        span = (value.span[0], token.end)
        if isinstance(value, Call) and value.span[1] == token.start and is_postfix(value):
            raise ReadError("!! is not read", span, "write factorial(...)")
        self.values[-1] = Call("factorial", (operand(value),), (), span)

    def _transposed(self, token: Token) -> None:
        target = operand(self.values[-1])
        self.values[-1] = Call("transpose", (target,), (), (target.span[0], token.end))

    def _comma(self, token: Token) -> None:
        if not self.frames:
            raise self.refusal(token)
        self.part(self.frames[-1])
        self.after = False

    def _colon(self, token: Token) -> None:
        frame = self.frames[-1] if self.frames else None
        if frame is None or frame.kind != "item" or not (self.after or self.fresh()):
            raise self.refusal(token)
        bound = self.bound()
        if frame.slice is None:
            frame.slice, frame.begun = [], token.start if bound is None else bound.span[0]
        elif len(frame.slice) > 1:
            raise self.refusal(token)
        frame.slice.append(bound)
        self.after = False

    def _closed(self, token: Token) -> None:
        frame = self.around(token)
        self.part(frame)
        self.close(frame, token)

    def _juxtaposed(self, token: Token) -> None:
        """A value right after a value: a product, where that is read."""
        if self.beside is None:
            raise self.refusal(token)
        self.at -= 1
        self.beside.check(self.tokens[self.at - 1], token)
        last = self.pending[-1]
        if last.level == PRODUCT and last.sign == "/":
            self.beside.after_division.append((last.start, token.end))
        self.reduce(PRODUCT)
        self.pending.append(Pending(PRODUCT, "binary", "*", token.start))
        self.after = False


_Handler = Callable[[Parser, Token], None]
_BEFORE: dict[str, _Handler] = {
    "number": Parser._number,
    "name": Parser._name,
    "partial": Parser._partial,
    "prefix": Parser._prefix,
    "over": Parser._over,
    "add": Parser._sign,
    "(": Parser._group,
    "[": Parser._group,
    "string": Parser._string,
    ")": Parser._close_empty,
    "]": Parser._close_empty,
    ":": Parser._colon,
    ",": Parser._sliced,
}
_AFTER: dict[str, _Handler] = {
    **dict.fromkeys(("add", "multiply", "power"), Parser._binary),
    **dict.fromkeys(("name", "number", "(", "prefix", "over", "partial"), Parser._juxtaposed),
    "compare": Parser._compare,
    ".": Parser._dot,
    "[": Parser._subscript,
    "!": Parser._factorial,
    "ᵀ": Parser._transposed,
    ",": Parser._comma,
    ":": Parser._colon,
    ")": Parser._closed,
    "]": Parser._closed,
}
