"""Elementwise combinations of pieces: products, quotients, sums, functions, outer products."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from sympy import Expr, S

from gradwright.language.pieces import NoFormError, Order, Piece, einsum, fit, quotient, transpose, whole
from gradwright.language.tree import Binary, Call, Name, Negate, Tree
from gradwright.language.weight import length
from gradwright.tensor.nodes import Index


def nest(word: str, trees: list[Tree]) -> Tree:
    """A function of two arguments applied to several, from the left."""
    total = trees[0]
    for tree in trees[1:]:
        total = Call(word, (total, tree))
    return total


def constant(tree: Tree) -> Piece:
    """A piece without axes."""
    return Piece(frozenset(), lambda order: tree, ())


def constant_of(node: Expr) -> Piece:
    """SymPy's own constants."""
    if node in (S.Pi, S.Exp1):
        return constant(Name("pi" if node == S.Pi else "E"))
    raise NoFormError


def stored(tree: Tree, axes: Order) -> Piece:
    """A stored array, transposed where another order is asked for."""

    def build(order: Order) -> Tree:
        if order == axes:
            return tree
        if len(axes) == 2:
            return transpose(tree)
        if len(axes) == 3 and order == (axes[0], axes[2], axes[1]):
            return Call("swapaxes", (tree, whole(1), whole(2)))
        return einsum([Piece(frozenset(axes), lambda _: tree, axes)], order)

    return Piece(frozenset(axes), build, axes)


def combined(pieces: list[Piece], make: Callable[[list[Tree]], Tree]) -> Piece:
    """An elementwise combination of pieces."""
    axes: frozenset[Index] = frozenset().union(*(piece.axes for piece in pieces))

    def plain(order: Order) -> Tree:
        return make([fit(piece, order) for piece in pieces])

    return Piece(axes, shorter_of(plain, axes), _natural(pieces, axes), spread=plain)


def _natural(pieces: list[Piece], axes: frozenset[Index]) -> Order:
    natural: Order = max((piece.natural for piece in pieces), key=len, default=())
    return natural + tuple(sorted(axes - set(natural), key=lambda index: index.name))


def shorter_of(plain: Callable[[Order], Tree], axes: frozenset[Index]) -> Callable[[Order], Tree]:
    """A builder that writes a matrix directly, or transposed where that is much shorter."""
    if len(axes) != 2:
        return plain

    def build(order: Order) -> Tree:
        direct = plain(order)
        if length(direct) < 10:
            return direct
        turned = Call("transpose", (plain(order[::-1]),))
        return turned if 4 * length(turned) < 3 * length(direct) else direct

    return build


def total(pieces: list[Piece]) -> Piece:
    """A sum of pieces, in the order given."""
    axes: frozenset[Index] = frozenset().union(*(piece.axes for piece in pieces))

    def plain(order: Order) -> Tree:
        tree = fit(pieces[0], order)
        for piece in pieces[1:]:
            term = fit(piece, order)
            negative = isinstance(term, Negate)
            tree = Binary("-" if negative else "+", tree, term.operand if isinstance(term, Negate) else term)
        return tree

    return Piece(axes, shorter_of(plain, axes), _natural(pieces, axes), spread=plain)


def product(number: Fraction, top: list[Piece], bottom: list[Piece]) -> Piece:
    """An elementwise product and quotient."""
    pieces = top + bottom
    axes: frozenset[Index] = frozenset().union(*(piece.axes for piece in pieces)) if pieces else frozenset()

    def plain(order: Order) -> Tree:
        if len(order) == 2 and axes == set(order) and not any(len(piece.axes) == 2 for piece in pieces):
            return _outer(number, top, bottom, order)
        ordered = sorted(top, key=lambda piece: len(piece.axes) > 0)
        return quotient(
            number, [fit(piece, order) for piece in ordered], [fit(piece, order) for piece in bottom]
        )

    return Piece(axes, shorter_of(plain, axes), _natural(pieces, axes), spread=plain)


def _outer(number: Fraction, top: list[Piece], bottom: list[Piece], order: Order) -> Tree:
    """A product of factors of one axis each: an outer product."""
    sides = []
    for index in order:
        above = [piece.build((index,)) for piece in top if piece.axes == {index}]
        below = [piece.build((index,)) for piece in bottom if piece.axes == {index}]
        sides.append(quotient(Fraction(1), above, below))
    free = [piece.build(()) for piece in top if not piece.axes]
    under = [piece.build(()) for piece in bottom if not piece.axes]
    return quotient(number, [*free, Call("outer", (sides[0], sides[1]))], under)
