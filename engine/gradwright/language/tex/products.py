r"""Products by their shapes: what stands side by side, dots, crosses, fractions, powers, transposes.

A vector is a column unless it is transposed: ``x x^\top`` is an outer product, ``x^\top x`` a number, and
``x^\top A`` is the vector ``x @ A``, and a vector before a matrix that it fits counts as a row. Two columns
have one product only, that of their entries, as in ``\sigma(z)(1 - \sigma(z))``.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from gradwright.language.scope import ReadError
from gradwright.language.tex.pieces import Piece, broadcast, found, is_square, meet, spell
from gradwright.language.tree import Binary, Call, Name, Negate, Number, Span, Tree

Join = Callable[[Piece, Piece, Span], Piece]


def beside(left: Piece, right: Piece, span: Span) -> Piece:
    """The product of two operands side by side.

    Raises:
        ReadError: Two rows stand side by side, and nothing says which product is meant.
    """
    if not left.rank or not right.rank:
        return _scaled(left, right, span)
    ranks = min(left.rank, 2), min(right.rank, 2)
    if ranks == (1, 1):
        return _vectors(left, right, span)
    if ranks == (2, 1):
        return _matrix_vector(left, right, span)
    if ranks == (1, 2):
        return _vector_matrix(left, right, span)
    meet(left.shape[-1], right.shape[-2])
    return Piece(
        Binary("@", left.tree, right.tree, span), (*left.shape[:-1], *right.shape[:-2], right.shape[-1])
    )


def _scaled(left: Piece, right: Piece, span: Span) -> Piece:
    array = right if right.rank else left
    tree: Tree = Binary("*", left.tree, right.tree, span)
    if isinstance(left.tree, Number) and left.tree.value == -1:
        tree = Negate(right.tree, span)
    bars = not array.rank and (left.bars or right.bars)
    return Piece(tree, array.shape, array.row, array.written, bars=bars)


def _vectors(left: Piece, right: Piece, span: Span) -> Piece:
    if left.row and not right.row:
        meet(left.shape[0], right.shape[0])
        return Piece(Binary("@", left.tree, right.tree, span))
    if right.row and not left.row:
        return Piece(Call("outer", (left.tree, right.tree), (), span), (left.shape[0], right.shape[0]))
    if left.row:
        raise ReadError(
            "two rows stand side by side, and no product of vectors is meant by that",
            span,
            r"write x^\top y for a number, x y^\top for a matrix, x \odot y for a product of entries",
        )
    meet(left.shape[0], right.shape[0])
    return Piece(Binary("*", left.tree, right.tree, span), left.shape)


def _matrix_vector(left: Piece, right: Piece, span: Span) -> Piece:
    if right.row and found(left.shape[-1]) != 1:
        raise ReadError(
            f"a matrix {spell(left.shape)} stands before a row {spell(right.shape)}",
            span,
            "leave the transpose of the vector out, or swap the two",
        )
    meet(left.shape[-1], right.shape[0])
    return Piece(Binary("@", left.tree, right.tree, span), left.shape[:-1])


def _vector_matrix(left: Piece, right: Piece, span: Span) -> Piece:
    if not left.row and found(right.shape[-2]) == 1 and found(left.shape[0]) != 1:
        return Piece(Call("outer", (left.tree, right.tree), (), span), (left.shape[0], right.shape[-1]))
    meet(left.shape[0], right.shape[-2])
    shape = (*right.shape[:-2], right.shape[-1])
    return Piece(Binary("@", left.tree, right.tree, span), shape, row=True)


def signed(sign: str, left: Piece, right: Piece, span: Span) -> Piece:
    """The product of two operands with a sign between them."""
    return _SIGNED[sign](left, right, span) if sign in _SIGNED else beside(left, right, span)


def _dot(left: Piece, right: Piece, span: Span) -> Piece:
    if left.rank == right.rank == 1 and left.row == right.row:
        meet(left.shape[0], right.shape[0])
        return Piece(Binary("@", left.tree, right.tree, span))
    return beside(left, right, span)


def _cross(left: Piece, right: Piece, span: Span) -> Piece:
    if left.rank == right.rank == 1 and left.row == right.row:
        raise ReadError(
            "the product x of two vectors is not read", span, r"write \odot for a product of entries"
        )
    return beside(left, right, span)


def _asterisk(left: Piece, right: Piece, span: Span) -> Piece:
    if left.rank and right.rank:
        raise ReadError(
            "* between two arrays has two meanings",
            span,
            r"write \odot for entries, A B for a matrix product",
        )
    return beside(left, right, span)


def _windowed(function: str) -> Join:
    def build(left: Piece, right: Piece, span: Span) -> Piece:
        if not left.rank or left.rank != right.rank:
            return beside(left, right, span)
        return Piece(Call(function, (left.tree, right.tree), (), span), left.shape)

    return build


def bars_in_two_ways(span: Span) -> ReadError:
    """The error about bars that may be the determinant of a square matrix or the size of its entries."""
    return ReadError(
        "bars around a square matrix have two meanings",
        span,
        r"write \det A, or \operatorname{abs}(A) for the entries",
    )


def entrywise(operator: str, left: Piece, right: Piece, span: Span) -> Piece:
    """An operator between entries.

    Raises:
        ReadError: The bars around a square matrix may be its determinant or the size of its entries.
    """
    if (left.bars and right.rank == 2) or (right.bars and left.rank == 2):
        raise bars_in_two_ways(span)
    row = left.row and right.row if left.rank == right.rank == 1 else (left.row or right.row)
    shape = broadcast(left.shape, right.shape)
    return Piece(Binary(operator, left.tree, right.tree, span), shape, row and len(shape) == 1)


def over(left: Piece, right: Piece, span: Span) -> Piece:
    """One operand divided by another."""
    if right.plain and is_square(right.shape):
        raise ReadError("a matrix can't be divided by", span, r"write A^{-1} for its inverse")
    return entrywise("/", left, right, span)


def _tensor(left: Piece, right: Piece, span: Span) -> Piece:
    if left.rank == right.rank == 1:
        return Piece(Call("outer", (left.tree, right.tree), (), span), (left.shape[0], right.shape[0]))
    if left.rank == right.rank == 2:
        raise_to = tuple(_times(a, b) for a, b in zip(left.shape, right.shape, strict=True))
        return Piece(Call("kron", (left.tree, right.tree), (), span), raise_to)
    return beside(left, right, span)


def _times(left: object, right: object) -> str:
    return f"{left}*{right}"


def _remainder(left: Piece, right: Piece, span: Span) -> Piece:
    return Piece(Call("mod", (left.tree, right.tree), (), span), broadcast(left.shape, right.shape))


def _hadamard(left: Piece, right: Piece, span: Span) -> Piece:
    return entrywise("*", left, right, span)


def _refused(left: Piece, right: Piece, span: Span) -> Piece:
    raise ReadError("this sign has no meaning here", span, "write the expression out")


_SIGNED: dict[str, Join] = {
    "cdot": _dot, "times": _cross, "*": _asterisk, "ast": _windowed("convfull"), "star": _windowed("corr"),
    "odot": _hadamard, "oslash": over, "/": over, "over": over, "otimes": _tensor, "mod": _remainder,
    "oplus": _refused, "and": _refused, "not": _refused,
}  # fmt: skip


def transposed(piece: Piece, span: Span) -> Piece:
    """The transpose; of a vector, the other way that it stands."""
    if not piece.rank:
        return piece
    if piece.rank == 1:
        return Piece(piece.tree, piece.shape, not piece.row)
    if piece.rank > 2:
        raise ReadError(
            "an array of more than two axes has no transpose", span, "write its entries by indices"
        )
    if isinstance(piece.tree, Call) and piece.tree.function == "transpose" and len(piece.tree.arguments) == 1:
        return Piece(piece.tree.arguments[0], piece.shape[::-1])
    return Piece(Call("transpose", (piece.tree,), (), span), piece.shape[::-1], plain=piece.plain)


def inverse(piece: Piece, span: Span) -> Piece:
    """The inverse of a matrix, or one over a scalar or over each entry of a vector."""
    if piece.rank < 2:
        if isinstance(piece.tree, Name) or not piece.rank:
            return Piece(Binary("/", Number(Fraction(1), "", span), piece.tree, span), piece.shape, piece.row)
        return Piece(
            Binary("**", piece.tree, Negate(Number(Fraction(1), "", span), span), span),
            piece.shape,
            piece.row,
        )
    if piece.rank > 2 or not _may_be_square(piece):
        raise ReadError(f"an array {spell(piece.shape)} has no inverse", span, "only a square matrix has one")
    meet(*piece.shape)
    return Piece(Call("inv", (piece.tree,), (), span), piece.shape)


def _may_be_square(piece: Piece) -> bool:
    return meet(*piece.shape)


def power(base: Piece, exponent: Piece, span: Span) -> Piece:
    """A power: of a square matrix by itself, of anything else entry by entry.

    Raises:
        ReadError: A square matrix is raised to what is not a whole number.
    """
    number = _whole(exponent.tree)
    if base.rank == 2 and not exponent.rank and (number == -1 or is_square(base.shape)):
        if number is None:
            raise ReadError(
                "a square matrix can only be raised to a whole number",
                span,
                r"for the entries, write A^{\odot 2}; the root of a matrix is not read",
            )
        if number < 0:
            base = inverse(base, span)
        if abs(number) == 1:
            return base
        return Piece(Call("mpow", (base.tree, Number(Fraction(abs(number)), "", span)), (), span), base.shape)
    if base.rank and number == -1:
        return inverse(base, span)
    if base.rank == 1 and number == 2 and base.row:
        raise ReadError("a row has no square", span, r"write x^\top x or x \odot x")
    made = entrywise("**", base, exponent, span)
    return Piece(made.tree, made.shape, base.row)


def _whole(tree: Tree) -> int | None:
    sign = 1
    while isinstance(tree, Negate):
        sign, tree = -sign, tree.operand
    if isinstance(tree, Number) and tree.value.denominator == 1:
        return sign * int(tree.value)
    return None
