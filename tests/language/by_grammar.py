"""A second parser, generated from ``grammar.lark``: an independent route to the same trees."""

from __future__ import annotations

from collections.abc import Sequence as Many
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from lark import Lark, Token, Transformer, UnexpectedInput
from lark.exceptions import VisitError

from gradwright.language.bounds import check_tree, read_number
from gradwright.language.calls import read_attribute, read_call, read_method
from gradwright.language.scope import ReadError
from gradwright.language.tree import (
    Binary,
    Call,
    Compare,
    Formula,
    Item,
    Name,
    Negate,
    NewAxis,
    Number,
    Sequence,
    Slice,
    Span,
    Text,
    Tree,
)
from gradwright.language.words import CONSTANTS, canonical_name, partial_name
from gradwright.language.written import Written


@dataclass(frozen=True, slots=True)
class Option:
    """A named argument of a call."""

    name: str
    value: Tree
    span: Span


@dataclass(frozen=True, slots=True)
class Inside:
    """What stands between the brackets of a call or of a list."""

    parts: tuple[Tree | Option, ...]


Child = Token | Tree | Inside

reach: ContextVar[frozenset[str]] = ContextVar("reach", default=frozenset())
"""The composite functions that the text being parsed may call."""

_OPERATORS = {"×": "*", "·": "*", "⋅": "*", "⊙": "*", "∘": "*", "÷": "/", "^": "**", "−": "-", "–": "-"}
_COMPARISONS = {"≤": "<=", "≥": ">=", "≠": "!="}


def token_span(token: Token) -> Span:
    """Where a token stands in the text."""
    assert token.start_pos is not None and token.end_pos is not None, token
    return token.start_pos, token.end_pos


@cache
def _parser() -> Lark:
    return Lark(
        Path(__file__).with_name("grammar.lark").read_text(encoding="utf-8"),
        start=["comparison", "formula"],
        parser="lalr",
        lexer="contextual",
        transformer=Builder(),
        keep_all_tokens=True,
        maybe_placeholders=False,
    )


def parse_by_grammar(text: str, functions: frozenset[str] = frozenset()) -> Tree | None:
    """The tree of a text as the grammar reads it, or None where it refuses."""
    token = reach.set(functions)
    try:
        made: object = _parser().parse(text, "comparison")
    except VisitError as error:
        if not isinstance(error.orig_exc, ReadError):
            raise
        return None
    except (UnexpectedInput, ReadError):
        return None
    finally:
        reach.reset(token)
    assert isinstance(made, Tree), made
    try:
        check_tree(made)
    except ReadError:
        return None
    return None if isinstance(made, Sequence) else made


def _span(first: Token | Tree, last: Token | Tree) -> Span:
    start = token_span(first) if isinstance(first, Token) else first.span
    end = token_span(last) if isinstance(last, Token) else last.span
    return start[0], end[1]


def read_name(token: Token) -> str:
    """The one spelling of the token's name."""
    name = canonical_name(token)
    if not name.isidentifier():
        raise ReadError(f"{token} is not a name", token_span(token), "a name has letters, digits and _")
    if name.startswith("_"):
        raise ReadError(f"the name {token} begins with _", token_span(token), "a name begins with a letter")
    return name


def _operand(tree: Tree) -> Tree:
    """The tree, if arithmetic can be done with it."""
    if isinstance(tree, Sequence):
        raise ReadError("a tuple or a list can't be computed with", tree.span, "expected a value")
    return tree


