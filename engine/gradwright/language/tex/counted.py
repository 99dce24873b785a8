"""Sums whose index subscripts no axis: written out over numbers, or as often as they say."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from gradwright.language.bounds import NODES
from gradwright.language.scope import ReadError
from gradwright.language.tex.indices import Index
from gradwright.language.tex.limits import Bound, integer
from gradwright.language.tex.nodes import Head, Node
from gradwright.language.tex.pieces import Piece
from gradwright.language.tree import Binary, Call, Item, Name, Number, Span, Tree, substitute, walk

if TYPE_CHECKING:
    from gradwright.language.tex.resolve import Resolver

_JOINS = {"sum": "+", "prod": "*"}
_EMPTY = {"sum": 0, "prod": 1}
_TERMS = 200
"""Terms that a sum over numbers may have."""


def counted(
    resolver: Resolver, head: Head, body: Node, inner: Piece, bound: Bound, index: Index, span: Span
) -> Piece:
    """A sign whose index subscripts no axis: written out over numbers, or as often as it says."""
    lower, upper = bound.lower[0], bound.upper
    if lower is None or upper is None:
        raise ReadError(
            f"{index.name} subscripts nothing in what is summed",
            head.span,
            "leave the sum out, or index a value",
        )
    if head.name not in _JOINS:
        raise ReadError(f"{index.name} subscripts nothing here", head.span, "index a value by it")
    first, last = integer(lower), integer(upper)
    if first is not None and last is not None:
        return _written_out(resolver, head, body, index, first, last, span)
    end = resolver.piece(upper)
    if isinstance(end.tree, Name) and end.tree.name == "inf":
        raise ReadError("a sum without end is not read", upper.span, "write its last index")
    if not index.valued:
        start = resolver.piece(lower).tree
        count: Tree = end.tree
        if not (isinstance(start, Number) and start.value == 1):
            one = Number(Fraction(1), "", span)
            count = Binary("+", Binary("-", end.tree, start, span), one, span)
        operator = "*" if head.name == "sum" else "**"
        pair = (count, inner.tree) if head.name == "sum" else (inner.tree, count)
        return Piece(Binary(operator, *pair, span), inner.shape)
    if isinstance(end.tree, Name) and end.tree.name in resolver.declared.sizes and first == 1:
        places = Call("arange", (end.tree,), (), span)
        at = Item(places, (Name(index.name, span),), span)
        return Piece(
            Call(head.name, (Name(index.name, span), substitute(inner.tree, {index.name: at})), (), span),
            inner.shape,
        )
    raise ReadError(
        f"nothing says how far {index.name} runs",
        head.span,
        "write a number or the name of an axis above the sign",
    )


def _written_out(
    resolver: Resolver, head: Head, body: Node, index: Index, first: int, last: int, span: Span
) -> Piece:
    if last - first >= _TERMS:
        raise ReadError(
            f"a sum of more than {_TERMS} numbers is not written out", head.span, "write it in closed form"
        )
    if last < first:
        return Piece(Number(Fraction(_EMPTY[head.name]), "", span))
    terms: list[Piece] = []
    outer, size = resolver.indices, 0
    for number in range(first, last + 1):
        resolver.work -= 1
        if resolver.work < 0:
            raise ReadError(
                "these sums are too long to be written out", head.span, "write them in closed form"
            )
        resolver.indices = {**outer, index.name: Index(index.name, index.extent, constant=Fraction(number))}
        try:
            terms.append(resolver.piece(body))
        finally:
            resolver.indices = outer
        size += sum(1 for _ in walk(terms[-1].tree))
        if size > NODES:
            raise ReadError("this sum is too long to be written out", head.span, "write it in closed form")
    while len(terms) > 1:
        pairs = [terms[at : at + 2] for at in range(0, len(terms), 2)]
        terms = [
            Piece(Binary(_JOINS[head.name], pair[0].tree, pair[1].tree, span), pair[0].shape)
            if len(pair) > 1
            else pair[0]
            for pair in pairs
        ]
    return terms[0]
