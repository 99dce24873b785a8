"""Sums, products, fractions and comparisons of operands."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from gradwright.language.scope import ReadError
from gradwright.language.tex.nodes import (
    Constant,
    Fenced,
    Literal,
    Negated,
    Node,
    Ones,
    Postfix,
    Product,
    Quotient,
    Relation,
    Scripted,
    Symbol,
    Total,
)
from gradwright.language.tex.pieces import Piece, broadcast
from gradwright.language.tex.products import beside, entrywise, over, power, signed
from gradwright.language.tree import Binary, Call, Compare, Name, Negate, Number, Span

if TYPE_CHECKING:
    from gradwright.language.tex.resolve import Resolver

_COMPARED = {"=": "==", "<": "<", ">": ">", "<=": "<=", ">=": ">=", "!=": "!="}


def total(resolver: Resolver, node: Node) -> Piece:
    """Terms added up."""
    assert isinstance(node, Total)
    result: Piece | None = None
    for sign, part in node.terms:
        piece = resolver.piece(part)
        if result is None:
            result = piece if sign == "+" else negated(resolver, piece, part.span)
        else:
            span = (node.span[0], part.span[1])
            resolver.strain += _strain(result, piece)
            result = entrywise(sign, result, piece, span)
    assert result is not None
    return result


def negated(resolver: Resolver, piece: Piece, span: Span) -> Piece:
    """The operand with a minus before it."""
    return Piece(Negate(piece.tree, span), piece.shape, piece.row)


def negation(resolver: Resolver, node: Node) -> Piece:
    """A term with a minus before it."""
    assert isinstance(node, Negated)
    return negated(resolver, resolver.piece(node.operand), node.span)


def _strain(left: Piece, right: Piece) -> int:
    """How unusual it is that these two meet entry by entry: nought for the same number of axes."""
    if left.rank == right.rank or isinstance(left.tree, Number) or isinstance(right.tree, Number):
        return 0
    return 2 if not left.rank or not right.rank else 4


def product(resolver: Resolver, node: Node) -> Piece:
    """Factors from left to right."""
    assert isinstance(node, Product)
    result: Piece | None = None
    before: tuple[str, Node] | None = None
    above_number = False
    for place, (sign, part, touches) in enumerate(node.factors):
        indicator = _indicator(resolver, node, place)
        if indicator is not None:
            piece: Piece | None = indicator
        elif place and _indicator(resolver, node, place - 1) is not None:
            continue
        else:
            piece = resolver.piece(part)
        assert piece is not None
        span = (node.span[0], part.span[1])
        if result is None:
            result = piece
        elif sign:
            above_number = place == 1 and isinstance(node.factors[0][1], Literal)
            resolver.strain += (
                2 * piece.rank if sign == "/" else _strain(result, piece) if sign == "odot" else 0
            )
            result = signed(sign, result, piece, span)
        else:
            if before is not None and before[0] == "/" and touches:
                _check_fraction(resolver, before[1], part, piece, above_number)
            result = beside(result, piece, span)
        before = (sign, part)
    assert result is not None
    return result


def _check_fraction(resolver: Resolver, below: Node, part: Node, piece: Piece, above_number: bool) -> None:
    """Refuse ``a/bc`` and ``a/b(c)``, which are read in two ways; ``1/2x`` is a fraction and ``x``."""
    settled = (isinstance(below, Literal) and above_number) or piece.rank
    letter = part.base if isinstance(part, Scripted) else part
    if not settled and isinstance(letter, Symbol | Fenced | Constant):
        raise ReadError(
            "it is not clear what stands below the stroke",
            (below.span[0], part.span[1]),
            r"write \frac{a}{bc} or \frac{a}{b} c",
        )


def _indicator(resolver: Resolver, node: Product, place: int) -> Piece | None:
    r"""``\mathbb{1}[z > 0]``: a bold one and brackets that hold a condition."""
    ones = node.factors[place][1]
    if not isinstance(ones, Ones) or place + 1 >= len(node.factors):
        return None
    sign, inside, _ = node.factors[place + 1]
    if sign or not isinstance(inside, Fenced) or len(inside.items) != 1:
        return None
    inner = inside.items[0]
    while isinstance(inner, Fenced) and len(inner.items) == 1:
        inner = inner.items[0]
    return condition(resolver, inner) if isinstance(inner, Relation) else None


def quotient(resolver: Resolver, node: Node) -> Piece:
    """A fraction, a binomial coefficient or a root."""
    assert isinstance(node, Quotient)
    top = resolver.piece(node.top)
    if node.kind == "root":
        return _root(resolver, node, top)
    bottom = resolver.piece(node.bottom)
    if node.kind == "binom":
        shape = broadcast(top.shape, bottom.shape)
        return Piece(Call("binomial", (top.tree, bottom.tree), (), node.span), shape)
    resolver.strain += 2 * bottom.rank
    return over(top, bottom, node.span)


def _root(resolver: Resolver, node: Quotient, top: Piece) -> Piece:
    if node.bottom is None:
        return Piece(Call("sqrt", (top.tree,), (), node.span), top.shape, top.row)
    one = Number(Fraction(1), "", node.span)
    degree = resolver.piece(node.bottom)
    return power(
        Piece(top.tree, top.shape, top.row), Piece(Binary("/", one, degree.tree, node.span)), node.span
    )


def condition(resolver: Resolver, node: Relation) -> Piece:
    """A comparison, worth 1 where it holds; several in a row are multiplied."""
    sides = [_compared(resolver, side) for side in node.sides]
    result: Piece | None = None
    for sign, left, right in zip(node.signs, sides, sides[1:], strict=False):
        if sign not in _COMPARED:
            raise ReadError(
                "this relation can't be computed with", node.span, "write a comparison such as z > 0"
            )
        shape = broadcast(left.shape, right.shape)
        made = Piece(Compare(_COMPARED[sign], left.tree, right.tree, node.span), shape)
        result = made if result is None else entrywise("*", result, made, node.span)
    assert result is not None
    return result


def _compared(resolver: Resolver, node: Node) -> Piece:
    """A side of a comparison; an undeclared letter is an index, as in ``i = j``."""
    letter = isinstance(node, Symbol) and len(node.name) == 1 and node.name not in "eI"
    if letter and isinstance(node, Symbol) and resolver.declared.find((node.name,)) is None:
        return resolver.index(node).value(node.span)
    return resolver.piece(node)


def relation(resolver: Resolver, node: Node) -> Piece:
    """A comparison where a value is expected."""
    assert isinstance(node, Relation)
    if "=" in node.signs:
        raise ReadError("an equation is not an expression", node.span, "write its right side")
    return condition(resolver, node)


def postfix(resolver: Resolver, node: Node) -> Piece:
    """A factorial, a percentage or an angle in degrees."""
    assert isinstance(node, Postfix)
    inner = resolver.piece(node.operand)
    if node.sign == "!":
        return Piece(Call("factorial", (inner.tree,), (), node.span), inner.shape)
    parts = Number(Fraction(180 if node.sign == "°" else 100), "", node.span)
    if node.sign == "°":
        inner = replace(inner, tree=Binary("*", inner.tree, Name("pi", node.span), node.span))
    return over(inner, Piece(parts), node.span)
