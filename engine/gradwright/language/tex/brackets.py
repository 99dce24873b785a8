"""Brackets, matrices and cases: what is open, and what closes it."""

# ruff: noqa: D102 - each method is named after the token that it reads

from __future__ import annotations

from gradwright.language.scope import ReadError
from gradwright.language.tex.frames import Frame
from gradwright.language.tex.nodes import Fenced, Grid, Head, Node, Operator, Quotient, Symbol, above
from gradwright.language.tex.operands import Operands
from gradwright.language.tex.terms import reduce
from gradwright.language.tex.tokens import Token
from gradwright.language.tree import Span

_SIGNS = {
    "(": ")",
    "[": "]",
    "{": "}",
    "|": "|",
    "‖": r"\|",
    "⌊": r"\rfloor",
    "⌈": r"\rceil",
    "⟨": r"\rangle",
}


class Brackets(Operands):
    """Reads brackets and what separates the parts between them."""

    def read_open(self, token: Token) -> None:
        kind = "brace" if token.kind == "{" else "fence"
        self.stack.append(Frame(kind, "}" if kind == "brace" else token.value, self.span(token), self.at))

    def read_close(self, token: Token) -> None:
        frame = self.stack[-1]
        kind = "brace" if token.kind == "}" else "fence"
        if frame.kind == "degree" and token.value == "[":
            return self.close_degree(frame, token)
        if frame.kind != kind or frame.sign != token.value:
            closes = _SIGNS.get(token.value, token.value)
            shown = self.text[token.start : token.end]
            if frame.kind == "fence" and {frame.sign, token.value} == {"(", "["}:
                raise ReadError(
                    "an interval is not an expression", (frame.span[0], token.end), "write one value"
                )
            raise ReadError(
                f"this {shown or closes} closes no {token.value}", self.span(token), "check the brackets"
            )
        self.check_wanted(frame)
        self.stack.pop()
        span = (frame.span[0], token.end)
        if kind == "brace":
            return self.close_brace(frame, span)
        items = self.items(frame, span)
        sign = "‖" if frame.sign == "|" and len(items) == 1 and _doubles(items[0], span) else frame.sign
        if sign != frame.sign and isinstance(items[0], Fenced):
            items = items[0].items
        self.deliver(Fenced(span, above(span, *items), sign, items))

    def items(self, frame: Frame, span: Span) -> tuple[Node, ...]:
        if not frame.items and not frame.pieces:
            raise ReadError("there is nothing between these brackets", span, "write an expression in them")
        return tuple(reduce(item, span) for item in (*frame.items, frame.pieces))

    def close_brace(self, frame: Frame, span: Span) -> None:
        """A group: an argument, a script, or an operand like any other."""
        outer = self.stack[-1]
        script = bool(outer.wanted) and outer.wanted[-1].kind in "^_"
        if script:
            return self.deliver(self.script_node(frame, span), span)
        if frame.choice is not None:
            below = reduce(frame.pieces, span)
            return self.deliver(
                Quotient(span, above(span, frame.choice, below), "binom", frame.choice, below)
            )
        if frame.items:
            items = self.items(frame, span)
            return self.deliver(Fenced(span, above(span, *items), "{", items))
        if not frame.pieces:
            if outer.wanted:
                raise ReadError("there is nothing between these braces", span, "write an expression in them")
            return None
        if isinstance(frame.pieces[-1], Head) and len(frame.pieces) == 1 and not outer.wanted:
            outer.pieces.append(frame.pieces[0])
            return None
        if len(frame.pieces) == 1 and isinstance(frame.pieces[0], Operator) and frame.pieces[0].sign == ":":
            outer.pieces.append(frame.pieces[0])
            return None
        node = reduce(frame.pieces, span)
        if len(frame.pieces) > 1:
            node = Fenced(span, above(span, node), "{}", (node,))
        return self.deliver(node, span)

    def script_node(self, frame: Frame, span: Span) -> Node | None:
        """What a script says; None where it is no operand, as the star of an optimum."""
        pieces = frame.pieces
        if len(pieces) > 1 and isinstance(pieces[0], Operator) and pieces[0].sign == "odot":
            pieces = pieces[1:]
        try:
            items = tuple(reduce(item, span) for item in (*frame.items, pieces))
        except ReadError as error:
            self.problem = error
            return None
        return items[0] if len(items) == 1 else Fenced(span, above(span, *items), ",", items)

    def close_degree(self, frame: Frame, token: Token) -> None:
        self.check_wanted(frame)
        self.stack.pop()
        span = (frame.span[0], token.end)
        self.stack[-1].wanted[-1].degree = reduce(frame.pieces, span)

    def read_bar(self, token: Token) -> None:
        frame = self.stack[-1]
        closes = frame.kind == "fence" and frame.sign == token.value and bool(frame.pieces)
        if closes and not frame.wanted and not isinstance(frame.pieces[-1], Operator | Head):
            self.read_close(token)
        else:
            self.read_open(token)

    def read_comma(self, token: Token) -> None:
        frame = self.stack[-1]
        self.check_wanted(frame)
        if frame.kind not in ("fence", "brace", "top"):
            raise ReadError("a comma can't stand here", self.span(token), "leave it out")
        if not frame.pieces:
            raise ReadError("a value is missing before this comma", self.span(token), "write an expression")
        if frame.kind == "top" and self.at == len(self.tokens):
            return
        frame.items.append(frame.pieces)
        frame.pieces = []

    def read_begin(self, token: Token) -> None:
        if token.value == "lines":
            return
        self.stack.append(Frame("grid", token.value, self.span(token), self.at))

    def read_cell(self, token: Token) -> None:
        frame = self.stack[-1]
        if frame.kind == "top":
            return
        self.check_wanted(frame)
        if frame.kind != "grid":
            raise ReadError("& stands outside a matrix", self.span(token), "leave it out")
        frame.cells.append(frame.pieces)
        frame.pieces = []

    def read_break(self, token: Token) -> None:
        frame = self.stack[-1]
        self.check_wanted(frame)
        if frame.kind == "top":
            if self.at == len(self.tokens) or self.tokens[self.at].kind == "end":
                return
            raise ReadError("these are several lines", self.span(token), "write one expression")
        if frame.kind != "grid":
            raise ReadError("a line ends inside brackets", self.span(token), "check the brackets")
        frame.rows.append([*frame.cells, frame.pieces])
        frame.cells, frame.pieces = [], []

    def read_end(self, token: Token) -> None:
        if token.value == "lines":
            return
        frame = self.stack[-1]
        if frame.kind != "grid" or frame.sign != token.value:
            raise ReadError("this ends no environment", self.span(token), "check the brackets")
        self.check_wanted(frame)
        self.stack.pop()
        span = (frame.span[0], token.end)
        if frame.pieces or frame.cells:
            frame.rows.append([*frame.cells, frame.pieces])
        if not frame.rows:
            raise ReadError("this matrix is empty", span, "write its entries")
        rows = tuple(tuple(self.cell(cell, span, frame.sign) for cell in row) for row in frame.rows)
        self.deliver(Grid(span, above(span, *(cell for row in rows for cell in row)), frame.sign, rows))

    def cell(self, pieces: list[Node], span: Span, kind: str) -> Node:
        if kind == "cases":
            pieces = [piece for piece in pieces if not _is_if(piece)] or pieces
        return reduce(pieces, span)


def _doubles(node: Node, span: Span) -> bool:
    """Whether bars stand directly inside bars: ``||x||`` is a norm."""
    return isinstance(node, Fenced) and node.kind == "|" and node.span == (span[0] + 1, span[1] - 1)


def _is_if(piece: Node) -> bool:
    return isinstance(piece, Symbol) and piece.word and piece.name.lower() in ("if", "for", "when", "where")
