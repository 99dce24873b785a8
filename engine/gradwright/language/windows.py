"""Windows: a sum of a product of two arrays at shifted places is a correlation or a full convolution."""

from __future__ import annotations

from collections.abc import Callable

from sympy import Expr, Mul

from gradwright.language.entries import Reading
from gradwright.language.pieces import NoFormError, Order, Piece
from gradwright.language.tree import Call, Tree
from gradwright.tensor.affine import coefficient
from gradwright.tensor.nodes import Entry, Index, Sum, fresh


def correlation(node: Sum, reading: Reading, piece: Callable[[Expr, Reading], Piece]) -> Piece | None:
    """``corr(X, K)`` for ``sum over p of X[i + p] K[p]``, ``convfull(G, K)`` for ``sum over p of G[u - p] K[p]``.

    Also ``corr(G, X)`` for ``sum over p of G[p] X[p - i]``. The array at plain places may be an elementwise
    expression. Leading places that are fixed subscripts (a channel, an example) stay with the arrays.
    """
    number, factors = node.body.as_coeff_mul()
    moved = [f for f in factors if isinstance(f, Entry) and any(_shift(p, node.bound) for p in f.indices)]
    if len(moved) != 1 or len(factors) < 2 or number != 1:
        return None
    (shifted,) = moved
    assert isinstance(shifted, Entry)
    still = Mul(*(factor for factor in factors if factor is not shifted))
    held = 0
    while held < len(shifted.indices) and shifted.indices[held] in reading.fixed:
        held += 1
    found = [_shift(place, node.bound) for place in shifted.indices[held:]]
    pairs = [item for item in found if item is not None]
    if len(pairs) != len(found) or {item[1] for item in pairs} != set(node.bound) or len(pairs) != len(node.bound):
        return None
    if any(index in still.free_symbols for index in (item[2] for item in pairs)):
        return None
    signs = {item[0] for item in pairs}
    free = tuple(item[2] for item in pairs)
    window = tuple(item[1] for item in pairs)
    if len(signs) != 1 or len(set(free)) != len(free):
        return None
    plain = piece(still, reading)
    if plain.axes != set(window):
        raise NoFormError
    base = [fresh(index.extent) for index in free]
    values = dict(zip(shifted.indices[held:], base, strict=True))
    whole = piece(Entry(shifted.name, *shifted.indices[:held], *values.values()), Reading(reading.fixed))
    one, two = whole.build(tuple(base)), plain.build(window)
    sign = signs.pop()
    tree: Tree = Call("convfull", (one, two)) if sign == -1 else Call("corr", (one, two) if sign == 1 else (two, one))

    def build(order: Order) -> Tree:
        if order != free:
            raise NoFormError
        return tree

    return Piece(frozenset(free), build, free)


def _shift(place: Expr, bound: tuple[Index, ...]) -> tuple[int, Index, Index] | None:
    """How a place moves with a window index: 1 for ``i + p``, -1 for ``i - p``, 2 for ``p - i``; ``p`` and ``i``."""
    inside = [s for s in place.free_symbols if s in bound]
    outside = [s for s in place.free_symbols if isinstance(s, Index) and s not in bound]
    if len(inside) != 1 or len(outside) != 1:
        return None
    (window,), (free,) = inside, outside
    signs = coefficient(place, window), coefficient(place, free)
    if None in signs or place != signs[0] * window + signs[1] * free:
        return None
    kinds = {(1, 1): 1, (-1, 1): -1, (1, -1): 2}
    return (kinds[signs], window, free) if signs in kinds else None
