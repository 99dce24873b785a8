"""Brackets with values in them, matrices and cases."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from gradwright.language.scope import ReadError
from gradwright.language.tex.cases import cases
from gradwright.language.tex.nodes import Fenced, Grid, Node
from gradwright.language.tex.norms import norm
from gradwright.language.tex.pieces import Extent, Piece, is_square, meet
from gradwright.language.tree import Binary, Call, Number, Sequence, Span, Tree

if TYPE_CHECKING:
    from gradwright.language.tex.resolve import Resolver

_WORDS = {"⌊": "floor", "⌈": "ceil"}


def fenced(resolver: Resolver, node: Node) -> Piece:
    """What stands between two delimiters."""
    assert isinstance(node, Fenced)
    if node.kind == "‖":
        return norm(resolver, node, None)
    if len(node.items) > 1:
        return _several(resolver, node)
    inner = node.items[0]
    if node.kind == "|":
        return _absolute(resolver.piece(inner), node.span)
    piece = resolver.piece(inner)
    if node.kind in _WORDS:
        return Piece(Call(_WORDS[node.kind], (piece.tree,), (), node.span), piece.shape, piece.row)
    if node.kind == "⟨":
        raise ReadError("an inner product is of two values", node.span, r"write \langle x, y \rangle")
    return Piece(piece.tree, piece.shape, piece.row, piece.written)


def _absolute(piece: Piece, span: Span) -> Piece:
    """The absolute value of numbers and entries; of a square matrix, the determinant."""
    word = "det" if is_square(piece.shape) else "abs"
    shape = () if word == "det" else piece.shape
    return Piece(Call(word, (piece.tree,), (), span), shape, piece.row, bars=word == "det")


def _several(resolver: Resolver, node: Fenced) -> Piece:
    if node.kind == "⟨" and len(node.items) == 2:
        left, right = (resolver.piece(item) for item in node.items)
        product = Binary("*", left.tree, right.tree, node.span)
        if left.rank == right.rank == 1:
            meet(left.shape[0], right.shape[0])
            return Piece(Binary("@", left.tree, right.tree, node.span))
        return Piece(Call("sum", (product,), (), node.span) if left.rank else product)
    pieces = [resolver.piece(item) for item in node.items]
    if node.kind == "[" and all(piece.rank == 1 for piece in pieces):
        return in_a_row(pieces, 0, node.span)
    raise ReadError("several values stand between these brackets", node.span, "write one value")


def in_a_row(pieces: list[Piece], axis: int, span: Span) -> Piece:
    """Arrays one behind the other along an axis."""
    items = Sequence(tuple(piece.tree for piece in pieces), span)
    options: tuple[tuple[str, Tree], ...] = (("axis", _number(axis, span)),) if axis else ()
    shape = list(pieces[0].shape)
    shape[axis] = _total([piece.shape[axis] for piece in pieces])
    return Piece(Call("concatenate", (items,), options, span), tuple(shape))


def _number(value: int, span: Span) -> Tree:
    return Number(Fraction(value), "", span)


def _total(extents: list[Extent]) -> Extent:
    if all(isinstance(extent, int) for extent in extents):
        return sum(extent for extent in extents if isinstance(extent, int))
    return " + ".join(str(extent) for extent in extents)


def grid(resolver: Resolver, node: Node) -> Piece:
    """A matrix or cases."""
    assert isinstance(node, Grid)
    if node.kind == "cases":
        return cases(resolver, node)
    width = len(node.rows[0])
    if any(len(row) != width for row in node.rows):
        raise ReadError("the rows of this matrix have different lengths", node.span, "check the & signs")
    rows = [[resolver.piece(cell) for cell in row] for row in node.rows]
    piece = _matrix(rows, node.span)
    if node.kind == "det":
        return Piece(Call("det", (piece.tree,), (), node.span))
    if node.kind == "norm":
        return Piece(Call("norm2", (piece.tree,), (), node.span))
    return piece


def _matrix(rows: list[list[Piece]], span: Span) -> Piece:
    ranks = {piece.rank for row in rows for piece in row}
    if ranks == {0}:
        return _entries(rows, span)
    if ranks == {1} and len(rows[0]) == 1:
        if all(row[0].row for row in rows):
            trees = Sequence(tuple(row[0].tree for row in rows), span)
            return Piece(Call("stack", (trees,), (), span), (len(rows), rows[0][0].shape[0]))
        return in_a_row([row[0] for row in rows], 0, span)
    if ranks == {2}:
        lines = [in_a_row(row, 1, span) if len(row) > 1 else row[0] for row in rows]
        return in_a_row(lines, 0, span) if len(lines) > 1 else lines[0]
    if ranks == {1} and len(rows) == 1 and not any(piece.row for piece in rows[0]):
        trees = Sequence(tuple(piece.tree for piece in rows[0]), span)
        return Piece(
            Call("stack", (trees,), (("axis", _number(1, span)),), span), (rows[0][0].shape[0], len(rows[0]))
        )
    raise ReadError("the parts of this matrix do not fit together", span, "write its entries")


def _entries(rows: list[list[Piece]], span: Span) -> Piece:
    if len(rows[0]) == 1 and len(rows) > 1:
        return Piece(Sequence(tuple(row[0].tree for row in rows), span), (len(rows),))
    lines = [Sequence(tuple(piece.tree for piece in row), span) for row in rows]
    if len(rows) == 1:
        return Piece(lines[0], (len(rows[0]),), row=True, written=True)
    return Piece(Sequence(tuple(lines), span), (len(rows), len(rows[0])))
