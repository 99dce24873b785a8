"""The stacks of the parser: values, operators that wait for their right operand, brackets that are open."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import NamedTuple

from gradwright.language.bounds import DEPTH
from gradwright.language.calls import read_call, read_method
from gradwright.language.refusals import unexpected
from gradwright.language.scope import ReadError
from gradwright.language.tokens import Token
from gradwright.language.tree import (
    Binary,
    Call,
    Compare,
    Item,
    Name,
    Negate,
    NewAxis,
    Sequence,
    Slice,
    Span,
    Tree,
)
from gradwright.language.words import canonical_name
from gradwright.language.written import Written

FLOOR, COMPARE, SUM, SIGNED, PRODUCT, FACTOR, POWER = range(7)


class Pending(NamedTuple):
    """An operator that waits for its right operand: ``binary``, ``compare``, ``sign`` or ``over``."""

    level: int
    kind: str
    sign: str
    start: int
    indices: tuple[Name, ...] = ()


BRACKET = Pending(FLOOR, "bracket", "", 0)


@dataclass(slots=True)
class Frame:
    """An open bracket (``group``, ``list``, ``call``, ``method`` or ``item``) and what it holds so far."""

    kind: str
    start: int
    word: Token | None = None
    prefixed: bool = False
    parts: list[Tree] = field(default_factory=list)
    options: dict[str, Tree] = field(default_factory=dict)
    option: Token | None = None
    slice: list[Tree | None] | None = None
    begun: int = 0


def read_name(token: Token) -> str:
    """The one spelling of the token's name."""
    name = canonical_name(token.text)
    if not name.isidentifier():
        raise ReadError(f"{token.text} is not a name", token.span, "a name has letters, digits and _")
    if name[0] == "_":
        raise ReadError(f"the name {token.text} begins with _", token.span, "a name begins with a letter")
    return name


def operand(tree: Tree) -> Tree:
    """The tree, if arithmetic can be done with it."""
    if isinstance(tree, Sequence):
        raise ReadError("a tuple or a list can't be computed with", tree.span, "expected a value")
    return tree


