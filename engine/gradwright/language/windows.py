"""Windows: a sum of a product of two arrays at shifted places is a correlation or a full convolution."""

from __future__ import annotations

from sympy import Expr, Mul

from gradwright.language.pieces import NoFormError, Order, Piece
from gradwright.language.tree import Call, Item, Name, Tree
from gradwright.tensor.affine import coefficient
from gradwright.tensor.nodes import Entry, Index, Sum


def correlation(node: Sum, fixed: frozenset[Index]) -> Piece | None:
    """``corr(X, K)`` for ``sum over p of X[i + p] K[p]``, ``convfull(G, K)`` for ``sum over p of G[u - p] K[p]``.

    Leading places that are fixed subscripts (a channel, an example) stay with the arrays: ``corr(X[c], K[o])``.
    """
    factors = Mul.make_args(node.body)
    if len(factors) != 2 or not all(isinstance(part, Entry) for part in factors):
        return None
    for shifted, plain in (factors, factors[::-1]):
        assert isinstance(shifted, Entry)
        assert isinstance(plain, Entry)
        moving, still = _split(shifted, fixed), _split(plain, fixed)
        if len(moving[1]) != len(still[1]) or set(still[1]) != set(node.bound) or len(still[1]) != len(node.bound):
            continue
        found = [_axis(place, index) for place, index in zip(moving[1], still[1], strict=True)]
        if any(item is None for item in found):
            continue
        signs = {item[0] for item in found if item is not None}
        axes = tuple(item[1] for item in found if item is not None)
        if len(signs) == 1 and len(set(axes)) == len(axes):
            return _written(signs.pop(), _part(shifted, moving[0]), _part(plain, still[0]), axes)
    return None


def _split(entry: Entry, fixed: frozenset[Index]) -> tuple[tuple[Expr, ...], tuple[Expr, ...]]:
    """The leading fixed places of an entry, and the rest."""
    count = 0
    while count < len(entry.indices) and entry.indices[count] in fixed:
        count += 1
    return entry.indices[:count], entry.indices[count:]


def _part(entry: Entry, held: tuple[Expr, ...]) -> Tree:
    base: Tree = Name(entry.name)
    return Item(base, tuple(Name(str(place)) for place in held)) if held else base


def _axis(place, index):  # type: ignore[no-untyped-def]
    """The sign of a window index in a shifted place and the free index beside it."""
    if not isinstance(index, Index):
        return None
    sign = coefficient(place, index)
    if sign not in (1, -1):
        return None
    rest = place - sign * index
    return (sign, rest) if isinstance(rest, Index) else None


def _written(sign: int, shifted: Tree, plain: Tree, axes: Order) -> Piece:
    tree = Call("corr" if sign == 1 else "convfull", (shifted, plain))

    def build(order: Order) -> Tree:
        if order != axes:
            raise NoFormError
        return tree

    return Piece(frozenset(axes), build, axes)
