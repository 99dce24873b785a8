"""Windows: a sum of a product of two arrays at shifted places is a correlation or a full convolution."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sympy
from sympy import Expr, Mul

from gradwright.language.elementwise import stored
from gradwright.language.entries import Reading
from gradwright.language.pieces import NoFormError, Order, Piece, whole
from gradwright.language.tree import Call, Item, Negate, Slice, Tree
from gradwright.language.tree import Sequence as Items
from gradwright.tensor.affine import coefficient
from gradwright.tensor.bounds import same_length
from gradwright.tensor.nodes import Entry, Index, Sum, fresh


def correlation(node: Sum, reading: Reading, piece: Callable[[Expr, Reading], Piece]) -> Piece | None:
    """``corr(X, K)`` for the sum over p of ``X[i + p]*K[p]``, ``convfull(G, K)`` for ``G[u - p]*K[p]``.

    ``X[i + p - 1]*K[p]`` is a ``conv2d`` with padding, ``G[u + 1 - p]*K[p]`` a part of ``convfull``, and
    ``G[p]*X[p - i]`` is ``corr(G, X)``. The array at plain places may be an elementwise expression. Leading
    places that are fixed subscripts (a channel, an example) stay with the arrays.
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
    array = piece(Entry(shifted.name, *shifted.indices[:held], *base), Reading(reading.fixed))
    lengths = reading.shapes.get(shifted.name, (None,) * len(shifted.indices))[held:]
    tree = _written(window, array.build(tuple(base)), plain.build(window.bound), lengths)
    if tree is None:
        return None
    return stored(tree, window.free)


@dataclass(frozen=True)
class _Window:
    """How the places of an array move: their kind (see ``_shift``), the window's indices, the free ones.

    ``starts`` is where the array is read when both of an axis's indices are 0.
    """

    kind: int
    bound: Order
    free: Order
    starts: tuple[int, ...]


def _written(window: _Window, moved: Tree, still: Tree, lengths: Sequence[Expr | None]) -> Tree | None:
    """The window's sum as a call, if the call's result is as long as it must be.

    Args:
        window: How places move.
        moved: The array at shifted places.
        still: The array at plain places.
        lengths: The lengths of the axes of ``moved``, as far as they are known.
    """
    sides = list(zip(lengths, window.bound, window.free, window.starts, strict=True))
    if window.kind == -1:
        return _cropped(Call("convfull", (moved, still)), sides)
    if any(start > 0 for start in window.starts) or (window.kind == 2 and any(window.starts)):
        return None
    for length, bound, free, start in sides:
        if length is None and start == 0:
            continue
        if length is None:
            return None
        one, other = (bound.extent, length) if window.kind == 2 else (length, bound.extent)
        if not same_length(free.extent, one - other + 1 - 2 * start):
            return None
    if not any(window.starts):
        return Call("corr", (still, moved) if window.kind == 2 else (moved, still))
    if len(window.starts) != 2:
        return None
    pads = [whole(-start) for start in window.starts]
    padding = pads[0] if pads[0] == pads[1] else Items(tuple(pads))
    return Call("conv2d", (moved, still), (("padding", padding),))


def _cropped(full: Call, sides: list[tuple[Expr | None, Index, Index, int]]) -> Tree | None:
    """A full convolution, or the part of it that the free indices run through."""
    selectors: list[Slice] = []
    for length, bound, free, start in sides:
        if length is None:
            if start != 0:
                return None
            selectors.append(Slice())
            continue
        behind = sympy.expand(length + bound.extent - 1 - start - free.extent)
        if start == 0 and same_length(free.extent, length + bound.extent - 1):
            selectors.append(Slice())
        elif start >= 0 and behind.is_Integer and behind >= 0:
            selectors.append(
                Slice(whole(start) if start else None, Negate(whole(int(behind))) if behind else None)
            )
        else:
            return None
    return full if all(one == Slice() for one in selectors) else Item(full, tuple(selectors))


def _window(places: tuple[Expr, ...], bound: tuple[Index, ...]) -> _Window | None:
    """The window that all places of an array move through, each with its own two indices."""
    pairs = [item for item in (_shift(place, bound) for place in places) if item is not None]
    inside, free = tuple(item[1] for item in pairs), tuple(item[2] for item in pairs)
    if len(pairs) != len(places) or set(inside) != set(bound) or len(inside) != len(bound):
        return None
    if len({item[0] for item in pairs}) != 1 or len(set(free)) != len(free):
        return None
    return _Window(pairs[0][0], inside, free, tuple(item[3] for item in pairs))


def _shift(place: Expr, bound: tuple[Index, ...]) -> tuple[int, Index, Index, int] | None:
    """How a place moves with a window index, ``p``, ``i`` and the number ``c`` beside them.

    1 is ``i + p + c``, -1 is ``i - p + c``, and 2 is ``p - i + c``.
    """
    inside = [s for s in place.free_symbols if s in bound]
    outside = [s for s in place.free_symbols if isinstance(s, Index) and s not in bound]
    if len(inside) != 1 or len(outside) != 1:
        return None
    (window,), (free,) = inside, outside
    signs = coefficient(place, window), coefficient(place, free)
    if None in signs:
        return None
    start = sympy.expand(place - signs[0] * window - signs[1] * free)
    kinds = {(1, 1): 1, (-1, 1): -1, (1, -1): 2}
    return (kinds[signs], window, free, int(start)) if signs in kinds and start.is_Integer else None