class Builder(Transformer[Token, Tree]):
    """One method a rule of the grammar; each gets the tokens and the nodes of the rule from left to right."""

    def number(self, parts: list[Token]) -> Tree:
        span = token_span(parts[0])
        return Number(read_number(parts[0], span), str(parts[0]), span)

    def name(self, parts: list[Token]) -> Tree:
        return Name(read_name(parts[0]), token_span(parts[0]))

    def partial(self, parts: list[Token]) -> Tree:
        return Name(partial_name(parts[0]), token_span(parts[0]))

    def string(self, parts: list[Token]) -> Tree:
        return Text(parts[0][1:-1], token_span(parts[0]))

    def constant(self, parts: list[Token]) -> Tree:
        prefix, word = parts
        if word not in CONSTANTS:
            hint = f"to call it, write {prefix}{word}(...)"
            raise ReadError(f"{prefix}{word} is not a constant", _span(prefix, word), hint)
        return Name(CONSTANTS[word], _span(prefix, word))

    def grouped(self, parts: tuple[Token, Tree, Token]) -> Tree:
        opened, inner, closed = parts
        return replace(inner, span=_span(opened, closed))

    def sequence(self, parts: list[Child]) -> Tree:
        items: list[Tree] = []
        for part in parts:
            if isinstance(part, Inside):
                items.extend(item for item in part.parts if not isinstance(item, Option))
            elif not isinstance(part, Token):
                items.append(part)
        first, last = parts[0], parts[-1]
        assert isinstance(first, Token) and isinstance(last, Token), parts
        return Sequence(tuple(items), _span(first, last))

    def items(self, parts: list[Token | Tree]) -> Inside:
        return Inside(tuple(part for part in parts if not isinstance(part, Token)))

    def negate(self, parts: tuple[Token, Tree]) -> Tree:
        return Negate(_operand(parts[1]), _span(*parts))

    def plus(self, parts: tuple[Token, Tree]) -> Tree:
        return replace(_operand(parts[1]), span=_span(*parts))

    def binary(self, parts: tuple[Tree, Token, Tree]) -> Tree:
        left, sign, right = parts
        operator = _OPERATORS.get(sign, str(sign))
        return Binary(operator, _operand(left), _operand(right), _span(left, right))

    def compare(self, parts: tuple[Tree, Token, Tree]) -> Tree:
        left, sign, right = parts
        if isinstance(left, Compare) and left.span[1] == left.right.span[1]:
            hint = "write (a < b)*(b < c)"
            raise ReadError("comparisons can't be chained", token_span(sign), hint)
        operator = _COMPARISONS.get(sign, str(sign))
        return Compare(operator, _operand(left), _operand(right), _span(left, right))

    def over(self, parts: list[Token | Tree]) -> Tree:
        head, body = parts[0], parts[-1]
        assert isinstance(head, Token) and not isinstance(body, Token), parts
        indices = _names(parts[1:-2])
        word = {"∑": "sum", "Σ": "sum", "∏": "prod"}.get(head[:-2], head[:-2])
        first = indices[0] if len(indices) == 1 else Sequence(indices, _span(indices[0], indices[-1]))
        return Call(word, (first, _operand(body)), (), _span(head, body))

    def attribute(self, parts: tuple[Tree, Token, Token]) -> Tree:
        target, _, word = parts
        return read_attribute(_operand(target), str(word), token_span(word), _span(target, word))

    def method(self, parts: list[Child]) -> Tree:
        target, word = parts[0], parts[2]
        assert isinstance(word, Token) and not isinstance(target, Inside | Token), parts
        return read_method(_operand(target), _written(word, parts, target))

    def factorial(self, parts: tuple[Tree, Token]) -> Tree:
        operand, sign = parts
        if isinstance(operand, Call) and operand.span[1] == token_span(sign)[0] and _is_postfix(operand):
            raise ReadError("!! is not read", _span(operand, sign), "write factorial(...)")
        return Call("factorial", (_operand(operand),), (), _span(operand, sign))

    def transposed(self, parts: tuple[Tree, Token]) -> Tree:
        return Call("transpose", (_operand(parts[0]),), (), _span(*parts))

    def item(self, parts: list[Token | Tree]) -> Tree:
        target, closed = parts[0], parts[-1]
        assert not isinstance(target, Token), parts
        span = _span(target, closed)
        selectors = tuple(_selector(part) for part in parts[2:-1] if not isinstance(part, Token))
        if (
            isinstance(target, Call)
            and target.function == "shape"
            and len(target.arguments) == 1
            and len(selectors) == 1
        ):
            return Call("shape", (*target.arguments, *selectors), (), span)
        return Item(_operand(target), selectors, span)

    def slice(self, parts: list[Token | Tree]) -> Tree:
        places: list[Tree | None] = [None]
        for part in parts:
            if isinstance(part, Token):
                places.append(None)
            else:
                places[-1] = _operand(part)
        start, stop, step = (*places, None)[:3]
        return Slice(start, stop, step, _span(parts[0], parts[-1]))

    def option(self, parts: tuple[Token, Token, Tree]) -> Option:
        word, _, value = parts
        return Option(read_name(word), value, _span(word, value))

    def arguments(self, parts: list[Token | Tree | Option]) -> Inside:
        return Inside(tuple(part for part in parts if not isinstance(part, Token)))

    def call(self, parts: list[Child]) -> Tree:
        word = parts[0]
        assert isinstance(word, Token), parts
        return read_call(_written(word, parts, word), reach.get())

    def prefixed_call(self, parts: list[Child]) -> Tree:
        prefix, word = parts[0], parts[1]
        assert isinstance(prefix, Token) and isinstance(word, Token), parts
        return read_call(replace(_written(word, parts, prefix), prefixed=True), reach.get())

    def formula(self, parts: tuple[Token, Token, Tree]) -> Formula:
        return Formula(read_name(parts[0]), (), _operand(parts[2]))

    def indexed_formula(self, parts: list[Token | Tree]) -> Formula:
        target, body = parts[0], parts[-1]
        assert isinstance(target, Token) and not isinstance(body, Token), parts
        indices = tuple(index.name for index in _names(parts[1:-2]))
        return Formula(read_name(target), indices, _operand(body))


def _names(parts: Many[Token | Tree]) -> tuple[Name, ...]:
    tokens = [part for part in parts if isinstance(part, Token) and part.type == "NAME"]
    return tuple(Name(read_name(token), token_span(token)) for token in tokens)


def _selector(tree: Tree) -> Tree:
    if isinstance(tree, Name) and tree.name in ("None", "newaxis"):
        return NewAxis(tree.span)
    return tree


def _is_postfix(call: Call) -> bool:
    """Whether a factorial was written with a sign: its span ends one after its operand's."""
    return (
        call.function == "factorial"
        and call.span[1] == call.arguments[0].span[1] + 1
        and call.span[0] == call.arguments[0].span[0]
    )


def _written(word: Token, parts: list[Child], first: Token | Tree) -> Written:
    """The call that the parts of a rule spell; ``first`` is where it begins."""
    arguments: list[Tree] = []
    options: dict[str, Tree] = {}
    inside = next((part for part in parts if isinstance(part, Inside)), Inside(()))
    for part in inside.parts:
        if isinstance(part, Option):
            if part.name in options:
                raise ReadError(f"{part.name} is given twice", part.span, "give it once")
            options[part.name] = part.value
        elif options:
            raise ReadError("a positional argument stands after a named one", part.span, "put it first")
        else:
            arguments.append(part)
    last = parts[-1]
    assert isinstance(last, Token), parts
    return Written(
        read_name(word), token_span(word), tuple(arguments), tuple(options.items()), _span(first, last)
    )
