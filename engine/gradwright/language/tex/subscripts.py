"""Subscripts: entries, rows and columns of arrays by named indices, numbers and declared values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from gradwright.language.scope import ReadError
from gradwright.language.tex.nodes import Fenced, Literal, Node, Operator, Product, Script, Symbol, Total
from gradwright.language.tex.pieces import Extent, Piece, meet, spell
from gradwright.language.tree import Binary, Item, Name, Number, Slice, Span, Tree

if TYPE_CHECKING:
    from gradwright.language.tex.resolve import Resolver

_ALL = frozenset({":", r"\cdot", "*", "·", r"\bullet", r"\ast"})


def selectors_of(script: Script, rank: int) -> list[Node]:
    """The indices that a subscript holds: cut at commas, else letter by letter."""
    node = script.node
    if isinstance(node, Fenced) and node.kind == ",":
        return list(node.items)
    if isinstance(node, Product) and all(
        not sign and (rank > 1 or isinstance(part, Symbol)) for sign, part, _ in node.factors
    ):
        return [part for _, part, _ in node.factors]
    if isinstance(node, Literal) and 1 < len(node.text) <= rank and node.text.isdigit():
        return [Literal(script.span, 1, Fraction(int(digit)), digit) for digit in node.text]
    if node is not None:
        return [node]
    return [part for text in _cut(script.text, rank) for part in [_selector(text, script.span)]]


def _cut(text: str, rank: int) -> list[str]:
    if "," in text:
        return text.split(",")
    if rank < 2:
        return [text]
    for sign in _ALL:
        if text.endswith(sign) and len(text) > len(sign):
            return [text[: -len(sign)], sign]
        if text.startswith(sign) and len(text) > len(sign):
            return [sign, text[len(sign) :]]
    return list(text) if len(text) <= rank else [text]


def _selector(text: str, span: Span) -> Node:
    if text in _ALL:
        return Operator(span, 1, ":")
    if ":" in text:
        raise ReadError(
            "a range of places is counted in two ways",
            span,
            "write : alone for a whole axis, or a sum with bounds",
        )
    if text.isdigit():
        return Literal(span, 1, Fraction(int(text)), text)
    if text.isalpha():
        return Symbol(span, 1, text)
    raise ReadError("this subscript can't be read", span, "write indices with commas between them")


def subscripted(resolver: Resolver, piece: Piece, script: Script, span: Span) -> Piece:
    """Entries, rows or columns of an array."""
    items = selectors_of(script, piece.rank)
    if not piece.rank:
        raise ReadError(
            f"what stands before this subscript is a number, and {script.text} is no part of its name",
            (span[0], script.span[1]),
            "declare the name, or leave the subscript out",
        )
    if len(items) > piece.rank:
        raise ReadError(
            f"{len(items)} indices follow an array {spell(piece.shape)}", script.span, "leave one out"
        )
    kept: list[Extent] = []
    selectors: list[Tree] = []
    for axis, item in enumerate(items):
        if isinstance(item, Operator):
            selectors.append(Slice())
            kept.append(piece.shape[axis])
        else:
            selector, extra = _place(resolver, item, piece.shape[axis])
            selectors.append(selector)
            kept += extra
    kept += piece.shape[len(items) :]
    return Piece(Item(piece.tree, tuple(selectors), span), tuple(kept))


def _place(resolver: Resolver, node: Node, extent: Extent) -> tuple[Tree, tuple[Extent, ...]]:
    """A place on an axis, counted from 0 in the tree, and the axes that it brings."""
    if isinstance(node, Symbol):
        known = None if node.name in resolver.indices else resolver.declared.find((node.name,))
        if known in resolver.declared.sizes and node.name.islower() and len(node.name) == 1:
            # z_k of an array over the axis k is its entry k, while h_T is the last one.
            node, known = replace(node, name=f"{node.name}_"), None
        if known is None:
            index = resolver.index(node)
            meet(index.extent, extent)
            index.used = True
            return Name(index.name, node.span), ()
        if known in resolver.declared.values:
            return Name(known, node.span), resolver.shapes.get(known, ())
    if isinstance(node, Literal):
        if node.value.denominator != 1:
            raise ReadError("an index is a whole number", node.span)
        base = resolver.base(node.span)
        if node.value < base:
            raise ReadError("places are counted from 1 here", node.span, "write 1 for the first place")
        return Number(node.value - base, "", node.span), ()
    shifted = _shifted(resolver, node, extent)
    if shifted is not None:
        return shifted, ()
    piece = resolver.piece(node)
    base = resolver.base(node.span)
    one = Number(Fraction(base), "", node.span)
    return (Binary("-", piece.tree, one, node.span) if base and not piece.rank else piece.tree), piece.shape


def _shifted(resolver: Resolver, node: Node, extent: Extent) -> Tree | None:
    """``t - 1``: an index and a number."""
    if not isinstance(node, Total) or len(node.terms) != 2:
        return None
    (first_sign, first), (sign, second) = node.terms
    if first_sign != "+" or not isinstance(first, Symbol) or not isinstance(second, Literal):
        return None
    if first.name not in resolver.indices and resolver.declared.find((first.name,)) is not None:
        return None
    index = resolver.index(first)
    if index.likely is None:
        index.likely = extent
    return Binary(
        sign, Name(index.name, first.span), Number(second.value, second.text, second.span), node.span
    )


def as_one(items: Sequence[Node], span: Span) -> Node:
    """One index, or several as one operand."""
    return (
        items[0]
        if len(items) == 1
        else Fenced(span, 1 + max(item.depth for item in items), ",", tuple(items))
    )


def row_of(resolver: Resolver, piece: Piece, script: Script) -> Piece:
    """Row ``i`` of a matrix, or the slice along the axis over which the index is said to run."""
    items = selectors_of(script, piece.rank)
    if len(items) == 1 and isinstance(items[0], Symbol) and piece.rank == 2:
        index = resolver.indices.get(items[0].name)
        if index is not None and index.upper is not None:
            axes = [axis for axis, extent in enumerate(piece.shape) if extent == index.upper]
            if axes == [1]:
                meet(index.extent, piece.shape[1])
                index.used = True
                tree = Item(piece.tree, (Slice(), Name(items[0].name, items[0].span)), script.span)
                return Piece(tree, piece.shape[:1])
    return subscripted(resolver, piece, script, script.span)


def opened(script: Script) -> Script:
    """A script without its brackets."""
    node = script.node
    if isinstance(node, Fenced):
        return Script(as_one(node.items, script.span), script.text, script.span, script.depth)
    return script


def capital_of(resolver: Resolver, base: Symbol) -> str | None:
    """The declared array that the capital of a small letter names."""
    if len(base.name) != 1 or not base.name.islower():
        return None
    capital = resolver.declared.find((base.name.upper(),))
    return capital if capital is not None and resolver.shapes.get(capital) else None


def runs_over_rows(resolver: Resolver, base: Symbol, capital: str, script: Script) -> bool:
    """Whether a declared small letter's index is said to run over the capital's axis and not over its own."""
    known = resolver.declared.find((base.name,))
    items = selectors_of(script, 1)
    if known is None or len(items) != 1 or not isinstance(items[0], Symbol):
        return False
    index = resolver.indices.get(items[0].name)
    if index is None or index.upper is None:
        return False
    own = resolver.shapes.get(known, ())
    return index.upper not in own[:1] and index.upper == resolver.shapes[capital][0]