class Stacks:
    """What has been read of a text so far.

    Args:
        text: The whole text; spans count from its beginning.
        place: The slice of it that is read.
        functions: The composite functions that may be called.
        words: Its words, the last of which is its end.
    """

    def __init__(self, text: str, place: Span, functions: frozenset[str], words: list[Token]) -> None:
        self.text = text
        self.place = place
        self.functions = functions
        self.tokens = words
        self.at = 0
        self.values: list[Tree] = []
        self.pending: list[Pending] = [BRACKET]
        self.frames: list[Frame] = []
        self.after = False

    def refusal(self, token: Token) -> ReadError:
        """The error for a word that can't stand where it stands."""
        return unexpected(self.text, self.place, token)

    def take(self, kind: str) -> Token:
        """The next word, which must be of a kind."""
        token = self.tokens[self.at]
        if token.kind != kind:
            raise self.refusal(token)
        self.at += 1
        return token

    def names_to(self, closing: str) -> tuple[Name, ...]:
        """Names with commas between them, and the closing bracket."""
        found = []
        while True:
            token = self.take("name")
            found.append(Name(read_name(token), token.span))
            if self.tokens[self.at].kind != ",":
                self.take(closing)
                return tuple(found)
            self.at += 1

    def push(self, tree: Tree) -> None:
        """A value has been read."""
        self.values.append(tree)
        self.after = True

    def fresh(self) -> bool:
        """Whether nothing of the part of a bracket that is being read stands there yet."""
        return self.pending[-1] is BRACKET

    def around(self, token: Token) -> Frame:
        """The innermost open bracket, which the word must be able to close."""
        frame = self.frames[-1] if self.frames else None
        if frame is None or token.kind != ("]" if frame.kind in ("list", "item") else ")"):
            raise self.refusal(token)
        return frame

    def open(self, frame: Frame) -> None:
        """Open a bracket; its sign is the next word."""
        token = self.tokens[self.at]
        if len(self.frames) >= DEPTH:
            message = f"brackets are nested deeper than {DEPTH} levels"
            raise ReadError(message, token.span, "name parts of it")
        self.at += 1
        self.frames.append(frame)
        self.pending.append(BRACKET)
        self.after = False

    def reduce(self, level: int) -> None:
        """Apply the operators that bind at least as tightly as ``level``."""
        pending, values = self.pending, self.values
        while pending[-1].level >= level:
            _, kind, sign, start, indices = pending.pop()
            right = values.pop()
            if isinstance(right, Sequence):
                operand(right)
            end = right.span[1]
            if kind == "binary":
                left = operand(values[-1])
                values[-1] = Binary(sign, left, right, (left.span[0], end))
            elif kind == "compare":
                left = operand(values[-1])
                values[-1] = Compare(sign, left, right, (left.span[0], end))
            elif kind == "over":
                first = indices[0]
                whole = (first.span[0], indices[-1].span[1])
                head = first if len(indices) == 1 else Sequence(indices, whole)
                values.append(Call(sign, (head, right), (), (start, end)))
            else:
                values.append(
                    replace(right, span=(start, end)) if sign == "+" else Negate(right, (start, end))
                )

    def bound(self) -> Tree | None:
        """One bound of a slice, if it is written."""
        if not self.after:
            return None
        self.reduce(COMPARE)
        return operand(self.values.pop())

    def part(self, frame: Frame) -> None:
        """What has been read up to a comma or the closing bracket goes to the bracket's frame."""
        if frame.slice is not None:
            frame.parts.append(self.slice(frame))
            return
        self.reduce(COMPARE)
        tree = self.values.pop()
        if frame.option is not None:
            name = read_name(frame.option)
            if name in frame.options:
                span = (frame.option.start, tree.span[1])
                raise ReadError(f"{name} is given twice", span, "give it once")
            frame.options[name], frame.option = tree, None
        elif frame.options:
            raise ReadError("a positional argument stands after a named one", tree.span, "put it first")
        elif frame.kind == "item" and isinstance(tree, Name) and tree.name in ("None", "newaxis"):
            frame.parts.append(NewAxis(tree.span))
        else:
            frame.parts.append(tree)

    def slice(self, frame: Frame) -> Slice:
        """The slice that ends before the word just taken."""
        assert frame.slice is not None, frame
        end = self.tokens[self.at - 2].end
        start, stop, step = [*frame.slice, self.bound(), None][:3]
        frame.slice = None
        return Slice(start, stop, step, (frame.begun, end))

    def close(self, frame: Frame, token: Token) -> None:
        """The tree of a bracket that is closed."""
        self.frames.pop()
        self.pending.pop()
        span = (frame.start, token.end)
        parts = tuple(frame.parts)
        self.after = True
        if frame.word is not None:
            target = self.values.pop() if frame.kind == "method" else None
            written = Written(
                read_name(frame.word),
                frame.word.span,
                parts,
                tuple(frame.options.items()),
                span,
                frame.prefixed,
            )
            self.values.append(
                read_call(written, self.functions) if target is None else read_method(target, written)
            )
        elif frame.kind == "item":
            self.values[-1] = _subscripted(self.values[-1], parts, span)
        elif frame.kind == "group" and len(parts) == 1 and self.tokens[self.at - 2].kind != ",":
            self.values.append(_spanned(parts[0], span))
        else:
            self.values.append(Sequence(parts, span))


def _spanned(tree: Tree, span: Span) -> Tree:
    """The tree with the brackets around it in its span."""
    if type(tree) is Binary:
        return Binary(tree.operator, tree.left, tree.right, span)
    return replace(tree, span=span)


def _subscripted(target: Tree, selectors: tuple[Tree, ...], span: Span) -> Tree:
    is_shape = isinstance(target, Call) and target.function == "shape" and len(target.arguments) == 1
    if is_shape and len(selectors) == 1:
        assert isinstance(target, Call), target
        return Call("shape", (*target.arguments, *selectors), (), span)
    return Item(target, selectors, span)


def is_postfix(call: Call) -> bool:
    """Whether a factorial was written with a sign: its span ends one after its operand's."""
    return (
        call.function == "factorial"
        and call.span[1] == call.arguments[0].span[1] + 1
        and call.span[0] == call.arguments[0].span[0]
    )
