"""Sums, products and maxima over indices, with the bounds that they are given."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from gradwright.language.scope import ReadError
from gradwright.language.tex.counted import counted
from gradwright.language.tex.ends import condition_of, ends
from gradwright.language.tex.indices import Index
from gradwright.language.tex.limits import bound_of, integer
from gradwright.language.tex.nodes import (
    Big,
    Head,
    Node,
    Symbol,
)
from gradwright.language.tex.pieces import Piece, Unknown, found, meet
from gradwright.language.tree import (
    Binary,
    Call,
    Item,
    Name,
    Number,
    Sequence,
    Span,
    Tree,
    names,
    walk,
)

if TYPE_CHECKING:
    from gradwright.language.tex.resolve import Resolver

_JOINS = {"sum": "+", "prod": "*"}
_EMPTY = {"sum": 0, "prod": 1}


def big(resolver: Resolver, node: Node) -> Piece:
    """A sum, a product or a maximum over indices."""
    assert isinstance(node, Big) and node.head is not None
    return over_indices(resolver, node.head, node.body, node.span)


def over_indices(resolver: Resolver, head: Head, body: Node | None, span: Span) -> Piece:
    """The value of a big sign with a body.

    Raises:
        ReadError: The bounds can't be read, or nothing says how far an index runs.
    """
    assert body is not None
    if head.below is None:
        inner = resolver.piece(body)
        if not inner.rank:
            raise ReadError(
                f"nothing says what \\{head.name} runs over", head.span, f"write \\{head.name}_{{i}}"
            )
        return Piece(Call(head.name, (inner.tree,), (), span))
    bound = bound_of(resolver, head.below, head.above)
    indices = [
        _index(resolver, letter, lower, bound.upper)
        for letter, lower in zip(bound.letters, bound.lower, strict=True)
    ]
    outer = resolver.indices
    resolver.indices = {**outer, **{index.name: index for index in indices}}
    try:
        inner = resolver.piece(body)
        conditions = [condition_of(resolver, *parts) for parts in bound.conditions]
        _settle(indices)
        loose = [index for index in indices if not index.used and index.likely is None]
        if loose and len(indices) == 1 and not conditions:
            resolver.indices = outer
            return counted(resolver, head, body, inner, bound, indices[0], span)
        for index, lower in zip(indices, bound.lower, strict=True):
            conditions += ends(resolver, index, lower, bound.upper, head)
    finally:
        resolver.indices = outer
    return _reduced(head, indices, conditions, inner, span)


def _reduced(head: Head, indices: list[Index], conditions: list[Tree], inner: Piece, span: Span) -> Piece:
    tree = inner.tree
    if conditions:
        if head.name not in _EMPTY or inner.rank:
            raise ReadError(
                "only a sum of numbers can leave places out", span, "write the sum over all of them"
            )
        condition = conditions[0]
        for other in conditions[1:]:
            condition = Binary("*", condition, other, span)
        tree = Call("where", (condition, tree, Number(Fraction(_EMPTY[head.name]), "", span)), (), span)
    first: Tree = Name(indices[0].name, head.span)
    if len(indices) > 1:
        first = Sequence(tuple(Name(index.name, head.span) for index in indices), head.span)
    for index in indices:
        if not _subscripts(index.name, tree):
            raise ReadError(
                f"{index.name} subscripts nothing in what is summed",
                head.span,
                "leave the sum out, or index a value",
            )
    return Piece(Call(head.name, (first, tree), (), span), inner.shape, inner.row)


def _subscripts(name: str, tree: Tree) -> bool:
    return any(
        name in names(selector)
        for node in walk(tree)
        if isinstance(node, Item)
        for selector in node.selectors
    )


def _settle(indices: list[Index]) -> None:
    for index in indices:
        if isinstance(found(index.extent), Unknown) and index.likely is not None:
            meet(index.extent, index.likely)


def _index(resolver: Resolver, letter: Symbol, lower: Node | None, upper: Node | None) -> Index:
    number = integer(lower)
    start = number if number in (0, 1) else resolver.start()
    index = Index(letter.name, resolver.unknown_index(), start)
    if isinstance(upper, Symbol) and start == 1:
        index.upper = resolver.declared.find((upper.name,))
    return index
