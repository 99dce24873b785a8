"""The stack of a text under way: open brackets, and macros and scripts that wait for their arguments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from gradwright.language.scope import ReadError
from gradwright.language.tex.nodes import (
    Fenced,
    Head,
    Literal,
    Node,
    Operator,
    Quotient,
    Script,
    Scripted,
    Symbol,
    above,
    joined,
)
from gradwright.language.tex.spelled import Declared
from gradwright.language.tex.tokens import Token
from gradwright.language.tree import Span

_LETTERED = frozenset({"number", "symbol", "word", "constant", "top", "dagger", "func", "ones", "comma"})
"""Tokens that are letters of a script."""


_ENCLOSING = frozenset({"{", "}", "open", "close"})


def _is_index(node: Node | None) -> bool:
    """Whether what stands below a maximum is an index, rather than the numbers of axes."""
    items = node.items if isinstance(node, Fenced) else (node,)
    return not all(isinstance(item, Literal) for item in items)


@dataclass(slots=True)
class Wanted:
    """A macro or a script that waits for arguments; ``first`` is the place of its first token."""

    kind: str
    span: Span
    first: int
    count: int = 1
    name: str = ""
    degree: Node | None = None
    got: list[Node | None] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)


@dataclass(slots=True)
class Frame:
    """An open bracket, its kind and what was read inside it so far."""

    kind: str
    sign: str
    span: Span
    first: int = 0
    pieces: list[Node] = field(default_factory=list)
    items: list[list[Node]] = field(default_factory=list)
    rows: list[list[list[Node]]] = field(default_factory=list)
    wanted: list[Wanted] = field(default_factory=list)
    cells: list[list[Node]] = field(default_factory=list)
    choice: Node | None = None


class Stack:
    """A text under way.

    Args:
        text: The LaTeX.
        tokens: Its tokens.
        declared: The names that it may use.
    """

    def __init__(self, text: str, tokens: Sequence[Token], declared: Declared) -> None:
        self.text = text
        self.tokens = tokens
        self.declared = declared
        self.stack = [Frame("top", "", (0, len(text)))]
        self.at = 0
        self.problem: ReadError | None = None

    def span(self, token: Token) -> Span:
        """The place of a token."""
        return token.start, token.end

    def next(self, value: str, kind: str) -> bool:
        """Whether that token comes next."""
        if self.at >= len(self.tokens):
            return False
        token = self.tokens[self.at]
        return token.kind == kind and token.value == value

    def want(self, token: Token, kind: str, count: int, name: str = "") -> None:
        """Wait for the arguments of a macro."""
        self.stack[-1].wanted.append(Wanted(kind, self.span(token), self.at, count, name))

    def check_wanted(self, frame: Frame) -> None:
        """Raise ReadError if something in the frame waits for an argument."""
        if frame.wanted:
            part = frame.wanted[-1]
            what = self.text[slice(*part.span)]
            raise ReadError(
                f"{what} lacks what belongs to it", part.span, "write it in braces behind it: {...}"
            )

    def last(self, token: Token) -> Node:
        """The operand that a sign stands behind."""
        frame = self.stack[-1]
        self.check_wanted(frame)
        if not frame.pieces or isinstance(frame.pieces[-1], Operator | Head):
            raise ReadError(
                f"{token.value} needs something before it", self.span(token), "write a value before it"
            )
        return frame.pieces[-1]

    def deliver(self, node: Node | None, span: Span | None = None) -> None:
        """An operand: to what waits for it, else into the row."""
        frame = self.stack[-1]
        where = span if span is not None else node.span if node is not None else (0, 0)
        while frame.wanted:
            part = frame.wanted[-1]
            part.got.append(node)
            part.spans.append(where)
            if len(part.got) < part.count:
                return
            frame.wanted.pop()
            if part.kind in "^_":
                return self.attach(frame, part, node, where)
            node = self.finish(part)
            where = node.span
        assert node is not None, where
        frame.pieces.append(node)

    def finish(self, part: Wanted) -> Node:
        """The operand that a macro makes of its arguments."""
        span = joined(part.span, part.spans[-1])
        first = part.got[0]
        for got, where in zip(part.got, part.spans, strict=True):
            if got is None:
                raise ReadError("there is nothing between these braces", where, "write an expression in them")
        depth = above(span, *part.got)
        if part.kind in ("frac", "binom"):
            return Quotient(span, depth, part.kind, first, part.got[1])
        if part.kind == "root":
            return Quotient(span, above(span, first, part.degree), "root", first, part.degree)
        if part.kind == "label":
            assert first is not None
            return Fenced(span, depth, "label", (first,))
        return self.accented(part, first, span)

    def accented(self, part: Wanted, node: Node | None, span: Span) -> Node:
        """A letter with a mark over it, which is a part of its name."""
        if isinstance(node, Symbol):
            return Symbol(span, 1, f"{node.name}_{part.name}", node.word)
        if isinstance(node, Scripted) and isinstance(node.base, Symbol):
            base = Symbol(node.base.span, 1, f"{node.base.name}_{part.name}", node.base.word)
            return Scripted(span, node.depth, base, node.below, node.above, node.primes)
        raise ReadError("a mark stands over more than one letter", span, "mark one letter")

    def attach(self, frame: Frame, part: Wanted, node: Node | None, where: Span) -> None:
        """A script to the operand before it."""
        base = frame.pieces[-1]
        if isinstance(base, Fenced) and base.kind == "label":
            frame.pieces[-1] = Fenced(joined(base.span, where), base.depth, "{}", base.items)
            return
        text = "".join(
            token.value if token.kind in _LETTERED else self.text[token.start : token.end]
            for token in self.tokens[part.first : self.at]
            if token.kind not in _ENCLOSING
        )
        script = Script(node, text, where, node.depth if node is not None else 1)
        if node is None:
            script.problem = self.problem
        span = joined(base.span, where)
        if isinstance(base, Scripted | Head):
            target = base
        else:
            target = Scripted(span, base.depth + 1, base)
            frame.pieces[-1] = target
        side = "below" if part.kind == "_" else "above"
        if getattr(target, side) is not None or (
            isinstance(target, Scripted) and target.primes and side == "above"
        ):
            word = "subscript" if side == "below" else "superscript"
            raise ReadError(f"a second {word}", where, "put the first one and its letter in braces")
        setattr(target, side, script)
        if isinstance(target, Head) and target.name in ("max", "min") and side == "below" and _is_index(node):
            # With an index below, a maximum runs over the rest of its term, as a sum does.
            target.kind = "big"
        target.span = span
        target.depth = above(
            span, target if isinstance(target, Head) else target.base, target.below, target.above
        )
