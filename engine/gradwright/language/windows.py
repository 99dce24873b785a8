"""Windows: a sum of a product of two arrays at shifted places is a correlation or a full convolution."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sympy import Expr, Mul

from gradwright.language.entries import Reading
from gradwright.language.pieces import NoFormError, Order, Piece
from gradwright.language.tree import Call, Tree
from gradwright.tensor.affine import coefficient
from gradwright.tensor.nodes import Entry, Index, Sum, fresh


def correlation(node: Sum, reading: Reading, piece: Callable[[Expr, Reading], Piece]) -> Piece | None:
    """``corr(X, K)`` for the sum over p of ``X[i + p]*K[p]``, ``convfull(G, K)`` for ``G[u - p]*K[p]``.

    Also ``corr(G, X)`` for ``G[p]*X[p - i]``. The array at plain places may be an elementwise expression.
    Leading places that are fixed subscripts (a channel, an example) stay with the arrays.
    """
    number, factors = node.body.as_coeff_mul()
    moved = [f for f in factors if isinstance(f, Entry) and any(_shift(p, node.bound) for p in f.indices)]
    if len(moved) != 1 or len(factors) < 2 or number != 1:
        return None
    (shifted,) = moved
    still = Mul(*(factor for factor in factors if factor is not shifted))
    held = 0
    while held < len(shifted.indices) and shifted.indices[held] in reading.fixed:
        held += 1
    window = _window(shifted.indices[held:], node.bound)
    if window is None or any(index in still.free_symbols for index in window.free):
        return None
    plain = piece(still, reading)
    if plain.axes != set(window.bound):
        raise NoFormError
    base = [fresh(index.extent) for index in window.free]
    whole = piece(Entry(shifted.name, *shifted.indices[:held], *base), Reading(reading.fixed))
    one, two = whole.build(tuple(base)), plain.build(window.bound)
    word, sides = ("convfull", (one, two)) if window.kind == -1 else ("corr", (one, two))
    tree: Tree = Call(word, sides[::-1] if window.kind == 2 else sides)

    def build(order: Order) -> Tree:
        if order != window.free:
            raise NoFormError
        return tree

    return Piece(frozenset(window.free), build, window.free)


@dataclass(frozen=True)
class _Window:
    """How the places of an array move: their kind (see ``_shift``), the window's indices, the free ones."""

    kind: int
    bound: Order
    free: Order


def _window(places: tuple[Expr, ...], bound: tuple[Index, ...]) -> _Window | None:
    """The window that all places of an array move through, each with its own two indices."""
    pairs = [item for item in (_shift(place, bound) for place in places) if item is not None]
    inside, free = tuple(item[1] for item in pairs), tuple(item[2] for item in pairs)
    if len(pairs) != len(places) or set(inside) != set(bound) or len(inside) != len(bound):
        return None
    if len({item[0] for item in pairs}) != 1 or len(set(free)) != len(free):
        return None
    return _Window(pairs[0][0], inside, free)


def _shift(place: Expr, bound: tuple[Index, ...]) -> tuple[int, Index, Index] | None:
    """How a place moves with a window index (1: ``i + p``, -1: ``i - p``, 2: ``p - i``), ``p`` and ``i``."""
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
