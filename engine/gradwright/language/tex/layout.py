"""Tokens become operands: brackets, arguments of macros, scripts and matrices, with a stack of its own."""

from __future__ import annotations

from typing import NoReturn

from gradwright.language.scope import ReadError
from gradwright.language.tex.brackets import Brackets
from gradwright.language.tex.frames import Frame
from gradwright.language.tex.nodes import Node
from gradwright.language.tex.spelled import Declared
from gradwright.language.tex.terms import reduce
from gradwright.language.tex.tokens import tokens_of


def read_node(text: str, declared: Declared) -> Node:
    """What a LaTeX text says.

    Args:
        text: The LaTeX of one expression.
        declared: The names that it may use.

    Raises:
        ReadError: The text can't be read.
    """
    tokens = tokens_of(text, declared)
    return _Layout(text, tokens, declared).run()


class _Layout(Brackets):
    def run(self) -> Node:
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            self.at += 1
            getattr(self, f"read_{_HANDLERS[token.kind]}")(token)
        frame = self.stack[-1]
        if frame.kind != "top":
            raise ReadError(
                f"this {self.text[slice(*frame.span)]} is never closed", frame.span, "add what closes it"
            )
        self.check_wanted(frame)
        if not frame.pieces and not frame.items:
            raise ReadError("there is nothing to read", (0, len(self.text)), "write an expression")
        if frame.items:
            return self.several(frame)
        return reduce(frame.pieces, (0, len(self.text)))

    def several(self, frame: Frame) -> NoReturn:
        place = frame.items[0][-1].span[1] if frame.items[0] else 0
        raise ReadError(
            "a comma stands outside brackets",
            (place, place + 1),
            "write one expression; for decimals, write a point",
        )


_HANDLERS = {
    "number": "number", "symbol": "symbol", "word": "word", "constant": "constant", "half": "half",
    "ones": "ones",
    "top": "top", "dagger": "top", "func": "head", "big": "head", "op": "op", "partial": "partial",
    "nabla": "nabla", "frac": "frac", "binom": "frac", "choose": "choose", "label": "label",
    "root": "root", "accent": "accent", "^": "script",
    "_": "script", "fact": "postfix", "percent": "postfix", "prime": "prime", "open": "open", "{": "open",
    "close": "close", "}": "close", "bar": "bar", "comma": "comma", "begin": "begin", "cell": "cell",
    "break": "break", "end": "end",
}  # fmt: skip
