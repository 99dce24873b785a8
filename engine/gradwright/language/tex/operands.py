"""Operands, functions and signs, each from its token."""

# ruff: noqa: D102 - each method is named after the token that it reads

from __future__ import annotations

import re

from gradwright.language.bounds import read_number
from gradwright.language.scope import ReadError
from gradwright.language.tex.derivatives import DERIVATIVE, DIFFERENTIAL, GRADIENT, SLASHED
from gradwright.language.tex.frames import Frame, Stack, Wanted
from gradwright.language.tex.nodes import (
    Constant,
    Derivative,
    Head,
    Literal,
    Ones,
    Operator,
    Postfix,
    Scripted,
    Symbol,
    above,
    joined,
)
from gradwright.language.tex.spoken import function_named
from gradwright.language.tex.terms import reduce
from gradwright.language.tex.tokens import Token

_CALLED = {"sigma": "sigmoid", "Gamma": "gamma"}
"""Greek letters that are functions where brackets follow, unless they are declared as values."""

_POWERS: tuple[list[str], ...] = ([], ["prime"], ["^", "number"], ["^", "{", "number", "}"])
"""What may stand between a function's letter and its brackets."""


class Operands(Stack):
    """Reads what stands between brackets."""

    def read_number(self, token: Token) -> None:
        wanted = self.stack[-1].wanted
        if wanted and len(token.value) > 1:
            return self.digits(token, wanted)
        span = self.span(token)
        self.deliver(Literal(span, 1, read_number(token.value, span), token.value))

    def digits(self, token: Token, wanted: list[Wanted]) -> None:
        r"""``\frac12``: each digit is an argument; ``x^10`` is refused, since LaTeX prints it as x^1 0."""
        need = sum(part.count - len(part.got) for part in wanted)
        if not token.value.isdigit() or len(token.value) > need:
            what = "a script" if wanted[-1].kind in "^_" else "an argument"
            raise ReadError(
                f"{what} without braces is one digit", self.span(token), f"write {{{token.value}}} in braces"
            )
        for place, digit in enumerate(token.value):
            span = (token.start + place, token.start + place + 1)
            self.deliver(Literal(span, 1, read_number(digit, span), digit))

    def read_symbol(self, token: Token) -> None:
        function = _CALLED.get(token.value)
        if function is not None and self.is_called() and not self.declared.is_value(token.value):
            return self.function(token, function)
        return self.deliver(Symbol(self.span(token), 1, token.value))

    def is_called(self) -> bool:
        """Whether brackets follow, behind a prime or a power that is a number."""
        kinds = [token.kind for token in self.tokens[self.at : self.at + 5]]
        for before in _POWERS:
            at = self.at + len(before)
            if kinds[: len(before)] == before and self.tokens[at : at + 1]:
                follows = self.tokens[at]
                if follows.kind == "open" and follows.value == "(":
                    return True
        return False

    def read_word(self, token: Token) -> None:
        """An upright word: a declared name, a function, or what stands around conditions."""
        word = re.sub(r"\\[,;:!> ]|\s+", "", token.value).replace(r"\_", "_")
        if not word:
            return None
        known = self.declared.find((word,))
        function = function_named(word, self.declared.labels) if known is None else None
        if function is not None and not self.stack[-1].wanted and len(word) > 1:
            return self.function(token, function)
        return self.deliver(Symbol(self.span(token), 1, known or word, True))

    def function(self, token: Token, name: str) -> None:
        self.check_wanted(self.stack[-1])
        self.stack[-1].pieces.append(Head(self.span(token), 1, "func", name))

    def read_constant(self, token: Token) -> None:
        self.deliver(Constant(self.span(token), 1, token.value))

    def read_half(self, token: Token) -> None:
        span = self.span(token)
        self.deliver(Literal(span, 1, read_number("0.5", span), "0.5"))

    def read_ones(self, token: Token) -> None:
        self.deliver(Ones(self.span(token), 1, token.value))

    def read_top(self, token: Token) -> None:
        self.deliver(Symbol(self.span(token), 1, "⊤" if token.kind == "top" else "†"))

    def read_head(self, token: Token) -> None:
        frame = self.stack[-1]
        self.check_wanted(frame)
        frame.pieces.append(Head(self.span(token), 1, "func" if token.kind == "func" else "big", token.value))

    def read_op(self, token: Token) -> None:
        frame = self.stack[-1]
        if frame.wanted and frame.wanted[-1].kind in "^_":
            return self.deliver(Symbol(self.span(token), 1, token.value))
        self.check_wanted(frame)
        frame.pieces.append(Operator(self.span(token), 1, token.value))

    def read_partial(self, token: Token) -> None:
        r"""``\partial L/\partial W`` in a row; in a fraction, each part is put together there."""
        match = SLASHED.match(self.text, token.start)
        if match is not None:
            span = match.span()
            while self.at < len(self.tokens) and self.tokens[self.at].start < span[1]:
                self.at += 1
            return self.deliver(Derivative(span, 1, match["top"], match["bottom"]))
        raise ReadError(
            "a derivative can't be taken here",
            self.span(token),
            r"name it, as in \frac{\partial L}{\partial W}, or write it out",
        )

    def read_nabla(self, token: Token) -> None:
        match = GRADIENT.match(self.text, token.start)
        if match is None:
            raise ReadError(
                "a gradient can't be taken here",
                self.span(token),
                r"name it, as in \nabla_W L, or write it out",
            )
        end = match.end("bottom") if match["top"] is None else match.end("top")
        if match["bottom"].startswith("{"):
            end = max(end, match.end("brace"))
        while self.at < len(self.tokens) and self.tokens[self.at].start < end:
            self.at += 1
        self.deliver(Derivative((token.start, end), 1, match["top"] or "", match["bottom"].strip("{} ")))

    def read_frac(self, token: Token) -> None:
        derived = DERIVATIVE.match(self.text, token.start)
        if derived is not None and not ("{d" in derived[0] and self.declared.is_value("d")):
            span = derived.span()
            while self.at < len(self.tokens) and self.tokens[self.at].start < span[1]:
                self.at += 1
            return self.deliver(Derivative(span, 1, derived["top"], derived["bottom"]))
        operator = DIFFERENTIAL.match(self.text, token.start)
        if operator is not None and not self.declared.is_value("d"):
            raise ReadError("a derivative can't be taken here", operator.span(), "write it out")
        self.want(token, "frac" if token.kind == "frac" else "binom", 2)

    def read_choose(self, token: Token) -> None:
        r"""``{n \choose k}``, and ``\choose{n}{k}`` as some write it."""
        frame = self.stack[-1]
        if not frame.pieces:
            return self.want(token, "binom", 2)
        if frame.kind != "brace" or frame.choice is not None:
            raise ReadError("\\choose stands between braces", self.span(token), r"write \binom{n}{k}")
        frame.choice, frame.pieces = reduce(frame.pieces, self.span(token)), []
        return None

    def read_root(self, token: Token) -> None:
        self.want(token, "root", 1)
        if self.next("[", "open"):
            opened = self.tokens[self.at]
            self.at += 1
            self.stack.append(Frame("degree", "[", self.span(opened), self.at))

    def read_accent(self, token: Token) -> None:
        self.want(token, "accent", 1, token.value)

    def read_label(self, token: Token) -> None:
        self.want(token, "label", 1)

    def read_script(self, token: Token) -> None:
        frame = self.stack[-1]
        self.check_wanted(frame)
        if not frame.pieces or isinstance(frame.pieces[-1], Operator):
            raise ReadError(
                f"{token.value} needs something before it", self.span(token), "write a value before it"
            )
        self.want(token, token.kind, 1)

    def read_postfix(self, token: Token) -> None:
        last = self.last(token)
        if isinstance(last, Postfix) and last.sign == token.value and last.sign == "!":
            raise ReadError("!! is not read", self.span(token), "write the product out")
        span = joined(last.span, self.span(token))
        self.stack[-1].pieces[-1] = Postfix(span, above(span, last), token.value, last)

    def read_prime(self, token: Token) -> None:
        frame = self.stack[-1]
        if frame.wanted and frame.wanted[-1].kind == "^":
            frame.wanted.pop()
        elif frame.kind == "brace" and not frame.pieces:
            return self.deliver(Symbol(self.span(token), 1, "′"))
        if frame.pieces and isinstance(frame.pieces[-1], Head):
            raise ReadError(
                "the derivative of a function can't be written with a prime here",
                self.span(token),
                "write it out",
            )
        last = self.last(token)
        span = joined(last.span, self.span(token))
        if isinstance(last, Scripted):
            last.primes += 1
            last.span = span
        else:
            frame.pieces[-1] = Scripted(span, above(span, last), last, None, None, 1)
