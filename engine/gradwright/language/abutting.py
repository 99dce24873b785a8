"""Windows that lie side by side: the one window that a place is in, instead of a sum over all windows.

Where the windows of a pooling do not overlap, the place ``k`` is in the window ``floor(k/s)`` alone, at its
place ``mod(k, s)``; a sum over windows with the condition that ``k`` lies in them is that one term.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sympy
from sympy import Expr, Integer, Mod, Mul, Tuple, floor

from gradwright.tensor.affine import coefficient
from gradwright.tensor.bounds import same_length
from gradwright.tensor.instantiate import replace_indices
from gradwright.tensor.nodes import Delta, Entry, First, Index, Iverson, Sum

Shapes = Mapping[str, tuple[Expr, ...]]


def one_window(node: Sum, shapes: Shapes) -> Expr:
    """The sum with each index that runs over windows side by side put where the place's window is.

    Args:
        node: A sum of a product; its conditions ``k - s*p >= 0`` and ``k - s*p < w`` say that ``k`` is in the
            window ``p``, which is ``w`` long. A delta of ``k`` and ``s*p`` says so of a window of one place.
        shapes: The shapes of named values: an entry is 0 outside them, so that no window is there.
    """
    factors, bound = list(Mul.make_args(node.body)), list(node.bound)
    for index in node.bound:
        window = _window(factors, index)
        if window is None or not _ends(factors, index, shapes):
            continue
        rest = [factor for factor in factors if factor not in window.conditions]
        if window.length < window.step:
            rest.append(window.holds)
        factors = [_placed(factor, index, window) for factor in rest]
        bound.remove(index)
    return Sum.over(Mul(*factors), bound)


@dataclass(frozen=True)
class _Window:
    """The window ``index`` that a place is in: ``place - step*index`` is from 0 to less than ``length``."""

    place: Expr
    step: int
    length: int
    conditions: tuple[Expr, ...]

    @property
    def number(self) -> Expr:
        """Which window it is."""
        whole: Expr = floor(self.place / self.step)
        return whole

    @property
    def inside(self) -> Expr:
        """The place in that window."""
        rest: Expr = Mod(self.place, self.step)
        return rest

    @property
    def holds(self) -> Expr:
        """1 where the place is in a window, 0 where it is between two."""
        if self.length == 1:
            return Iverson(sympy.Eq(self.inside, 0))
        return Iverson(sympy.Lt(self.inside, Integer(self.length)))


def _window(factors: Sequence[Expr], index: Index) -> _Window | None:
    """The window that a delta or two conditions among the factors speak of, if windows do not overlap."""
    speaking = [
        factor for factor in factors if isinstance(factor, Iverson | Delta) and index in factor.free_symbols
    ]
    match [factor.args[0] if isinstance(factor, Iverson) else factor for factor in speaking]:
        case [Delta(args=(left, right))]:
            lower = left - right
            lower = -lower if (coefficient(lower, index) or 0) > 0 else lower
            upper = lower - 1
        case [sympy.GreaterThan() as first, sympy.StrictLessThan() as last]:
            lower, upper = first.lhs - first.rhs, last.lhs - last.rhs
        case [sympy.StrictLessThan() as last, sympy.GreaterThan() as first]:
            lower, upper = first.lhs - first.rhs, last.lhs - last.rhs
        case _:
            return None
    slope = coefficient(lower, index)
    length = sympy.expand(lower - upper)
    if slope is None or slope > -2 or not length.is_Integer or not 0 < length <= -slope:
        return None
    place = sympy.expand(lower - slope * index)
    return _Window(place, -slope, int(length), tuple(speaking))


def _ends(factors: Sequence[Expr], index: Index, shapes: Shapes) -> bool:
    """Whether an entry among the factors is 0 beyond the last window that the index runs over."""
    return any(
        isinstance(factor, Entry)
        and index in factor.indices
        and factor.name in shapes
        and same_length(shapes[factor.name][factor.indices.index(index)], index.extent)
        for factor in factors
    )


def _placed(factor: Expr, index: Index, window: _Window) -> Expr:
    """A factor at the place's own window."""
    if isinstance(factor, First):
        inside = sympy.expand(window.place - window.step * index)
        at = [window.inside if sympy.expand(place - inside) == 0 else place for place in factor.at]
        factor = First(factor.body, Tuple(*factor.bound), Tuple(*at))
    placed: Expr = replace_indices(factor, {index: window.number})
    return placed
